"""A session that begins with HTTP long-polling (Engine.IO 4), as it is stored: its phases, and what waits in it.

::

    ``polling``    what is sent waits in the session's outbox until a GET takes it; frames come by POST
    ``draining``   its client has moved to a WebSocket: the outbox is posted there, and what is sent still waits in it
    ``upgraded``   the outbox was empty in the very write that says so: what is sent is posted to the WebSocket
    ``closed``     what waits may still be taken by one GET; nothing else

    -        → polling    a GET without ``sid``: the open packet
    polling  → polling    ``2probe`` on a WebSocket that was opened with this ``sid``: it is probing for `PROBE_MS`, and
                          each GET ends at once, with ``6`` if nothing waits, since its client waits for that
    polling  → draining   ``5`` on that WebSocket, or any later frame: one conditional write
    draining → upgraded   one write that holds if nothing was sent since the outbox was read empty
    any      → closed     ``1``, a second GET at a time, `IDLE_MS` without a GET, a bad frame, the WebSocket's end

An Engine.IO session has one outbox, however many sockets (namespaces) are on it, so its acks, pings and events keep
their order. Its address, ``poll:{handle}``, stays the session's wherever that is; what its client proves itself by, the
Engine.IO ``sid``, is the handle and 128 bits more, of which only a digest is stored. See decision 0046.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal, TypeAlias

from ..address import POLL
from ..sid import SID_RANDOM_CHARS

PollingPhase: TypeAlias = Literal["polling", "draining", "upgraded", "closed"]

IDLE_MS = 30_000  # without a GET a session ends
PROBE_MS = 10_000  # how long a probe may take: `upgradeTimeout` of Engine.IO's server
LATE_MS = 1_000  # a GET that is open so long after its hold belongs to a function that died
DRAIN_MS = 5_000  # of a function that drains; after that it is taken for dead
WAITING_MAX = 500  # frames in an outbox: a client that leaves more of them there is too slow
CLOSE, NOOP = "1", "6"  # packets of Engine.IO


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame that is too large for the outbox itself: where it is, and its size in bytes."""

    id: str
    size: int


@dataclass(frozen=True, slots=True)
class PollingSession:
    """One session. `seq` rises with each change of the outbox, so that a write can say which of them it has read."""

    address: str
    digest: str  # SHA-256 of the Engine.IO sid
    opened_ms: int
    idle_ms: int  # since when no GET is open
    phase: PollingPhase = "polling"
    outbox: tuple[str | StoredFrame, ...] = ()
    seq: int = 0
    get: str = ""  # the GET that is open
    held_ms: int = 0  # until when that is held at most
    probe: str = ""  # the WebSocket that it may move to
    probed_ms: int = 0
    connection: str = ""  # the WebSocket that it has moved to
    moved_ms: int = 0
    posted_ms: int = 0  # when the last frame of a POST counts as received: no two in the same millisecond

    def is_probing(self, now_ms: int) -> bool:
        """Whether its client waits for its GET to end, to move on."""
        return bool(self.probe) and now_ms - self.probed_ms < PROBE_MS

    def idle_since(self, now_ms: int) -> int:
        """Since when no GET is open: now, if one is. One that its function could not end, ended with its hold."""
        if self.phase == "closed":
            return 0
        if not self.get:
            return self.idle_ms
        return now_ms if self.held_ms + LATE_MS > now_ms else self.held_ms

    def ends_ms(self, now_ms: int) -> int | None:
        """When it ends, if no GET comes; None where a GET is open, or it is not polling any more."""
        if self.phase == "closed":
            return now_ms
        since = self.idle_since(now_ms)
        return None if self.phase != "polling" or since == now_ms else since + IDLE_MS


def address_and_digest(sid: str) -> tuple[str, str] | None:
    """Where the session of an Engine.IO sid is, and what is stored of the sid; None if it cannot be one."""
    if len(sid) != 2 * SID_RANDOM_CHARS or not sid.isascii():
        return None
    return POLL + sid[:SID_RANDOM_CHARS], hashlib.sha256(sid.encode()).hexdigest()


def is_proven(session: PollingSession | None, digest: str) -> bool:
    """Whether a client whose sid has this digest is the session's."""
    return session is not None and compare_digest(session.digest, digest)
