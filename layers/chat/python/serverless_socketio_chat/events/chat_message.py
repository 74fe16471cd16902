"""``chat:message``: say something, and be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.conversations.accept import Messages
from serverless_socketio_chat.errors import AnswerRunning, NotFound, TooLarge
from serverless_socketio_chat.events import accepting
from serverless_socketio_chat.events.model import ChatEvent, Event, Name

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatMessage(ChatEvent):
    """Say something, and be answered. It is stored when the ack comes, which is before the answer's first chunk."""

    message: Annotated[str, Field(min_length=1, description="What the user says, up to 8,000 code points")]
    client_message_id: Annotated[
        Name | None, Field(description="The client's own id: the same one is never answered twice")
    ] = None


def chat_message(context: Context, body: ChatMessage) -> wire.AcceptedPayload:
    """Store it; what follows the ack is `accepting.start`."""
    chat, client_message_id = context.chat(body.agent_id), context.client_message_id(body.client_message_id)
    return accepting.accepted(
        context,
        chat,
        client_message_id,
        lambda: context.services.messages.accept(
            chat,
            context.agent(body.agent_id),
            body.message,
            client_message_id=client_message_id,
            sender=context.sender,
        ),
    )


EVENT = Event(
    ChatMessage,
    chat_message,
    errors=(TooLarge, NotFound, AnswerRunning),
    over_rate="own",
    check=lambda body: Messages.check_size(body.message),
    after=accepting.start,
)
