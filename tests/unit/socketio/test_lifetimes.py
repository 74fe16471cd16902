"""Two hours and more of ticks over many connections: everybody pinged, ghosts found in time, ends spread."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.heartbeat import (
    LIFETIME_MS,
    NATIVE_PING,
    SPREAD_MS,
    TICK_MS,
    Heartbeat,
    Share,
    buckets_in,
    lifetime_of,
)
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.model import bucket_of
from tests.unit.socketio.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INTERVAL_MS, TIMEOUT_MS = 120_000, 50_000
INTERVAL_S, TIMEOUT_S, TICK_S = INTERVAL_MS // 1000, TIMEOUT_MS // 1000, TICK_MS // 1000
HOURS_2_S = 7200
CROWD = [f"client{number:03d}=" for number in range(240)]


class Hours(World):
    """Clients that answer, unless they are silent; ticks on time; shares that a queue brings when they are due."""

    def __init__(self, *, share_max: int | None = None) -> None:
        super().__init__(store=lambda clock: MemoryStore(clock, buckets=buckets_in(INTERVAL_MS)))
        self.deals = share_max is not None
        dealing = {} if share_max is None else {"hand_on": self._hand_on, "share_max": share_max}
        self.heartbeat = Heartbeat(self.sio.manager, interval_ms=INTERVAL_MS, timeout_ms=TIMEOUT_MS, **dealing)  # type: ignore[arg-type]
        self.silent: set[str] = set()
        self.pinged: dict[str, list[float]] = {}
        self.ended: dict[str, tuple[float, str]] = {}
        self.queue: list[tuple[float, Share]] = []
        self.served: list[Share] = []
        self.sio.on("disconnect", self._note)

    def _note(self, sid: str, reason: str) -> None:
        assert sid[22:] not in self.ended, "told twice"
        self.ended[sid[22:]] = (self.clock.monotonic(), reason)

    def _hand_on(self, shares: Iterable[tuple[Share, int]]) -> None:
        self.queue += [(self.clock.monotonic() + after_s, share) for share, after_s in shares]

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds) // TICK_S):
            tick_s = self.clock.monotonic() + TICK_S - self.clock.monotonic() % TICK_S
            while due := min((entry for entry in self.queue if entry[0] < tick_s), default=None, key=itemgetter(0)):
                self.queue.remove(due)
                self.clock.advance(max(0, due[0] - self.clock.monotonic()))
                self.served.append(due[1])
                self.heartbeat.serve(due[1])
                self._answer()
            self.clock.advance(tick_s - self.clock.monotonic())
            self.heartbeat.tick(self.clock.now_ms())
            self._answer()

    def _answer(self) -> None:
        for address, frame in self.transport.sent:
            self.pinged.setdefault(address, []).append(self.clock.monotonic())
            if address not in self.silent and frame != NATIVE_PING and self.store.connections.find(address) is not None:
                self.store.connections.seen(address, self.clock.now_ms())
        self.transport.sent.clear()

    def join(self, names: Sequence[str]) -> None:
        for name in names:
            self.connect(name)
        self.clock.advance(TICK_S - self.clock.monotonic() % TICK_S)
        self.transport.sent.clear()


@pytest.fixture(params=[None, 7], ids=["by the tick", "in shares"])
def hours(request: pytest.FixtureRequest) -> Hours:
    return Hours(share_max=request.param)


def test_two_hours_of_many_connections(hours: Hours) -> None:
    hours.join(CROWD)
    opened_s = hours.clock.monotonic()
    ghosts = set(CROWD[::8])
    hours.run(3600)
    hours.silent.update(ghosts)
    silent_s = hours.clock.monotonic()
    hours.run(HOURS_2_S - 3600)

    for times in hours.pinged.values():  # the first two ticks make up for those before there was a heartbeat
        gaps = [round(later - earlier) for earlier, later in pairwise(times[1:])]
        assert all(abs(gap - INTERVAL_S) < (TICK_S if hours.deals else 1) for gap in gaps)
        assert gaps.count(INTERVAL_S) >= 0.8 * len(gaps)  # a share keeps its second, while those before it do not go
    assert all(hours.pinged[name][0] - opened_s <= INTERVAL_S + TICK_S for name in CROWD)

    reasons = Counter(reason for _, reason in hours.ended.values())
    assert reasons == {"ping timeout": len(ghosts), "transport close": len(CROWD) - len(ghosts)}
    for name, (at, reason) in hours.ended.items():
        assert (reason == "ping timeout") == (name in ghosts)
        if name in ghosts:
            assert at - silent_s <= INTERVAL_S + TIMEOUT_S + TICK_S
        else:
            longest_s = lifetime_of(name) / 1000
            assert longest_s - TICK_S <= at - opened_s <= longest_s + INTERVAL_S

    retired = Counter(round(at) for at, reason in hours.ended.values() if reason == "transport close")
    ages = [at - opened_s for at in retired]
    assert min(ages) > 104 * 60
    assert max(ages) < 118 * 60
    assert len(retired) > 40
    assert max(retired.values()) < 0.1 * len(CROWD)
    assert set(hours.transport.closed) == set(CROWD)


def test_who_comes_back_after_its_end_begins_a_life_of_its_own(hours: Hours) -> None:
    hours.join(CROWD[:20])
    hours.run(118 * 60)
    assert len(hours.ended) == 20
    hours.ended.clear()
    hours.join([f"again{number}" for number in range(20)])
    hours.run(100 * 60)
    assert hours.ended == {}


def test_native_clients_are_ended_at_their_limit_too(hours: Hours) -> None:
    hours.connect_native("nora")
    hours.run(118 * 60)
    assert hours.store.connections.find("nora") is None
    assert hours.ended["nora"][1] == "transport close"


@pytest.mark.parametrize("longest_ms", [LIFETIME_MS, 110 * 60_000])
def test_lifetimes_fill_the_minutes_before_the_longest_evenly_in_every_bucket(longest_ms: int) -> None:
    names = [f"L0SM9cOFvHc{number:05d}=" for number in range(12_000)]
    lifetimes = [lifetime_of(name, longest_ms) for name in names]
    assert all(longest_ms - SPREAD_MS < lifetime <= longest_ms for lifetime in lifetimes)
    minutes = Counter(
        (bucket_of(name, 12), lifetime // 60_000) for name, lifetime in zip(names, lifetimes, strict=True)
    )
    assert len(minutes) >= 12 * 10
    assert max(minutes.values()) < 200  # 100 on average


class TestShares:
    def test_a_bucket_that_is_not_large_is_the_ticks_own(self) -> None:
        hours = Hours(share_max=len(CROWD))
        hours.join(CROWD)
        hours.run(INTERVAL_S)
        assert hours.served == []

    def test_each_connection_is_in_one_share_of_its_slot_and_that_is_judged_a_time_out_later(self) -> None:
        hours = Hours(share_max=7)
        hours.join(CROWD)
        hours.run(INTERVAL_S + 2 * TIMEOUT_S)
        pings = [share for share in hours.served if not share.judges]
        assert all(len(share.addresses) <= 7 for share in pings)
        assert Counter(name for share in pings for name in share.addresses).keys() == set(CROWD)
        judged = {(share.slot, share.part) for share in hours.served if share.judges}
        assert judged <= {(share.slot, share.part) for share in pings}
        assert len(judged) >= len(CROWD) // 7

    def test_shares_are_spread_over_the_ten_seconds_of_their_tick(self) -> None:
        hours = Hours(share_max=1)
        hours.join(
            [name for name in (f"client{number:04d}=" for number in range(400)) if bucket_of(name, 12) == 0][:20]
        )
        while not hours.queue:
            hours.clock.advance(TICK_S)
            hours.heartbeat.tick(hours.clock.now_ms())
        after = Counter(round(at - hours.clock.monotonic()) for at, _ in hours.queue)
        assert after == dict.fromkeys(range(10), 2)

    def test_a_share_that_comes_twice_is_served_once(self) -> None:
        hours = Hours(share_max=7)
        hours.join(CROWD[:3])
        share = Share(hours.clock.now_ms() // TICK_MS, 0, tuple(CROWD[:3]))
        assert hours.heartbeat.serve(share).pinged == 3
        assert hours.heartbeat.serve(share).pinged == 0
        assert [share.judges for _, share in hours.queue] == [True]

    def test_a_share_that_broke_before_its_pings_were_out_is_neither_judged_nor_done(self) -> None:
        hours = Hours(share_max=7)
        hours.join(CROWD[:3])
        share = Share(hours.clock.now_ms() // TICK_MS, 0, tuple(CROWD[:3]))
        working = hours.store.connections.find_all

        def broken(addresses: Sequence[str]) -> list[object]:
            raise OSError

        hours.store.connections.find_all = broken  # type: ignore[method-assign, assignment]
        with pytest.raises(OSError):  # noqa: PT011 - it has no words
            hours.heartbeat.serve(share)
        assert hours.queue == []
        hours.store.connections.find_all = working  # type: ignore[method-assign]
        assert hours.heartbeat.serve(share).pinged == 3

    def test_a_ghost_that_was_reported_meanwhile_is_no_concern_of_its_share(self) -> None:
        hours = Hours(share_max=7)
        hours.join(CROWD[:3])
        hours.sio.manager.closed(CROWD[0], "transport close")
        hours.clock.advance(INTERVAL_S)
        judged = hours.heartbeat.serve(Share(hours.clock.now_ms() // TICK_MS, 0, tuple(CROWD[:3]), judges=True))
        assert judged.ghosts == 2
        assert hours.ended[CROWD[0]][1] == "transport close"


@pytest.mark.parametrize("reports", [0, 1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_ghost_ends_as_by_disconnect_whether_that_comes_once_twice_late_or_never(reports: int, when: str) -> None:
    hours = Hours()
    hours.sio.on("connect", lambda sid, environ, auth: hours.sio.enter_room(sid, "lobby"))
    hours.join(["alice", "bob"])
    hours.run(INTERVAL_S)
    hours.silent.add("alice")
    if when == "after":
        hours.run(2 * INTERVAL_S)
    for _ in range(reports):
        hours.sio.manager.closed("alice", "client gone")
    hours.run(2 * INTERVAL_S)
    told = "client gone" if reports and when == "before" else "ping timeout"
    assert {name: reason for name, (_, reason) in hours.ended.items()} == {"alice": told}
    assert hours.store.connections.find("alice") is None
    assert [member.address for member in hours.store.rooms.members("/", "lobby")] == ["bob"]
