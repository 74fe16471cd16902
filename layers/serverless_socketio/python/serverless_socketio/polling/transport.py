"""Frames to every kind of address: a polling session's outbox, the WebSocket that it has moved to, or any WebSocket.

=========================  ==========================================================  =============================
the session of ``poll:…``  what is sent                                                its `PostResult`
=========================  ==========================================================  =============================
is polling, or drained     is appended to its outbox: one write                        SENT
has upgraded               is posted to its WebSocket                                  what becomes of that
is closed, or not there    is dropped                                                  GONE
could not be written to    may have been appended: it is not tried again               FAILED
=========================  ==========================================================  =============================

A session upgrades once and for good, so a process that has seen it asks no more.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from ..address import kind_of
from ..model import PostResult
from .session import CLOSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..ports import PollingStore, Transport

logger = logging.getLogger(__name__)

THREADS = 16  # that append at a time
UPGRADED_MAX = 10_000  # sessions that are remembered; about 2 MB


class RoutedTransport:
    """A `ports.Transport` over one for WebSockets alone."""

    def __init__(self, websockets: Transport, sessions: PollingStore) -> None:
        self._websockets = websockets
        self._sessions = sessions
        self._upgraded: dict[str, str] = {}

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")

    def post(self, address: str, frame: str) -> PostResult:
        """Send one frame."""
        if kind_of(address) == "ws":
            return self._websockets.post(address, frame)
        return self.post_all([(address, [frame])])[0]

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Send to many, each address's frames in order; outcomes in the order given."""
        if all(kind_of(address) == "ws" for address, _ in frames):
            return self._websockets.post_all(frames, repeatable=repeatable)
        where = self._append_all(frames)
        posts = [(each, texts) for each, (_, texts) in zip(where, frames, strict=True) if isinstance(each, str)]
        posted = iter(self._websockets.post_all(posts, repeatable=repeatable) if posts else ())
        return [next(posted) if isinstance(each, str) else each for each in where]

    def close(self, address: str, *, ended: bool = True, last: str = "") -> None:
        """Close a connection, whatever carries it, behind a `last` frame if there is one.

        A GET brings that without Engine.IO's close packet: a client that finds both in one answer takes the close for
        the reason, and comes back. Without `ended`, handlers run elsewhere: when API Gateway reports the close, or a
        tick finds the session.
        """
        if kind_of(address) == "poll":
            session = self._sessions.close(address, ended=ended, last=last or CLOSE)
            address = self._upgraded.pop(address, "") or (session.connection if session else "")
        if address and last:
            self._websockets.post(address, last)
        if address:
            self._websockets.close(address)

    def _append_all(self, frames: Sequence[tuple[str, Sequence[str]]]) -> list[str | PostResult]:
        polling = [each for each in frames if kind_of(each[0]) == "poll"]
        found = map(self._append, polling) if len(polling) == 1 else self._threads.map(self._append, polling)
        appended = iter(list(found))
        return [next(appended) if kind_of(address) == "poll" else address for address, _ in frames]

    def _append(self, each: tuple[str, Sequence[str]]) -> str | PostResult:
        """Leave frames in a session's outbox; the WebSocket that they go to instead, or what became of them."""
        address, texts = each
        if upgraded := self._upgraded.get(address):
            return upgraded
        try:
            session = self._sessions.append(address, texts)
        except Exception:
            logger.exception("Something could not be sent to a polling client")
            return PostResult.FAILED
        if session is None or session.phase == "closed":
            return PostResult.GONE
        if session.phase != "upgraded":
            return PostResult.SENT
        if len(self._upgraded) >= UPGRADED_MAX:
            self._upgraded.clear()
        self._upgraded[address] = session.connection
        return session.connection
