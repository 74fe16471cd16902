"""Upgrades of stock clients in the middle of an answer, two hundred of them, and fifty that are cut."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import World
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1_200)]

CLIENTS = Path(__file__).parent / "upgrades.mjs"
WORDS, CHUNKS = 120, 40  # three words a chunk, a chunk every 50 ms: two seconds
AT_ONCE = 6


def run(world: World, cuts: list[str], *, recovery: bool = False) -> list[dict[str, Any]]:
    """What became of each client, in any order."""
    stack = world.stack
    asked = {
        "url": stack.url,
        "path": stack.socket_path,
        "keys": [stack.key(user) for user in world.crowd],
        "cuts": cuts,
        "recovery": recovery,
        "atOnce": AT_ONCE,
        "words": WORDS,
        "chunks": CHUNKS,
    }
    done = subprocess.run(
        ["node", str(CLIENTS)], input=json.dumps(asked), capture_output=True, text=True, cwd=ROOT, check=True
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(cuts)
    return told


def heard(client: dict[str, Any]) -> list[int]:
    """The chunks that a client heard, on all of its connections."""
    return [index for chunks in client["chunks"] for index in chunks or []]


def check_whole(client: dict[str, Any]) -> None:
    """Every chunk once, in order; one end; every ack of what was sent meanwhile."""
    assert client["why"] == "complete", client
    assert heard(client) == list(range(CHUNKS)), client
    assert client["completes"] == 1
    assert client["acks"] == client["sent"] >= 5, client


def test_two_hundred_upgrades_under_traffic_lose_and_double_nothing(world: World) -> None:
    for client in run(world, [""] * 200):
        check_whole(client)
        assert [each["transport"] for each in client["connects"]] == ["polling"]
        assert (client["upgrades"], client["transports"]) == (1, ["websocket"]), client


def test_who_is_cut_before_the_upgrade_goes_on_by_polling_with_nothing_lost(world: World) -> None:
    for client in run(world, ["on-probe", "on-probed"] * 10):
        check_whole(client)
        assert (client["upgrades"], client["transports"]) == (0, ["polling"]), client
        assert client["ends"] == ["io client disconnect"]


def test_who_is_cut_after_it_loses_and_doubles_nothing_with_recovery(world: World) -> None:
    for client in run(world, ["on-upgrade", "upgraded"] * 10, recovery=True):
        assert client["why"] == "complete", client
        assert heard(client) == list(range(CHUNKS)), client
        assert client["completes"] == 1
        assert [each["recovered"] for each in client["connects"]] == [False, True], client


def test_who_is_cut_after_it_is_sent_nothing_twice_without_recovery(world: World) -> None:
    for client in run(world, ["on-upgrade", "upgraded"] * 5):
        assert client["why"] in {"complete", "history"}, client
        for chunks in client["chunks"]:
            assert chunks is None or chunks == sorted(set(chunks)), client
        assert client["completes"] <= 1
        if client["why"] == "complete":
            again = client["chunks"][-1]
            assert [index for index in again if index >= client["rejoined"]] == list(range(client["rejoined"], CHUNKS))
