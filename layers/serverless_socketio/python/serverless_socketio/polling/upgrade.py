"""A polling session moves to a WebSocket: the probe, the switch of its address, and the drain of its outbox.

======================  =============================  ================================================================
a frame on a WebSocket  the session                    is
======================  =============================  ================================================================
``2probe``              polls                          answered ``3probe``, and the session's GET ends
``5``, or any other     polls                          what moves it: `move`, then the outbox is posted here, until one
                                                       write finds it empty; but for ``5`` it is handled then
any                     is drained, or has upgraded    handled as the session's; a drain that seems dead is taken over
any                     ended, or moved elsewhere      what closes the WebSocket
======================  =============================  ================================================================

Frames on the WebSocket may be handled side by side with the drain: what answers them waits in the outbox behind what
waited before, so nothing overtakes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..model import PostResult
from .session import DRAIN_MS

if TYPE_CHECKING:
    from ..manager import Manager
    from ..model import Connection
    from .session import PollingSession

logger = logging.getLogger(__name__)

PROBE, PROBED, UPGRADE = "2probe", "3probe", "5"
ROUNDS = 50  # of a drain, while more and more is sent
BATCH = 20  # frames posted at a time: the transport gives each batch two seconds
REMEMBERED_MAX = 10_000  # WebSockets; about 2 MB


class Upgrades:
    """The WebSockets of one server that were opened for polling sessions."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._carrying: dict[str, str] = {}  # WebSockets that sessions have upgraded to: that is final

    def session_at(self, address: str) -> str:
        """The session that has upgraded to this WebSocket, as far as this process knows; or ""."""
        return self._carrying.get(address, "")

    def probe(self, websocket: Connection, frame: str) -> list[str] | None:
        """What a probe is answered, once it is noted; None for any other frame. Where nothing can move: a close."""
        if frame != PROBE or websocket.carries:
            return None
        store, clock = self._manager.store.polling, self._manager.clock
        if store.probe(websocket.session, websocket.address, clock.now_ms()):
            return [PROBED]
        self._manager.close(websocket.address, "transport close")
        return []

    def move(self, websocket: Connection) -> bool:
        """See that the session is at this WebSocket; False if it cannot be, and this was closed."""
        try:
            if self._move(websocket):
                return True
        except Exception:  # its client has moved, and would wait here in vain
            logger.exception("A polling session could not be moved")
        self._manager.close(websocket.address, "transport close")
        return False

    def _move(self, websocket: Connection) -> bool:
        store, now_ms = self._manager.store, self._manager.clock.now_ms()
        session = store.polling.find(websocket.session)
        if session is not None and session.phase == "polling":
            moved = store.polling.move(session, websocket.address, now_ms)
            if moved is not None:
                store.connections.carry(websocket.address)
                return self._drain(moved)
            session = store.polling.find(websocket.session)
        if session is None or session.phase == "closed" or session.connection != websocket.address:
            return False
        if session.phase == "upgraded":
            self._remember(session)
        elif now_ms - session.moved_ms >= DRAIN_MS:
            taken_over = store.polling.move(session, websocket.address, now_ms)
            return taken_over is None or self._drain(taken_over)
        return True

    def _drain(self, moved: PollingSession) -> bool:
        """Post what waits, in order, until nothing does; False if that cannot be, and the session has ended."""
        store, session = self._manager.store.polling, moved
        for _ in range(ROUNDS):
            if session.outbox:
                count = min(BATCH, len(session.outbox))
                frames = store.frames(session, count)
                if store.take(session, count) and not self._post(session, frames):
                    break
            elif store.settle(session):
                self._remember(session)
                return True
            now = store.find(session.address)
            if now is None or (now.phase, now.moved_ms) != ("draining", moved.moved_ms):
                return now is not None and now.phase != "closed"  # another function has taken over
            session = now
        self._manager.close(session.address, "transport close")
        return False

    def _post(self, session: PollingSession, frames: list[str]) -> bool:
        return self._manager.transport.post_all([(session.connection, frames)]) == [PostResult.SENT]

    def _remember(self, session: PollingSession) -> None:
        if len(self._carrying) >= REMEMBERED_MAX:
            self._carrying.clear()
        self._carrying[session.connection] = session.address
