"""Sessions that began with long-polling, in dicts; see `polling.session`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..model import CONNECTION_TTL_S
from ..polling.session import CLOSE, LATE_MS, WAITING_MAX, PollingSession

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..ports import Clock


class MemoryPolling:
    """`ports.PollingStore`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[str, PollingSession] = {}
        self._listed: set[str] = set()
        self._held: dict[str, int] = {}  # GETs that are held long, and until when

    def open(self, session: PollingSession) -> None:
        """Remember a new session."""
        self._sessions[session.address] = session
        self._listed.add(session.address)

    def find(self, address: str) -> PollingSession | None:
        """The session, or None."""
        session = self._sessions.get(address)
        lives = session is not None and session.opened_ms + CONNECTION_TTL_S * 1000 > self._clock.now_ms()
        return session if lives else None

    def append(self, address: str, frames: Sequence[str]) -> PollingSession | None:
        """Put frames into the outbox."""
        session = self.find(address)
        if session is None or session.phase in {"upgraded", "closed"}:
            return session
        if len(session.outbox) >= WAITING_MAX:
            self.close(address, ended=False)
            return self._sessions[address]
        return self._change(session, outbox=(*session.outbox, *frames), seq=session.seq + 1)

    def frames(self, session: PollingSession, count: int) -> list[str]:
        """The first frames of the outbox that was read."""
        return [str(frame) for frame in session.outbox[:count]]

    def take(self, session: PollingSession, count: int, *, ended_ms: int | None = None) -> bool:
        """Take these off the outbox."""
        now = self.find(session.address)
        if now is None or (now.seq, now.phase, now.get) != (session.seq, session.phase, session.get):
            return False
        ended = {} if ended_ms is None else {"get": "", "idle_ms": ended_ms}
        self._change(now, outbox=now.outbox[count:], seq=now.seq + bool(count), **ended)
        return True

    def begin_get(self, session: PollingSession, get: str, held_ms: int, now_ms: int) -> PollingSession | None:
        """Let a GET be the one that is open."""
        now = self.find(session.address)
        if now is None or now.phase != "polling" or (now.get and now.held_ms + LATE_MS > now_ms):
            return None
        return self._change(now, get=get, held_ms=held_ms)

    def received(self, session: PollingSession, posted_ms: int) -> bool:
        """Say how far the times of received frames have come."""
        now = self.find(session.address)
        if now is None or now.posted_ms >= posted_ms:
            return False
        self._change(now, posted_ms=posted_ms)
        return True

    def probe(self, address: str, connection: str, now_ms: int) -> bool:
        """Note a WebSocket that the session may move to."""
        session = self.find(address)
        if session is None or session.phase != "polling":
            return False
        self._change(session, probe=connection, probed_ms=now_ms)
        return True

    def unprobe(self, address: str, connection: str) -> bool:
        """Forget that WebSocket, which has ended."""
        session = self.find(address)
        if session is None:
            return True
        if session.phase == "polling" and session.probe == connection:
            self._change(session, probe="")
        return session.connection != connection

    def move(self, session: PollingSession, connection: str, now_ms: int) -> PollingSession | None:
        """Have the outbox drained to a WebSocket."""
        now = self.find(session.address)
        known = (session.phase, session.connection, session.moved_ms)
        if now is None or (now.phase, now.connection, now.moved_ms) != known:
            return None
        self._listed.discard(session.address)
        return self._change(now, phase="draining", connection=connection, moved_ms=now_ms, get="")

    def settle(self, session: PollingSession) -> bool:
        """End the draining of an outbox that was read empty."""
        now = self.find(session.address)
        if now is None or (now.phase, now.seq) != ("draining", session.seq):
            return False
        self._change(now, phase="upgraded")
        return True

    def close(self, address: str, *, ended: bool = True, last: str = CLOSE) -> PollingSession | None:
        """End a session, once."""
        session = self.find(address)
        if ended:
            self._listed.discard(address)
        if session is None or session.phase == "closed":
            return None
        self._change(session, phase="closed", outbox=(*session.outbox, last), seq=session.seq + 1)
        return session

    def listed(self) -> Iterator[str]:
        """Addresses of sessions that have not moved or ended."""
        yield from list(self._listed)

    def find_all(self, addresses: Sequence[str]) -> list[PollingSession]:
        """Those of many sessions that exist."""
        return [session for address in addresses if (session := self.find(address)) is not None]

    def hold(self, get: str, until_ms: int, now_ms: int, most: int) -> bool:
        """Let a GET be held long."""
        self._held = {each: until for each, until in self._held.items() if until > now_ms}
        if len(self._held) >= most:
            return False
        self._held[get] = until_ms
        return True

    def release(self, get: str) -> None:
        """A GET is held no longer."""
        self._held.pop(get, None)

    def _change(self, session: PollingSession, **changes: Any) -> PollingSession:
        changed = self._sessions[session.address] = replace(session, **changes)
        return changed
