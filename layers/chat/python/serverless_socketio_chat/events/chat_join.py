"""``chat:join``: enter the room of a chat, and see what was said and what is being said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Cursor, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatJoin(ChatEvent):
    """Enter the room of a chat, and see what was said and what is being said."""

    since: Annotated[Cursor | None, Field(description="Only messages after this id, compared as text")] = None


def chat_join(context: Context, body: ChatJoin) -> wire.JoinedPayload:
    """Join, without a gap in an answer that runs."""
    context.agent(body.agent_id)
    return context.services.joining.join(context.chat(body.agent_id), context.sender, body.since)


EVENT = Event(ChatJoin, chat_join, errors=(NotFound,))
