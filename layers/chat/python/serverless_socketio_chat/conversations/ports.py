"""What the rules of conversations need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from serverless_socketio_chat.answers.ports import Transcript

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.model import Message, Stream
    from serverless_socketio_chat.conversations.model import Ids
    from serverless_socketio_chat.model import Chat


class Conversations(Transcript, Protocol):
    """Messages, and what a chat remembers."""

    def accept(self, chat: Chat, message: Message, stream: Stream) -> None:
        """Store a message with the answer it asks for: one transaction. Raises Known, Running, Behind, Contended."""

    def regenerate(self, chat: Chat, stream: Stream, client_message_id: str | None) -> None:
        """Store an answer in place of `stream.replaces`: one transaction. Raises Known, Running, Passed, Contended."""

    def known(self, chat: Chat, client_message_id: str) -> Ids | None:
        """The ids under which a client's id was accepted before. One read."""
