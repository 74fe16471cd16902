"""``chat:resume``: the text of an answer from a chunk on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Event, Name

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatResume(ChatEvent):
    """Have the text of an answer, running or ended, from a chunk on."""

    message_id: Annotated[Name, Field(description="The answer: ``replyId`` of the ack of ``chat:message``")]
    index: Annotated[int, Field(ge=0, description="First chunk wanted, counted from 0")]


def chat_resume(context: Context, body: ChatResume) -> wire.ResumedPayload:
    """What a client missed of an answer, running or ended."""
    return context.services.joining.resume(context.chat(body.agent_id), body.message_id, body.index)


EVENT = Event(ChatResume, chat_resume, errors=(NotFound,))
