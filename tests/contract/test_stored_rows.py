"""Rows of the connections table, as versions before this one wrote them: each is read as what it was written for.

`tests/rows` has recordings of 0.1.0 (commit 487f59e), and of the version before sids of recoverable sockets lost their
address (commit 5323f5f). A recording is never changed; a version that writes a row in another way has a new one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.aws.store import DynamoStore
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.emitter import Emitter
from serverless_socketio.memory.store import MemoryTransport
from serverless_socketio.model import Connection, Member, Part
from serverless_socketio.recovery.state import RecoveryEntry, RecoveryPolicy
from tests.fakes import START_MS, FakeClock
from tests.tables import dynamodb, make_table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = Path(__file__).parents[1] / "rows"
A, B, C = "L0SM9cOFvHcCIhw=", "L0SM9cOFvHcCIhx=", "L0SM9cOFvHcCIhy="  # connections, as API Gateway names them
ALICE, ALICE_IN_CHAT = "A" * 22 + A, "C" * 22 + A
BOB, CAROL = "B" * 22 + "~" + B, "D" * 22 + "~" + C  # recoverable: live, and detached
POLICY = RecoveryPolicy("digest", "bob", 120_000, 5)


@pytest.fixture(scope="module", params=[path.stem for path in sorted(ROWS.glob("*.json"))])
def store(request: pytest.FixtureRequest) -> Iterator[DynamoStore]:
    with dynamodb() as client:
        name = make_table(client, "connections")
        for row in json.loads((ROWS / f"{request.param}.json").read_text()):
            client.put_item(TableName=name, Item=row)
        yield DynamoStore(DynamoTable(name, client), FakeClock(), buckets=3)


def test_a_connection_with_its_sockets(store: DynamoStore) -> None:
    sockets = {"/": ALICE, "/chat": ALICE_IN_CHAT}
    sessions = {"/": {"user": "alice"}, "/chat": {}}
    assert store.connections.find(A) == Connection(
        A, "socketio", START_MS, START_MS, {"ip": "::1"}, sockets=sockets, sessions=sessions
    )
    assert sorted(member.sid for member in store.connections.everyone("/")) == sorted([ALICE, BOB, CAROL])


def test_memberships(store: DynamoStore) -> None:
    assert {member.sid: member for member in store.rooms.members("/", "lobby")} == {
        ALICE: Member(ALICE, A, entered=5, data="writing"),
        BOB: Member(BOB, B),
        CAROL: Member(CAROL, C, detached=True, left_ms=store.rooms.membership(Member(CAROL, C), "lobby").left_ms),  # type: ignore[union-attr]
    }
    assert store.rooms.members("/", "left") == []
    assert store.rooms.entered(A, "/") == ["user:alice", "lobby"]
    assert store.rooms.entered(B, "/") == ["lobby"]


@pytest.mark.parametrize(("sid", "address", "phase"), [(BOB, B, "live"), (CAROL, C, "detached")])
def test_a_recoverable_socket_with_its_log(store: DynamoStore, sid: str, address: str, phase: str) -> None:
    state = store.recovery.state(sid)
    assert state is not None
    assert (state.namespace, state.address, state.phase, state.seq) == ("/", address, phase, 2)
    assert (state.policy, state.rooms, state.streams) == (POLICY, ("lobby",), {"reply1": 3})
    assert store.recovery.entries(sid, 0) == [
        RecoveryEntry(1, START_MS, ('42["news",1]',)),
        RecoveryEntry(2, START_MS, ('42["end"]',), "reply1"),
    ]


@pytest.mark.parametrize(("sid", "posted"), [(ALICE, [A]), (BOB, [B]), (CAROL, [])])
def test_an_event_to_a_sid_finds_its_socket(store: DynamoStore, sid: str, posted: list[str]) -> None:
    transport = MemoryTransport()
    Emitter(store, transport).emit("said", to=sid)
    assert [address for address, _ in transport.sent] == posted


def test_what_waits(store: DynamoStore, request: pytest.FixtureRequest) -> None:
    assert store.pending.settle_ack(A, 7, []) == "named"
    assert store.pending.take_ack(A, 8) == [1, {"a": None}]
    assert store.pending.was_claimed("batch:b1:1")
    if "0.1.0" not in request.node.name:  # 0.1.0 knew no bound of parts; those of its time have been over for long
        assert store.pending.collect(A, Part(START_MS, "request-2"), "b…")[0]


def test_a_socket_that_comes_back_goes_on(store: DynamoStore) -> None:
    state = store.recovery.state(CAROL)
    assert state is not None
    connection = Connection("L0SM9cOFvHcCIhz=", "socketio", START_MS + 1, START_MS + 1, recovery=True)
    store.connections.open(connection)
    store.connections.resume(state, connection, {}, streams={"reply1": 3})
    assert store.connections.find(connection.address).sockets == {"/": CAROL}  # type: ignore[union-attr]
    assert store.rooms.membership(Member(CAROL, connection.address), "lobby").address == connection.address  # type: ignore[union-attr]
    store.recovery.forget(CAROL)
    assert [member.sid for member in store.rooms.members("/", "lobby")] == [ALICE, BOB]
