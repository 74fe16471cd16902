"""What an application may hear of sockets beside python-socketio's ``connect`` and ``disconnect``.

Those two run before a socket is accepted and after it is gone. Presence needs the other sides: when all can see that
the socket is there, and while its end can still be prepared.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .model import Connection, Member, Session

    Accepted: TypeAlias = "Callable[[Member, Session], object]"
    Ending: TypeAlias = "Callable[[Member, Session, int], object]"

logger = logging.getLogger(__name__)


class Hooks:
    """Functions of ``(member, session)``, for an end also of when there was a sign of life; in the order given."""

    def __init__(self) -> None:
        self._accepted: list[Accepted] = []
        self._ending: list[Ending] = []

    def on_accepted(self, hook: Accepted) -> None:
        """Call `hook` once a socket has been accepted, after its client was told so.

        A native client is told by the end of its handshake, which is still to come: it cannot be posted to yet.
        If it fails, the connection is closed (a native handshake refused with 503): its client comes again.
        """
        self._accepted.append(hook)

    def on_ending(self, hook: Ending) -> None:
        """Call `hook` before a socket and its rooms are forgotten; again, if that is noticed or tried again.

        Its third argument is when the client was there for certain, in milliseconds: its last pong, or now where the
        client ended the connection by its own word. What was sent later may not have arrived.
        If it fails, the socket is left as it is until its end is noticed again: at the latest by its heartbeat.
        """
        self._ending.append(hook)

    @property
    def greets(self) -> bool:
        """Whether there is a hook of sockets that were accepted."""
        return bool(self._accepted)

    def accepted(self, member: Member, session: Session) -> bool:
        """Tell of a socket that was accepted; False if that failed, and its client must come again."""
        try:
            for hook in self._accepted:
                hook(member, session)
        except Exception:
            logger.exception("A hook of an accepted socket failed")
            return False
        return True

    def ending(self, connection: Connection, namespaces: Iterable[str], seen_ms: int) -> bool:
        """Tell of sockets that are about to be forgotten; False if that failed, and they must stay.

        `seen_ms`: when their client was there for certain.
        """
        try:
            for namespace in namespaces:
                member = connection.member(namespace)
                if member is not None:
                    self._tell_end(member, connection.sessions.get(namespace, {}), seen_ms)
        except Exception:
            logger.exception("The end of a connection could not be prepared")
            return False
        return True

    def _tell_end(self, member: Member, session: Session, seen_ms: int) -> None:
        for hook in self._ending:
            hook(member, session, seen_ms)
