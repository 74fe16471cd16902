"""``chat:stop``: end an answer; what was said so far is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Event, Name

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatStop(ChatEvent):
    """End an answer within a second; what was said so far is kept. No effect on one that has ended."""

    message_id: Annotated[Name, Field(description="The answer: ``replyId`` of the ack of ``chat:message``")]


def chat_stop(context: Context, body: ChatStop) -> wire.NothingPayload:
    """Stop an answer within a second; no effect on one that has ended."""
    context.services.joining.owned(context.chat(body.agent_id), body.message_id)
    context.services.answers.stop(body.message_id)
    return {}


EVENT = Event(ChatStop, chat_stop, errors=(NotFound,))
