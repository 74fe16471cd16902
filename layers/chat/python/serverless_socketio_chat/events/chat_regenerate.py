"""``chat:regenerate``: have the chat's newest answer given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.errors import AnswerRunning, NotFound
from serverless_socketio_chat.events import accepting
from serverless_socketio_chat.events.model import ChatEvent, Event, Name

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatRegenerate(ChatEvent):
    """Have the chat's newest answer given again, at the cost of a message; the one before stays in the history."""

    message_id: Annotated[Name, Field(description="The chat's newest answer: ``replyId`` of the ack of its message")]
    client_message_id: Annotated[
        Name | None, Field(description="The client's own id, in one space with those of messages")
    ] = None


def chat_regenerate(context: Context, body: ChatRegenerate) -> wire.AcceptedPayload:
    """Store that it is wanted; what follows the ack is `accepting.start`."""
    chat, client_message_id = context.chat(body.agent_id), context.client_message_id(body.client_message_id)
    return accepting.accepted(
        context,
        chat,
        client_message_id,
        lambda: context.services.messages.regenerate(
            chat,
            context.agent(body.agent_id),
            body.message_id,
            client_message_id=client_message_id,
            sender=context.sender,
        ),
    )


EVENT = Event(ChatRegenerate, chat_regenerate, errors=(NotFound, AnswerRunning), over_rate="own", after=accepting.start)
