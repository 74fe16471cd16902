"""What AWS's documentation says of frames over a function's concurrency, with stock clients.

API Gateway neither waits nor tries again: a refused frame gets the error frame, which is no Socket.IO packet. A stock
client takes it for a broken one, closes with `transport error` and comes back by its own back-off. The frame is lost.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import aws_side
from tests.e2e.answers import hear, say
from tests.e2e.conftest import World, stack_in, world_of
from tests.e2e.driver import Device, Event

if TYPE_CHECKING:
    from concurrent.futures import Future

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CLIENTS, REQUESTS = 12, 10
BACK_S = 60.0
REFUSED = "transport error"  # what engine.io-client makes of a frame that is no packet
AT_ONCE_S = 5.0  # far less than a wait for a worker would take; the machine is busy with 120 frames
QUICK = {"reconnectionDelay": 200, "reconnectionDelayMax": 1000}


@contextmanager
def capped(world: World, function: str, concurrency: int) -> Iterator[None]:
    """Give a function a concurrency for a while."""
    functions = aws_side.client(world.stack, "lambda")
    name = world.stack.resource("functions", function)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


def ask(device: Device) -> "Future[Event]":
    return device.start("chat:history", {"agentId": "echo"})


def is_answered(device: Device, until: float) -> bool:
    """Ask now, and again whenever the connection that was asked is gone, until there is an answer."""
    while (left_s := until - time.monotonic()) > 0:
        try:
            answer: Any = ask(device).result(min(5.0, left_s)).body
        except TimeoutError:
            continue
        return bool(answer["ok"])
    return False


def test_frames_over_the_concurrency_disconnect_stock_clients_which_come_back(world: World) -> None:
    devices = [world.connect(user, **QUICK) for user in world.crowd[-CLIENTS:]]
    with capped(world, "message", 1):
        for device in devices:
            for _ in range(REQUESTS):
                ask(device)
        for device in devices:
            device.wait_for("disconnect", lambda reason: reason == REFUSED, within_s=AT_ONCE_S)
    lifted = time.monotonic()
    assert all(is_answered(device, lifted + BACK_S) for device in devices)
    assert all(device.log[-1].name != "disconnect" for device in devices)


def test_a_new_accounts_ten_executions_are_enough_for_a_chat(tmp_path: Path) -> None:
    with stack_in(tmp_path, {"ACCOUNT_CONCURRENCY": "10"}) as stack, world_of(stack) as world:
        alice = world.connect("alice", **QUICK)
        ack = say(alice, "hello")
        assert hear(alice, ack["replyId"]).text == "hello"
