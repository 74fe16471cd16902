"""Pings, ghosts, connections that never became one or are about to end: what one tick, every ten seconds, has to do.

======================================  ===========================================================================
in the tick of slot n                   what is done
======================================  ===========================================================================
claim                                   ``tick:n``, so that it runs once
bucket of slot n - time-out             judged, if it was pinged: a connection without a sign of life since is ended
buckets of slots n - 2 and n - 1        pinged, if their ticks never came or broke before their pings were out
bucket of slot n                        pinged, then ``pinged:n`` is recorded; too old connections are ended
a bucket of more than `SHARE_MAX`       dealt out in shares: each is pinged, and judged a time-out later, by itself
connections without CONNECT             closed last, `UNACCEPTED_MAX` at most
======================================  ===========================================================================

A connection belongs to one bucket for as long as it lives, and a tick pings one bucket, so each is pinged once an
interval without any index that moves. The same number of ticks later the bucket is looked at again: one that gave no
sign of life since is a ghost. A tick that was missed, or broke before its pings were out, is made up for by the next
two; no connection is judged by pings that were never sent.

API Gateway ends a connection after two hours, all that opened together at once. Each is ended here some minutes earlier
instead, by a time of its own, and its client reconnects by itself.

A bucket with more connections than one tick can see to in good time is dealt out in shares, each for an invocation of
its own: it pings them, and later, by another share, judges just those. The shares are spread over the tick's ten
seconds, since all pings at once, and the pongs that answer them, would exceed API Gateway's throttle.

Connections without CONNECT come last, a bounded number a tick and in shares, too: however many handshakes are left
alone, they keep no ping waiting.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING
from zlib import crc32

from .codec import engineio, native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .manager import Manager
    from .model import Connection, Member

TICK_MS = 10_000
ACCEPT_WITHIN_MS = 20_000  # after this, a connection without a socket, not yet or not any more, is closed by a tick
MISSED_TICKS = 2  # a tick also pings the buckets of as many slots before its own, where their ticks never came
REMEMBER_S = 3600  # longer than any interval: API Gateway closes a connection idle for 10 minutes
LIFETIME_MS = 115 * 60_000  # API Gateway closes a connection after 2 hours; an interval later is still before that
SPREAD_MS = 10 * 60_000  # over so long before its lifetime's end, connections of the same age are ended
SHARE_MAX = 250  # connections: half a second of pings, or ten of endings, one after the other
UNACCEPTED_MAX = 3_000  # closed for one tick: what a throttle of 300 handshakes a second lets in meanwhile
CLOSERS = 16  # threads that close at a time
PING = engineio.encode(engineio.EnginePacket(engineio.EnginePacketType.PING, ""))
NATIVE_PING = native.encode_event("ping", {})


@dataclass(frozen=True, slots=True)
class Counts:
    """What a tick did, or a share of one. `shared`: connections that are left to shares."""

    pinged: int = 0
    ghosts: int = 0
    unaccepted: int = 0
    retired: int = 0
    shared: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.pinged + other.pinged,
            self.ghosts + other.ghosts,
            self.unaccepted + other.unaccepted,
            self.retired + other.retired,
            self.shared + other.shared,
        )


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the connections of a large bucket: to be pinged for a slot, or, if it `judges`, those that were."""

    slot: int
    part: int
    addresses: tuple[str, ...]
    judges: bool = False


def buckets_in(interval_ms: int) -> int:
    """How many buckets a ping interval has: one for each tick in it."""
    return max(1, interval_ms // TICK_MS)


def lifetime_of(address: str, longest_ms: int = LIFETIME_MS) -> int:
    """How old a connection is to become: up to `SPREAD_MS` less than the longest, by its own name.

    The high bits of the hash whose low bits say its bucket, so that a bucket does not end together.
    """
    return longest_ms - (crc32(address.encode()) * SPREAD_MS >> 32)


class Heartbeat:
    """Keeps a server's connections alive and ends those that are not, or have become too old.

    `interval_ms` and `timeout_ms` are those of the open packet (Engine.IO ``pingInterval``, ``pingTimeout``); the
    time-out must outlast two missed ticks. `lifetime_ms`: how old a connection becomes at most, but for the interval
    until its bucket's turn comes: both together must be less than API Gateway's two hours. `hand_on` takes shares, each
    with the seconds after which it is to arrive, to invocations that call `serve`, and `hand_on_late` lists of
    addresses to those that call `close`; without them, a tick sees to all connections itself.
    """

    def __init__(
        self,
        manager: Manager,
        *,
        interval_ms: int,
        timeout_ms: int,
        lifetime_ms: int = LIFETIME_MS,
        hand_on: Callable[[Iterable[tuple[Share, int]]], None] | None = None,
        hand_on_late: Callable[[Iterable[Sequence[str]]], None] | None = None,
        share_max: int = SHARE_MAX,
    ) -> None:
        self._manager = manager
        self._buckets = buckets_in(interval_ms)
        self._patience = max(1, timeout_ms // TICK_MS)
        self._lifetime_ms = lifetime_ms
        self._hand_on = hand_on or (lambda _: None)
        self._hand_on_late = hand_on_late
        self._share_max = sys.maxsize if hand_on is None else share_max
        self._known: dict[int, bool] = {}  # slots that this process pinged, and whether the bucket had connections

    def tick(self, now_ms: int) -> Counts | None:
        """Ping and judge for the ten seconds that `now_ms` lies in; None if that was done before."""
        slot = now_ms // TICK_MS
        if not self._manager.store.pending.claim_once(f"tick:{slot}", REMEMBER_S):
            return None
        self._forget_before(slot - self._patience)
        counts = self._judge_bucket(slot - self._patience)  # first: no ping of this tick can have been answered
        for late in range(slot - MISSED_TICKS, slot):
            if not self._was_pinged(late):
                counts += self._ping_bucket(late)
        return counts + self._ping_bucket(slot)

    def close_unaccepted(self, now_ms: int) -> Counts:
        """Close those that have had no CONNECT for too long, the oldest first, or leave them to calls of `close`.

        Once a tick, when all else is done. One query.
        """
        late = list(islice(self._manager.store.connections.unaccepted(now_ms - ACCEPT_WITHIN_MS), UNACCEPTED_MAX))
        if len(late) <= self._share_max or self._hand_on_late is None:
            return self.close(late)
        self._hand_on_late(self._portions(late))
        return Counts(shared=len(late))

    def close(self, addresses: Sequence[str]) -> Counts:
        """Close those of many connections that have had no socket for too long.

        Each is read again, since an index lags behind a CONNECT just accepted.
        """
        with ThreadPoolExecutor(CLOSERS, thread_name_prefix="close") as closers:
            return Counts(unaccepted=sum(closers.map(self._close, addresses)))

    def _close(self, address: str) -> bool:
        connection = self._manager.store.connections.find(address)
        too_late_ms = self._manager.clock.now_ms() - ACCEPT_WITHIN_MS
        if connection is not None and not connection.is_unaccepted_since(too_late_ms):
            return False
        self._manager.close(address, "transport close")
        return True

    def serve(self, share: Share) -> Counts:
        """Do what a share asks for; one that comes again has been done."""
        if share.judges:
            return self._judge(share.addresses, share.slot)
        name = f"pinged:{share.slot}:{share.part}"
        if self._manager.store.pending.was_claimed(name):
            return Counts()

        def record() -> None:
            self._hand_on([(replace(share, judges=True), self._patience * TICK_MS // 1000)])
            self._manager.store.pending.claim_once(name, REMEMBER_S)

        return self._ping(share.addresses, record)

    def _was_pinged(self, slot: int) -> bool:
        """Whether the bucket of a slot was pinged, or dealt out. No call if this process did it."""
        store = self._manager.store
        return (
            slot in self._known
            or store.pending.was_claimed(f"pinged:{slot}")
            or store.pending.was_claimed(f"dealt:{slot}")
        )

    def _ping_bucket(self, slot: int) -> Counts:
        """Ping the bucket of a slot, or leave it to shares.

        An empty one is not worth a write: should another process look for it, it finds no connection to ping or to
        judge.
        """
        due = self._manager.store.connections.due(slot % self._buckets, self._manager.clock.now_ms())
        if not due:
            self._known[slot] = False
            return Counts()
        if len(due) > self._share_max:
            return self._deal_out(slot, due)

        def record() -> None:
            self._manager.store.pending.claim_once(f"pinged:{slot}", REMEMBER_S)
            self._known[slot] = True

        return self._ping(due, record)

    def _forget_before(self, slot: int) -> None:
        self._known = {known: anyone for known, anyone in self._known.items() if known >= slot}

    def _deal_out(self, slot: int, due: Sequence[str]) -> Counts:
        """Make shares of a bucket, spread over the tick. Its slot is not recorded as pinged: each is judged by itself.

        They are in the order in which connections opened, so that hardly any is pinged much later than the last time.
        """
        parts = self._portions(due)
        self._hand_on(
            (Share(slot, part, addresses), part * TICK_MS // 1000 // len(parts)) for part, addresses in enumerate(parts)
        )
        self._manager.store.pending.claim_once(f"dealt:{slot}", REMEMBER_S)
        return Counts(shared=len(due))

    def _portions(self, addresses: Sequence[str]) -> list[tuple[str, ...]]:
        """Addresses in portions that one invocation can see to."""
        starts = range(0, len(addresses), self._share_max)
        return [tuple(addresses[start : start + self._share_max]) for start in starts]

    def _ping(self, addresses: Sequence[str], record: Callable[[], object]) -> Counts:
        """Ping connections, `record` it when the pings are out, since ghosts are judged by it, and end the too old."""
        connections = self._manager.store.connections.find_all(addresses)
        now_ms = self._manager.clock.now_ms()
        old = {each.address for each in connections if now_ms - each.opened_ms >= self._lifetime(each.address)}
        members = [member for each in connections if each.address not in old and (member := _socket(each)) is not None]
        pings = [(member, [NATIVE_PING if member.form == "native" else PING]) for member in members]
        self._manager.fanout.send(pings, repeatable=True)  # a second does no harm, and none ends a client
        record()
        self._close_all(old, "transport close")
        return Counts(pinged=len(members), retired=len(old))

    def _judge_bucket(self, slot: int) -> Counts:
        """End the ghosts among those whom a slot pinged."""
        store = self._manager.store
        if not self._known.get(slot, True):
            return Counts()  # it was empty
        if slot not in self._known and not store.pending.was_claimed(f"pinged:{slot}"):
            return Counts()
        return self._judge(store.connections.due(slot % self._buckets, slot * TICK_MS), slot)

    def _judge(self, addresses: Sequence[str], slot: int) -> Counts:
        ghosts = [
            each.address
            for each in self._manager.store.connections.find_all(addresses)
            if each.form == "socketio" and each.sockets and each.seen_ms < slot * TICK_MS
        ]
        self._close_all(ghosts, "ping timeout")
        return Counts(ghosts=len(ghosts))

    def _close_all(self, addresses: Iterable[str], reason: str) -> None:
        for address in addresses:
            self._manager.close(address, reason)

    def _lifetime(self, address: str) -> int:
        return lifetime_of(address, self._lifetime_ms)


def _socket(connection: Connection) -> Member | None:
    """Any socket of the connection: Engine.IO's pings are below namespaces."""
    return next((connection.member(namespace) for namespace in connection.sockets), None)
