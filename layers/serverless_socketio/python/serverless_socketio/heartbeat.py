"""Pings, ghosts, and connections that never became one: what one tick, every ten seconds, has to do.

A connection belongs to one bucket for as long as it lives, and a tick pings one bucket, so each is pinged once an
interval without any index that moves. The same number of ticks later the bucket is looked at again: who gave no sign of
life since is a ghost. A tick that was missed, or broke before its pings were out, is made up for by the next two;
nobody is judged by pings that were never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .codec import engineio, native

if TYPE_CHECKING:
    from .ports import Connection, Member
    from .server import Server

TICK_MS = 10_000
ACCEPT_WITHIN_MS = 20_000  # after this, a connection without an accepted CONNECT is closed at the next tick
MISSED_TICKS = 2  # a tick also pings the buckets of as many slots before its own, where their ticks never came
REMEMBER_S = 3600  # longer than any interval: API Gateway closes a connection idle for 10 minutes
PING = engineio.encode(engineio.EnginePacket(engineio.PacketType.PING, ""))
NATIVE_PING = native.encode_event("ping", {})


@dataclass(frozen=True, slots=True)
class Counts:
    """What a tick did."""

    pinged: int = 0
    ghosts: int = 0
    unaccepted: int = 0


def buckets_in(interval_ms: int) -> int:
    """How many buckets a ping interval has: one for each tick in it."""
    return max(1, interval_ms // TICK_MS)


class Heartbeat:
    """Keeps a server's connections alive and ends those that are not.

    `interval_ms` and `timeout_ms` are those of the open packet (Engine.IO ``pingInterval``, ``pingTimeout``); the
    time-out must outlast two missed ticks.
    """

    def __init__(self, server: Server, *, interval_ms: int, timeout_ms: int) -> None:
        self._server = server
        self._buckets = buckets_in(interval_ms)
        self._patience = max(1, timeout_ms // TICK_MS)

    def tick(self, now_ms: int) -> Counts | None:
        """Do the work of the ten seconds that `now_ms` lies in; None if that was done before."""
        slot = now_ms // TICK_MS
        if not self._server.store.once(f"tick:{slot}", REMEMBER_S):
            return None
        ghosts = self._end_ghosts(slot - self._patience)  # first: nobody can have answered a ping of this tick
        pinged = sum(self._ping(late) for late in range(slot - MISSED_TICKS, slot + 1))
        return Counts(pinged, ghosts, self._close_unaccepted(now_ms))

    def _ping(self, slot: int) -> int:
        """Ping the bucket of a slot, unless that was done; noted only afterwards, since ghosts are judged by it."""
        store = self._server.store
        if store.happened(f"pinged:{slot}"):
            return 0
        due = store.due(slot % self._buckets, self._server.clock.now_ms())
        members = [member for connection in due if (member := _anyone(connection)) is not None]
        self._server.fanout.send_each(
            [(member, [NATIVE_PING if member.form == "native" else PING]) for member in members]
        )
        store.once(f"pinged:{slot}", REMEMBER_S)
        return len(members)

    def _end_ghosts(self, slot: int) -> int:
        if not self._server.store.happened(f"pinged:{slot}"):
            return 0
        pinged_ms = slot * TICK_MS
        ghosts = [
            connection
            for connection in self._server.store.due(slot % self._buckets, pinged_ms)
            if connection.form == "socketio" and connection.seen_ms < pinged_ms
        ]
        for ghost in ghosts:
            self._server.hang_up(ghost.address, "ping timeout")
        return len(ghosts)

    def _close_unaccepted(self, now_ms: int) -> int:
        """Close those without a socket; each is read again, since an index lags behind a CONNECT just accepted."""
        store = self._server.store
        late = [
            address
            for address in store.unaccepted(now_ms - ACCEPT_WITHIN_MS)
            if (connection := store.find(address)) is None or not connection.sockets
        ]
        for address in late:
            self._server.hang_up(address, "transport close")
        return len(late)


def _anyone(connection: Connection) -> Member | None:
    """Any socket of the connection: Engine.IO's pings are below namespaces."""
    return next((connection.member(namespace) for namespace in connection.sockets), None)
