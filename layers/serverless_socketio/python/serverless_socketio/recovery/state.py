"""Sockets that may outlive their connection: how one stands, and what is kept for it (connection-state recovery).

A client that asks for recovery gets a *lasting* socket, which its sid shows, so that nobody looks for what others have
not. Each event to it takes the next number of its *standing* and is kept before it is posted: a post to a connection
that is dying succeeds. Protocol: https://socket.io/docs/v4/connection-state-recovery.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

State: TypeAlias = Literal["live", "replay", "away"]

SILENCE_MS = 600_000  # what is kept outlasts the window by this: a dead network may go unnoticed so long, see heartbeat


@dataclass(frozen=True, slots=True)
class Terms:
    """What a lasting socket was promised when it was accepted."""

    pid: str  # SHA-256 of the client's secret
    identity: Any  # whoever comes back must be the same; what JSON can hold
    window_ms: int  # how long it may be away
    log_max: int  # how many events are kept for it while it is


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lasting socket stands.

    `epoch` rises with each coming and going. `runs`: from where runs, series of events that the application keeps
    itself, go on for this client; a little behind what is being sent, but exact when the socket comes back.
    """

    sid: str
    namespace: str
    terms: Terms
    address: str  # of its connection, or of its last
    opened_ms: int  # when that opened
    state: State = "live"  # replay: on a new connection, to which only what was missed is sent so far
    epoch: int = 1
    moved_ms: int = 0  # when it came or went last
    seq: int = 0  # the number of its newest event
    left_at: int = 0  # what that was when it went
    rooms: tuple[str, ...] = ()  # those it was accepted into
    session: Mapping[str, Any] = field(default_factory=dict)  # the application's, while it is away
    runs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it was kept: its frames without an offset, and the run that it ends, if it ends one."""

    seq: int
    at_ms: int
    frames: tuple[str, ...]
    closes: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Events of a run for a lasting socket as it stood when it was looked at; the first of them has this index."""

    standing: Standing
    run: str
    index: int
    at_ms: int  # when they are sent


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a server promises to sockets whose clients ask for it.

    `identity`: who a session belongs to, in what JSON can hold; whoever comes back must be the same. `rest`: the events
    of a run from an index on, with their names, once it has ended; see `fanout.Fanout.emit_each`.
    """

    identity: Callable[[Mapping[str, Any]], Any]
    window_ms: int = 120_000
    log_max: int = 500
    rest: Callable[[str, int], Iterable[tuple[str, Any]]] = lambda run, index: ()

    def terms(self, pid: str, session: Mapping[str, Any]) -> Terms:
        """The promise to one client."""
        return Terms(digest(pid), self.identity(session), self.window_ms, self.log_max)


def digest(pid: str) -> str:
    """What is stored of a pid. It is random, so a fast hash is enough."""
    return hashlib.sha256(pid.encode()).hexdigest()
