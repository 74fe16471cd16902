"""``chat:history``: an older page of a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.conversations import history
from serverless_socketio_chat.conversations.join import ACK_OVERHEAD_BYTES
from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Cursor, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatHistory(ChatEvent):
    """Have an older page of a chat."""

    before: Annotated[Cursor | None, Field(description="Only messages before this id, compared as text")] = None
    limit: Annotated[int, Field(ge=1, le=history.PAGE_MAX, description="How many at most")] = history.JOIN_MESSAGES


def chat_history(context: Context, body: ChatHistory) -> wire.PagePayload:
    """The newest messages before an id, in time order, as many as fit a frame."""
    context.agent(body.agent_id)
    page = history.page(
        context.services.conversations,
        context.chat(body.agent_id),
        room_bytes=context.frame_bytes - ACK_OVERHEAD_BYTES,
        limit=body.limit,
        before=body.before,
    )
    return {"messages": page.messages, "nextBefore": page.next_before}


EVENT = Event(ChatHistory, chat_history, errors=(NotFound,))
