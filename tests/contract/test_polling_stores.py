"""What every store keeps to of polling sessions: the same suite over dicts and over a DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.aws.store import DynamoStore
from serverless_socketio.aws.store.polling import INLINE_BYTES_MAX, INLINE_MAX
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.model import CONNECTION_TTL_S, Connection
from serverless_socketio.polling.session import LATE_MS, WAITING_MAX, PollingSession
from tests.fakes import FakeClock
from tests.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.ports import PollingStore, Store

A, B = "poll:alice", "poll:bob"
WS, OTHER_WS = "L0SM9cOFvHcCIhw=", "L0SM9cOFvHcCIhx="


@dataclass
class World:
    """A store and its clock."""

    all: Store
    clock: FakeClock

    @property
    def store(self) -> PollingStore:
        return self.all.polling

    def open(self, address: str = A) -> PollingSession:
        now_ms = self.clock.now_ms()
        self.store.open(PollingSession(address, "digest", now_ms, idle_ms=now_ms))
        return self.found(address)

    def found(self, address: str = A) -> PollingSession:
        session = self.store.find(address)
        assert session is not None
        return session

    def waiting(self, address: str = A) -> list[str]:
        session = self.found(address)
        return self.store.frames(session, len(session.outbox))

    def append(self, *frames: str) -> PollingSession:
        session = self.store.append(A, frames)
        assert session is not None
        return session

    def begin(self, get: str = "get", hold_s: float = 1) -> PollingSession | None:
        now_ms = self.clock.now_ms()
        return self.store.begin_get(self.found(), get, now_ms + int(hold_s * 1000), now_ms)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest, client: DynamoDBClient) -> World:
    clock = FakeClock()
    if request.param == "memory":
        return World(MemoryStore(clock), clock)
    table = DynamoTable(make_table(client, "connections"), client)
    return World(DynamoStore(table, clock, buckets=3), clock)


def test_a_session_is_found_until_its_connection_could_not_live_any_more(world: World) -> None:
    assert world.open() == PollingSession(A, "digest", world.clock.now_ms(), idle_ms=world.clock.now_ms())
    assert world.store.find(B) is None
    world.clock.advance(CONNECTION_TTL_S + 1)
    assert world.store.find(A) is None
    assert world.store.append(A, ["x"]) is None


def test_frames_wait_in_order_and_are_taken_from_the_front(world: World) -> None:
    world.open()
    world.append("1", "2")
    world.append("3")
    assert world.waiting() == ["1", "2", "3"]
    assert world.store.take(world.found(), 2)
    assert world.waiting() == ["3"]
    assert world.store.take(world.found(), 1)
    assert world.waiting() == []


def test_nothing_is_taken_of_an_outbox_that_has_changed(world: World) -> None:
    world.open()
    read = world.append("1")
    world.append("2")
    assert not world.store.take(read, 1)
    assert world.waiting() == ["1", "2"]
    now = world.found()
    assert world.store.take(now, 1)
    assert not world.store.take(now, 1)
    assert world.waiting() == ["2"]


@pytest.mark.parametrize("size", [INLINE_MAX, INLINE_MAX + 1, 120_000])
def test_a_frame_of_any_size_waits(world: World, size: int) -> None:
    world.open()
    frames = ["a" * size, "é" * (size // 2), "small"]
    world.append(*frames)
    assert world.waiting() == frames


def test_many_frames_wait_and_then_it_is_too_many(world: World) -> None:
    world.open()
    frame = "a" * INLINE_MAX
    for _ in range(2 * INLINE_BYTES_MAX // INLINE_MAX):
        world.append(frame)
    assert world.waiting() == [frame] * (2 * INLINE_BYTES_MAX // INLINE_MAX)
    world.append(*["x"] * WAITING_MAX)
    assert world.append("one too many").phase == "closed"
    assert world.found().phase == "closed"
    assert list(world.store.listed()) == [A]  # its handlers have not run


def test_one_get_is_open_at_a_time(world: World) -> None:
    world.open()
    begun = world.begin("first")
    assert begun is not None
    assert (begun.get, begun.held_ms) == ("first", world.clock.now_ms() + 1000)
    assert world.begin("second") is None
    world.clock.advance(0.5)
    assert world.store.take(begun, 0, ended_ms=world.clock.now_ms())
    assert (world.found().get, world.found().idle_ms) == ("", world.clock.now_ms())
    assert not world.store.take(begun, 0, ended_ms=world.clock.now_ms())
    assert world.begin("second") is not None


def test_a_get_whose_function_died_is_open_no_longer_than_its_hold(world: World) -> None:
    world.open()
    assert world.begin("dead", hold_s=1) is not None
    world.clock.advance(1 + LATE_MS / 1000 - 0.001)
    assert world.begin("next") is None
    world.clock.advance(0.001)
    assert world.begin("next") is not None


def test_times_of_received_frames_only_rise(world: World) -> None:
    session = world.open()
    assert world.store.received(session, 10)
    assert not world.store.received(session, 10)
    assert world.store.received(session, 11)
    assert world.found().posted_ms == 11


def test_a_probe_is_noted_and_forgotten_with_its_websocket(world: World) -> None:
    world.open()
    assert world.store.probe(A, WS, world.clock.now_ms())
    assert world.found().is_probing(world.clock.now_ms())
    assert world.store.unprobe(A, OTHER_WS)
    assert world.found().probe == WS
    assert world.store.unprobe(A, WS)
    assert not world.found().is_probing(world.clock.now_ms())
    assert not world.store.probe(B, WS, world.clock.now_ms())
    assert world.store.unprobe(B, WS)


def test_it_moves_once_and_upgrades_when_its_outbox_is_empty(world: World) -> None:
    session = world.open()
    world.begin()
    world.append("1")
    moved = world.store.move(world.found(), WS, 7)
    assert moved is not None
    assert (moved.phase, moved.connection, moved.moved_ms, moved.get) == ("draining", WS, 7, "")
    assert world.store.move(session, OTHER_WS, 8) is None
    assert world.begin("another") is None
    assert not world.store.probe(A, OTHER_WS, 8)
    assert not world.store.unprobe(A, WS)
    assert world.append("2").phase == "draining"
    read = world.found()
    assert world.store.take(read, 2)
    empty = world.found()
    assert world.append("3").phase == "draining"
    assert not world.store.settle(empty)
    assert world.store.take(world.found(), 1)
    assert world.store.settle(world.found())
    upgraded = world.append("4")
    assert (upgraded.phase, upgraded.connection) == ("upgraded", WS)
    assert world.waiting() == []


def test_a_drain_is_taken_over_by_one(world: World) -> None:
    world.open()
    first = world.store.move(world.found(), WS, 7)
    assert first is not None
    assert world.store.move(first, WS, 9) is not None
    assert world.store.move(first, WS, 9 + 1) is None


def test_it_is_closed_once_and_what_waits_can_be_taken(world: World) -> None:
    world.open()
    world.append("1")
    closed = world.store.close(A)
    assert closed is not None
    assert world.store.close(A) is None
    assert world.store.close(B) is None
    assert world.waiting() == ["1", "1"]  # the last is Engine.IO's close packet
    gone = world.store.append(A, ["2"])
    assert gone is None or gone.phase == "closed"
    assert world.store.take(world.found(), 2)
    assert not world.store.received(replace(world.found()), 5) or world.found().phase == "closed"


def test_its_last_packet_may_be_another_s(world: World) -> None:
    world.open()
    world.append("42[]")
    assert world.store.close(A, ended=False, last="41") is not None
    assert world.waiting() == ["42[]", "41"]


def test_those_that_poll_are_listed(world: World) -> None:
    for address in (A, B):
        world.open(address)
    assert sorted(world.store.listed()) == [A, B]
    assert [each.address for each in world.store.find_all([A, "poll:nobody"])] == [A]
    assert world.store.close(A, ended=False) is not None
    assert sorted(world.store.listed()) == [A, B]
    assert world.store.close(A) is None
    assert sorted(world.store.listed()) == [B]
    world.store.move(world.found(B), WS, 1)
    assert list(world.store.listed()) == []


def test_so_many_gets_are_held_long(world: World) -> None:
    now_ms = world.clock.now_ms()
    assert [world.store.hold(get, now_ms + 20_000, now_ms, 2) for get in "abc"] == [True, True, False]
    world.store.release("a")
    world.store.release("unknown")
    assert world.store.hold("c", now_ms + 20_000, now_ms, 2)
    assert not world.store.hold("d", now_ms + 20_000, now_ms, 2)
    assert world.store.hold("d", now_ms + 40_000, now_ms + 20_000, 2)  # whose functions died, hold nothing
    assert not world.store.hold("e", now_ms + 40_000, now_ms, 0)


def test_a_websocket_that_carries_a_session_does_not_wait_for_connect(world: World) -> None:
    now_ms = world.clock.now_ms()
    world.all.connections.open(Connection(WS, "socketio", now_ms, now_ms, session=A))
    assert list(world.all.connections.unaccepted(now_ms + 1)) == [WS]
    world.all.connections.carry(WS)
    assert list(world.all.connections.unaccepted(now_ms + 1)) == []
    found = world.all.connections.find(WS)
    assert found is not None
    assert (found.session, found.carries, found.is_unaccepted_since(now_ms + 1)) == (A, True, False)
    world.all.connections.carry(OTHER_WS)
    assert world.all.connections.find(OTHER_WS) is None
    assert world.all.connections.end(WS) == found
