"""The throttle probe as the contract has it, on stacks of their own: frames that are waited for, and frames by a queue.

Twelve stock clients ask for ten histories each while the function of frames may run once: see `throttle_probe`.
"""

import sys
from pathlib import Path

import pytest

from tests.e2e.answers import hear, history, join, say, succeed, words
from tests.e2e.conftest import Stack, stack_in, world_of
from tests.e2e.raw import open_websocket, raw_client
from tests.e2e.test_native import request
from tests.e2e.throttle_probe import CLIENTS, HOLD_S, QUICK, REQUESTS, Frames, aws_of, frames_of, probe

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.mark.parametrize("frames", ["sync", "async"])
def test_twelve_clients_come_out_of_a_concurrency_of_one_as_promised(frames: Frames, tmp_path: Path) -> None:
    with stack_in(tmp_path, {"FRAMES": frames, "DEMO_USERS": str(CLIENTS)}) as stack, world_of(stack) as world:
        aws = aws_of(stack)
        assert frames_of(stack, aws) == frames
        seen = probe(world, aws, frames, HOLD_S[frames])
        sys.stdout.write(f"{seen}\n")
        assert seen.is_kept, seen
        if frames == "async":
            assert (seen.acked, seen.disconnected) == (CLIENTS * REQUESTS, 0)
            everything_else_works(stack)


def everything_else_works(stack: Stack) -> None:
    """What a chat does, by frames that nobody waits for, native ones too; and what is not taken is dropped."""
    text = 'it\'s "quoted" \\ ${x} #set 👋 ' + words(30)
    with world_of(stack) as world:
        device = world.connect("bob")
        join(device)
        ack = say(device, text)
        hear(device, ack["replyId"]).check(text)
        assert history(device)[-1]["message"] == text
        assert succeed(device, "presence:away", {})["status"] == "away"
    with open_websocket(stack, native=True, token=stack.key("bob")) as websocket:
        assert request(websocket, "presence:online", {})["status"] == "online"
        assert request(websocket, "push:status", {})["ok"]
        assert request(websocket, "chat:history", {"agentId": "echo"})["messages"]
    with raw_client(stack, "bob") as raw:
        assert raw.refused("42[]")["code"] == "invalid"
        assert raw.is_alive()
        assert not raw.others


def test_a_new_accounts_ten_executions_are_enough_for_a_chat(tmp_path: Path) -> None:
    with stack_in(tmp_path, {"ACCOUNT_CONCURRENCY": "10"}) as stack, world_of(stack) as world:
        alice = world.connect("alice", **QUICK)
        ack = say(alice, "hello")
        assert hear(alice, ack["replyId"]).text == "hello"
