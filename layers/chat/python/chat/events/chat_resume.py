"""``chat:resume``: the text of an answer from a chunk on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from chat.events.model import ChatEvent, Event, Name

if TYPE_CHECKING:
    from chat.events.context import Context


class ChatResume(ChatEvent):
    """Ack: text, index, complete, finishReason. Errors: invalid, forbidden, not_found."""

    message_id: Annotated[Name, Field(description="The answer: ``replyId`` of the ack of ``chat:message``")]
    index: Annotated[int, Field(ge=0, description="First chunk wanted, counted from 0")]


def chat_resume(context: Context, body: ChatResume) -> dict[str, Any]:
    """What a client missed of an answer, running or ended."""
    resumed = context.joining.resume(context.chat(body.agent_id), body.message_id, body.index)
    ended = {"finishReason": resumed.finish_reason} if resumed.complete else {}
    return {"text": resumed.text, "index": resumed.index, "complete": resumed.complete, **ended}


EVENT = Event(ChatResume, chat_resume)
