"""Minutes of ticks, one every ten seconds, with clients that answer or do not."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from serverless_socketio.heartbeat import NATIVE_PING, PING, SHARE_MAX, UNACCEPTED_MAX, Counts, Heartbeat, buckets_in
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import PostResult
from tests.unit.socketio.world import World

INTERVAL_MS, TIMEOUT_MS = 120_000, 50_000
BUCKETS = buckets_in(INTERVAL_MS)
CLIENTS = [f"client{number}" for number in range(40)]  # enough to have some in every bucket


class Beating(World):
    """A world whose clients answer pings, unless they are `silent`, and whose ticks may be `missed`."""

    def __init__(self) -> None:
        super().__init__(store=lambda clock: MemoryStore(clock, buckets=BUCKETS))
        self.heartbeat = Heartbeat(self.sio.manager, interval_ms=INTERVAL_MS, timeout_ms=TIMEOUT_MS)
        self.silent: set[str] = set()
        self.missed: set[int] = set()
        self.pinged: dict[str, list[float]] = {}
        self.ended: dict[str, float] = {}
        self.sio.on("disconnect", self._note)
        self.ticks = 0
        self.last: Counts | None = None

    def _note(self, sid: str, reason: str) -> None:
        assert reason == "ping timeout"
        self.ended[sid[22:]] = self.clock.monotonic()

    def run(self, seconds: float) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until - 5:
            self.clock.advance(10)
            self.ticks += 1
            if self.ticks not in self.missed:
                counts = self.heartbeat.tick(self.clock.now_ms())
                self.last = counts and counts + self.heartbeat.close_unaccepted(self.clock.now_ms())
            self.answer()

    def answer(self) -> None:
        for address, frame in self.transport.sent:
            assert frame in (PING, NATIVE_PING)
            self.pinged.setdefault(address, []).append(self.clock.monotonic())
            if address not in self.silent and frame == PING:
                self.send(address, "3")
        self.transport.sent.clear()


@pytest.fixture
def world() -> Beating:
    return Beating()


def test_an_interval_has_a_bucket_for_each_tick_in_it() -> None:
    assert [buckets_in(ms) for ms in (120_000, 25_000, 10_000, 1_000)] == [12, 2, 1, 1]


def test_every_connection_is_pinged_once_an_interval_and_lives(world: Beating) -> None:
    for client in CLIENTS:
        world.connect(client)
    world.run(600)
    assert world.ended == {}
    for client in CLIENTS:
        times = world.pinged[client]
        assert len(times) in (5, 6, 7)  # ten minutes of two; two more buckets are made up for at the very start
        gaps = {round(later - earlier) for earlier, later in pairwise(times[1:])}
        assert gaps == {120}


def test_who_falls_silent_is_ended_after_interval_and_time_out_and_not_before(world: Beating) -> None:
    for client in CLIENTS:
        world.connect(client)
    world.run(300)
    silent_since = world.clock.monotonic()
    world.silent.update(CLIENTS[:20])
    world.run(300)
    assert set(world.ended) == set(CLIENTS[:20])
    for client, at in world.ended.items():
        asked_at = next(time for time in world.pinged[client] if time > silent_since)
        assert at - asked_at == pytest.approx(50, abs=1)
        assert at - silent_since <= 120 + 50 + 1
    assert set(world.transport.closed) == set(CLIENTS[:20])


def test_native_clients_are_pinged_and_need_not_answer(world: Beating) -> None:
    world.connect_native("nora")
    world.run(600)
    assert len(world.pinged["nora"]) >= 5
    assert world.store.connections.find("nora") is not None


def test_a_ping_that_finds_no_client_ends_the_connection(world: Beating) -> None:
    reasons: list[str] = []
    world.sio.on("disconnect", lambda sid, reason: reasons.append(reason))
    world.connect_native("nora")
    world.transport.gone.add("nora")
    world.run(130)
    assert world.store.connections.find("nora") is None
    assert reasons == ["transport close"]


@pytest.mark.parametrize("missed", [[13], [13, 14], [13, 14, 20, 21, 27]])
def test_up_to_two_missed_ticks_in_a_row_are_made_up_for(world: Beating, missed: list[int]) -> None:
    for client in CLIENTS:
        world.connect(client)
    world.missed.update(missed)
    world.run(600)
    assert world.ended == {}
    for client in CLIENTS:
        times = world.pinged[client]
        assert max(later - earlier for earlier, later in pairwise(times)) <= 140 + 1


def test_ticks_that_never_came_judge_no_connection(world: Beating) -> None:
    for client in CLIENTS:
        world.connect(client)
    world.run(120)
    world.missed.update(range(world.ticks + 1, world.ticks + 13))  # two minutes of nothing
    world.run(600)
    assert world.ended == {}


def test_a_tick_that_broke_before_its_pings_were_out_judges_no_connection() -> None:
    class Unreachable(MemoryTransport):
        broken = True

        def post_all(
            self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False
        ) -> list[PostResult]:
            if self.broken:
                raise OSError("the endpoint cannot be reached")
            return super().post_all(frames, repeatable=repeatable)

    transport = Unreachable()
    world = World(transport=transport)
    heartbeat = Heartbeat(world.sio.manager, interval_ms=10_000, timeout_ms=10_000)
    world.connect("alice")
    world.clock.advance(10)
    with pytest.raises(OSError, match="cannot be reached"):
        heartbeat.tick(world.clock.now_ms())
    transport.broken = False
    world.clock.advance(10)
    counts = heartbeat.tick(world.clock.now_ms())
    assert counts is not None
    assert (counts.pinged, counts.ghosts) == (3, 0)  # its own bucket, and those of the two slots before
    assert world.store.connections.find("alice") is not None
    world.clock.advance(10)
    counts = heartbeat.tick(world.clock.now_ms())
    assert counts is not None
    assert counts.ghosts == 1  # who is silent is found out by the pings that did go out


def test_a_tick_is_run_once_by_whichever_function(world: Beating) -> None:
    world.connect("alice")
    world.clock.advance(10)
    assert world.heartbeat.tick(world.clock.now_ms()) is not None
    elsewhere = Heartbeat(world.sio.manager, interval_ms=INTERVAL_MS, timeout_ms=TIMEOUT_MS)
    assert elsewhere.tick(world.clock.now_ms()) is None


@pytest.mark.parametrize("opened_after_s", [0.5, 3, 7, 9.5])
def test_a_connection_without_connect_is_closed_between_20_and_45_s(world: Beating, opened_after_s: float) -> None:
    world.clock.advance(opened_after_s)
    world.open("alice")
    opened_at = world.clock.monotonic()
    world.clock.advance(10 - opened_after_s)
    while not world.transport.closed:
        world.run(10)
    assert 20 <= world.clock.monotonic() - opened_at <= 45
    assert world.transport.closed == ["alice"]
    assert world.store.connections.find("alice") is None
    assert world.last is not None
    assert world.last.unaccepted == 1


def test_a_connect_that_the_index_has_not_seen_yet_is_not_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.connect("alice")
    monkeypatch.setattr(world.store.connections, "unaccepted", lambda opened_before_ms: iter(["alice", "gone since"]))
    heartbeat = Heartbeat(world.sio.manager, interval_ms=INTERVAL_MS, timeout_ms=TIMEOUT_MS)
    assert heartbeat.close_unaccepted(world.clock.now_ms()).unaccepted == 1
    assert world.store.connections.find("alice") is not None
    assert "alice" not in world.transport.closed


def test_a_connection_that_lost_its_last_socket_is_not_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.open("alice")
    monkeypatch.setattr(world.store.connections, "due", lambda bucket, opened_before_ms: ["alice"])
    counts = Heartbeat(world.sio.manager, interval_ms=10_000, timeout_ms=TIMEOUT_MS).tick(world.clock.now_ms())
    assert counts == Counts()
    assert world.transport.sent == []


def test_of_a_flood_of_handshakes_a_tick_hands_on_so_many_and_closes_none_itself(world: World) -> None:
    portions: list[Sequence[str]] = []
    heartbeat = Heartbeat(
        world.sio.manager,
        interval_ms=INTERVAL_MS,
        timeout_ms=TIMEOUT_MS,
        hand_on_late=portions.extend,
        hand_on=lambda _: None,
    )
    names = [f"left{number}" for number in range(UNACCEPTED_MAX + 100)]
    for name in names:
        world.open(name)
    world.clock.advance(21)
    assert heartbeat.close_unaccepted(world.clock.now_ms()) == Counts(shared=UNACCEPTED_MAX)
    assert world.transport.closed == []
    assert all(len(portion) <= SHARE_MAX for portion in portions)
    assert [name for portion in portions for name in portion] == names[:UNACCEPTED_MAX]
    world.connect(names[0])
    assert heartbeat.close(portions[0]) == Counts(unaccepted=SHARE_MAX - 1)
    assert sorted(world.transport.closed) == sorted(names[1:SHARE_MAX])
    assert heartbeat.close_unaccepted(world.clock.now_ms()).shared == UNACCEPTED_MAX - SHARE_MAX + 100


def test_a_connection_that_left_its_last_namespace_has_as_long_as_one_that_has_none_yet(world: Beating) -> None:
    world.sio.on("disconnect", lambda sid, reason: None)
    for client in ("alice", "bob"):
        world.connect(client)
    world.run(300)
    for client in ("alice", "bob"):
        world.send(client, "41")
    world.run(10)
    assert world.transport.closed == []
    world.connect("bob")
    world.run(20)
    assert world.transport.closed == ["alice"]
    assert world.store.connections.find("alice") is None
