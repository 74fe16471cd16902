"""A connection ends the same way whoever notices, and leaves nothing behind: one report, two, a late one, or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.attributes import from_attributes
from tests.drivers import ROOT, ChatDriver

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TICK = json.loads((ROOT / "tests" / "events" / "tick.json").read_text())


def rows(chat: ChatDriver, tables: DynamoDBClient) -> list[dict[str, Any]]:
    """All that is stored about connections, but for ticks."""
    pages = tables.get_paginator("scan").paginate(TableName=chat.settings.connections_table)
    items = [from_attributes(item) for page in pages for item in page["Items"]]
    return [item for item in items if not item["pk"].startswith("ONCE#")]


def run(chat: ChatDriver, seconds: int) -> None:
    """Let ticks pass."""
    for _ in range(seconds // 10):
        chat.clock.advance(10)
        chat.call("sweeper", TICK)


@pytest.mark.parametrize("reports", [0, 1, 2])
@pytest.mark.parametrize("late", [False, True])
def test_a_ghost_leaves_nothing_behind(chat: ChatDriver, tables: DynamoDBClient, reports: int, late: bool) -> None:
    left: list[tuple[str, str]] = []
    for parts in chat._runtimes.values():
        parts.server.on("disconnect", lambda sid, reason: left.append((sid[22:], reason)))
    alice, native = chat.connect("alice"), chat.connect_native("alice")
    for client in (alice, native):
        client.emit("chat:join", {"agentId": "echo"})
    if late:
        run(chat, 300)
    for _ in range(reports):
        alice.close()
    run(chat, 300)
    told = "transport close" if reports and not late else "ping timeout"
    assert left == [(alice.address, told)]
    assert {row["address"] for row in rows(chat, tables) if "address" in row} == {native.address}
    assert not [row for row in rows(chat, tables) if alice.address in row["pk"] + row["sk"]]
    assert chat.connect("alice")
