"""``chat:leave``: leave the room of a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class ChatLeave(ChatEvent):
    """Leave the room of a chat; what was on its way may still come for a second."""


def chat_leave(context: Context, body: ChatLeave) -> wire.RoomPayload:
    """Leave; what was on its way may still come for a second."""
    context.agent(body.agent_id)
    chat = context.chat(body.agent_id)
    context.services.room.leave(chat, context.sender)
    return {"room": chat.room}


EVENT = Event(ChatLeave, chat_leave, errors=(NotFound,))
