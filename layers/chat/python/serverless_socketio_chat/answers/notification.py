"""How a user hears of an answer's end outside of the chat: carried out as it was decided, around the announcement.

By push: before ``complete`` is posted, so that no crash after it can lose the push. By the event ``notification``:
after it, but remembered before it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from serverless_socketio_chat.answers import beginning
from serverless_socketio_chat.notifications import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.agents.ports import AgentRecords
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.notifications.decide import Notifier, Verdict
    from serverless_socketio_chat.push.model import Notification

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class AnswerNotification:
    """The notification that an answer has ended with these words, for its user."""

    notifier: Notifier
    agents: AgentRecords
    clock: Clock
    stream: Stream
    words: str
    verdict: Verdict

    def __post_init__(self) -> None:
        self._is_late = False

    @cached_property
    def notification(self) -> Notification:
        """The same whichever writer makes it: it has the reply's id, so that repeats are one."""
        stream, name = self.stream, beginning.answering_agent(self.agents, self.stream).name
        now_ms, agent_id = self.clock.now_ms(), stream.chat.agent_id
        return wording.answer(stream.reply_id, name, self.words, agent_id=agent_id, now_ms=now_ms)

    def before(self) -> None:
        """Before the end is said. A queue that is down holds up no recipient."""
        if self.verdict.notice == "tell":
            self.notifier.remember(self._user_id, self.notification, self.verdict)
        elif self.verdict.notice == "push":
            try:
                self._push()
            except Exception:
                logger.exception("A push is late", extra={"reply_id": self.stream.reply_id})
                self._is_late = True

    def after(self, listeners: Sequence[Member]) -> None:
        """After it; `listeners` have heard it in the chat. Raises if the push is still not taken: it is tried again."""
        if self.verdict.notice == "tell":
            besides = {member.sid for member in listeners}
            self.notifier.tell(self.notification, self.verdict.devices, besides=besides)
        elif self._is_late:
            self._push()

    def _push(self) -> None:
        self.notifier.push(self._user_id, self.notification)

    @property
    def _user_id(self) -> str:
        return self.stream.chat.user_id
