"""How a user hears of an answer's end outside of the chat: carried out as it was decided, around the announcement.

By push: before ``complete`` is posted, so that no crash after it can lose the push. By the event ``notification``:
after it, but remembered before it.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from serverless_socketio_chat.answers import beginning
from serverless_socketio_chat.notifications import wording
from serverless_socketio_chat.notifications.decide import Notifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.bag import Ports
    from serverless_socketio_chat.notifications.decide import Verdict
    from serverless_socketio_chat.push.model import Notification

logger = logging.getLogger(__name__)


class News:
    """The news that an answer has ended with these words, for its user."""

    def __init__(self, ports: Ports, stream: Stream, words: str, verdict: Verdict) -> None:
        self._ports = ports
        self._stream = stream
        self._words = words
        self._verdict = verdict
        self._notifier = Notifier(ports)
        self._is_late = False

    @cached_property
    def notification(self) -> Notification:
        """The same whoever says it: it has the reply's id, so that repeats are one."""
        stream, name = self._stream, beginning.agent(self._ports, self._stream).name
        now_ms, agent_id = self._ports.clock.now_ms(), stream.chat.agent_id
        return wording.answer(stream.reply_id, name, self._words, agent_id=agent_id, now_ms=now_ms)

    def before(self) -> None:
        """Before the end is said. A queue that is down does not keep those waiting who listen."""
        if self._verdict.notice == "tell":
            self._notifier.remember(self._user_id, self.notification, self._verdict)
        elif self._verdict.notice == "push":
            try:
                self._push()
            except Exception:
                logger.exception("A push is late", extra={"reply_id": self._stream.reply_id})
                self._is_late = True

    def after(self, listeners: Sequence[Member]) -> None:
        """After it; `listeners` have heard it in the chat. Raises if the push is still not taken: it is tried again."""
        if self._verdict.notice == "tell":
            besides = {member.sid for member in listeners}
            self._notifier.tell(self.notification, self._verdict.devices, besides=besides)
        elif self._is_late:
            self._push()

    def _push(self) -> None:
        self._ports.push_queue.notify(self._user_id, self.notification, decided=True)

    @property
    def _user_id(self) -> str:
        return self._stream.chat.user_id
