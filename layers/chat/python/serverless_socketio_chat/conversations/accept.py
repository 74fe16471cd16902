"""Accepting messages, and wishes for another answer: stored once, in order, with the answer they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat import ulid
from serverless_socketio_chat.answers.lease import START_MS
from serverless_socketio_chat.answers.model import Message, Stream
from serverless_socketio_chat.conversations.model import Behind, Contended, Ids, Known, Passed, Running
from serverless_socketio_chat.errors import RETRY_MS, AnswerRunning, NotFound, TooLarge, Unavailable

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.agents.model import AgentRecord
    from serverless_socketio_chat.conversations.ports import Conversations
    from serverless_socketio_chat.model import Chat, Sender

MESSAGE_CODE_POINTS_MAX = 8_000
ID_TRIES = 5
NOT_NEWEST = "This is not the newest answer of this chat."


@dataclass(frozen=True, slots=True)
class Pace:
    """How an answer is spoken: words a chunk, milliseconds between chunks."""

    chunk_size: int
    chunk_delay_ms: int

    def of(self, agent: AgentRecord) -> Pace:
        """The agent's own pace, and this where it has none."""
        size, delay_ms = agent.chunk_size, agent.chunk_delay_ms
        return Pace(self.chunk_size if size is None else size, self.chunk_delay_ms if delay_ms is None else delay_ms)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that is to be given: it is stored, now or before."""

    ids: Ids
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Messages:
    """The way in for messages. `pace` is the deployment's."""

    conversations: Conversations
    clock: Clock
    pace: Pace

    @staticmethod
    def check_size(text: str) -> None:
        """Raises TooLarge. Checked before anything is read."""
        if len(text) > MESSAGE_CODE_POINTS_MAX:
            raise TooLarge(limit=MESSAGE_CODE_POINTS_MAX)

    def known(self, chat: Chat, client_message_id: str | None) -> Accepted | None:
        """The message that this client's id was used for, if there is one. One read."""
        ids = None if client_message_id is None else self.conversations.known(chat, client_message_id)
        return None if ids is None else Accepted(ids, duplicate=True)

    def accept(
        self, chat: Chat, agent: AgentRecord, text: str, *, client_message_id: str | None, sender: Sender | None
    ) -> Accepted:
        """Store a message and the answer it asks for. Raises AnswerRunning, Unavailable."""
        now_ms = self.clock.now_ms()
        message_id = ulid.new(now_ms)
        for _ in range(ID_TRIES):
            message = Message(message_id, "user", text, now_ms, client_message_id)
            stream = self._stream(chat, agent, message_id, ulid.after(message_id), now_ms, sender)
            try:
                self.conversations.accept(chat, message, stream)
            except Known as known:
                return Accepted(known.ids, duplicate=True)
            except Running as running:
                raise AnswerRunning(messageId=running.reply_id) from running
            except Behind as behind:  # the chat's last id came from a function whose clock is ahead
                message_id = ulid.after(behind.last_id)
            except Contended as contended:
                raise Unavailable(retryAfterMs=RETRY_MS) from contended
            else:
                return Accepted(Ids(message_id, stream.reply_id, now_ms), duplicate=False)
        raise Unavailable(retryAfterMs=RETRY_MS)

    def regenerate(
        self, chat: Chat, agent: AgentRecord, former_id: str, *, client_message_id: str | None, sender: Sender | None
    ) -> Accepted:
        """Store another answer in place of the chat's newest, which is `former_id`.

        Judged in the order of the contract, and by the transaction again. Raises AnswerRunning, NotFound, Unavailable.
        """
        if known := self.known(chat, client_message_id):
            return known
        asked_id, now_ms = self._answered(chat, former_id), self.clock.now_ms()
        reply_id = max(ulid.new(now_ms), ulid.after(former_id))
        stream = self._stream(chat, agent, asked_id, reply_id, now_ms, sender, replaces=former_id)
        try:
            self.conversations.regenerate(chat, stream, client_message_id)
        except Known as known_now:
            return Accepted(known_now.ids, duplicate=True)
        except Running as running:
            raise AnswerRunning(messageId=running.reply_id) from running
        except Passed as passed:
            raise NotFound(NOT_NEWEST) from passed
        except Contended as contended:
            raise Unavailable(retryAfterMs=RETRY_MS) from contended
        return Accepted(Ids(asked_id, reply_id, now_ms), duplicate=False)

    def _answered(self, chat: Chat, former_id: str) -> str:
        """The message that the chat's newest answer answers. Raises AnswerRunning, NotFound. Two reads."""
        state = self.conversations.state(chat)
        if state.running is not None:
            raise AnswerRunning(messageId=state.running)
        if state.newest != former_id:
            raise NotFound(NOT_NEWEST)
        asked = (
            next(self.conversations.history(chat, before=former_id), None)  # its message, before answers were replaced
            if state.asked is None
            else self.conversations.message(chat, state.asked)
        )
        if asked is None:  # deleted since
            raise NotFound("The message that was answered is gone.")
        return asked.message_id

    def _stream(
        self,
        chat: Chat,
        agent: AgentRecord,
        message_id: str,
        reply_id: str,
        now_ms: int,
        sender: Sender | None,
        *,
        replaces: str | None = None,
    ) -> Stream:
        pace = self.pace.of(agent)
        return Stream(
            reply_id=reply_id,
            message_id=message_id,
            chat=chat,
            created_ms=now_ms,
            lease_until_ms=now_ms + START_MS,
            chunk_size=pace.chunk_size,
            chunk_delay_ms=pace.chunk_delay_ms,
            due_ms=now_ms,
            sender=sender,
            replaces=replaces,
        )
