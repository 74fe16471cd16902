"""What the rules of conversations need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.answers.model import ChatState, Message, Stream
    from serverless_socketio_chat.conversations.model import Ids
    from serverless_socketio_chat.model import Chat


class Conversations(Protocol):
    """Messages, and what a chat remembers."""

    def accept(self, chat: Chat, message: Message, stream: Stream) -> None:
        """Store a message with the answer it asks for: one transaction. Raises Known, Running, Behind, Contended."""

    def known(self, chat: Chat, client_message_id: str) -> Ids | None:
        """The ids under which a client's id was accepted before. One read."""

    def history(self, chat: Chat, *, before: str | None = None, since: str | None = None) -> Iterator[Message]:
        """Messages strictly between two ids, newest first. One query for each page that is read."""

    def message(self, chat: Chat, message_id: str) -> Message | None:
        """One message. One read."""

    def state(self, chat: Chat) -> ChatState:
        """What a chat remembers. One read."""

    def complete(self, stream: Stream, reply: Message, relation: Relation) -> None:
        """End an answer: phase, history, the chat's lock and the relation, in one transaction. Raises Taken.

        `stream` is as its writer holds it, with the position, finish reason and notice that it ended with, and the
        lease for announcing that.
        """
