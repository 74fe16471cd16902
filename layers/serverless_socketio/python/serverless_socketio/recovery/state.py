"""Sockets that may outlive their connection: the state of one, and what is logged for it (connection-state recovery).

A client that asks for recovery gets a *recoverable* socket, which its sid shows: no other costs a read. Each event to
it takes the next number of its state and is logged before it is posted, since a post to a dying connection succeeds.

    ``live``       on a connection: events are logged and posted
    ``replay``     on a new connection: events are logged, and only the replay of what was missed posts
    ``detached``   without a connection: events are logged, until the window ends

    live      → detached   its connection ends, and neither side wanted that
    detached  → replay     its client comes back with the pid, on a connection that is newer
    live      → replay     likewise, before the end of the last connection was noticed
    replay    → live       in one write that holds if no event was numbered since the last one that was replayed
    any       → ended      a DISCONNECT, a close that was wanted, an event that could not be logged, the window

Protocol: https://socket.io/docs/v4/connection-state-recovery.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Phase: TypeAlias = Literal["live", "replay", "detached"]

SILENCE_MS = 600_000  # the log outlasts the window by this: a dead network may go unnoticed so long, see heartbeat


@dataclass(frozen=True, slots=True)
class RecoveryPolicy:
    """What a recoverable socket was promised when it was accepted."""

    pid: str  # SHA-256 of the client's secret
    identity: Any  # the client that comes back must have the same; what JSON can hold
    window_ms: int  # how long it may stay detached
    log_max: int  # how many events are logged for it while it is


@dataclass(frozen=True, slots=True)
class RecoveryState:
    """The state of a recoverable socket.

    `epoch` rises whenever it is detached or moves. `streams`: the index from which each stream, a series of events that
    the application keeps itself, goes on for this client; a little behind what is being sent, but exact when the
    socket comes back.
    """

    sid: str
    namespace: str
    policy: RecoveryPolicy
    address: str  # of its connection, or of its last
    opened_ms: int  # when that opened
    phase: Phase = "live"  # replay: on a new connection, to which only what was missed is sent so far
    epoch: int = 1
    moved_ms: int = 0  # when it was detached or moved last
    seq: int = 0  # the number of its newest event
    left_at: int = 0  # what that was when it went
    rooms: tuple[str, ...] = ()  # those it was accepted into
    session: Mapping[str, Any] = field(default_factory=dict)  # the application's, while it is detached
    streams: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecoveryEntry:
    """An event of the log: its frames without an offset, and the stream that it ends, if it ends one."""

    seq: int
    at_ms: int
    frames: tuple[str, ...]
    closes: str | None = None


@dataclass(frozen=True, slots=True)
class StreamSlice:
    """Events of a stream for a recoverable socket in the state that was read; the first of them has this index."""

    state: RecoveryState
    stream: str
    index: int
    at_ms: int  # when they are sent


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a server promises to sockets whose clients ask for it.

    `identity`: who a session belongs to, in what JSON can hold; a client that comes back must have the same. `rest`:
    the events of a stream from an index on, with their names, once it has ended; see `recovery.streams`.
    """

    identity: Callable[[Mapping[str, Any]], Any]
    window_ms: int = 120_000
    log_max: int = 500
    rest: Callable[[str, int], Iterable[tuple[str, Any]]] = lambda _stream, _index: ()

    def policy(self, pid: str, session: Mapping[str, Any]) -> RecoveryPolicy:
        """The promise to one client."""
        return RecoveryPolicy(digest(pid), self.identity(session), self.window_ms, self.log_max)


def digest(pid: str) -> str:
    """What is stored of a pid. It is random, so a fast hash is enough."""
    return hashlib.sha256(pid.encode()).hexdigest()
