"""``chat:typing``: the user types, or has stopped; said to the others, kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio.model import time_of_order
from serverless_socketio_chat.answers import payloads
from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


HOLDS_MS = 5_000  # then receivers forget it; a frame that was refused by Lambda may be handled later


class ChatTyping(ChatEvent):
    """Type, or stop; shown to the others in the room and kept nowhere. Too many are dropped, still acked."""

    is_typing: Annotated[bool, Field(description="True holds for 5 s unless it is repeated")]


def chat_typing(context: Context, body: ChatTyping) -> wire.NothingPayload:
    """Show it to the user's other devices in the chat's room. One query, and the posts."""
    context.agent(body.agent_id)
    chat, room = context.chat(body.agent_id), context.services.room
    others = [member for member in room.members(chat) if member.sid != context.sender.member.sid]
    if others and not (body.is_typing and context.age_ms > HOLDS_MS):
        payload = payloads.typing(chat, user_id=chat.user_id, is_typing=body.is_typing, at_ms=_sent_ms(context, body))
        room.emit(others, "chat:typing", payload)
    return {}


def _sent_ms(context: Context, body: ChatTyping) -> int:
    """When the frame reached API Gateway, by whose clock those of a user sort, whichever is handled first.

    Of two in the same millisecond that it ends comes last: a client whose user goes on typing says so again.
    """
    return time_of_order(context.sender.order) + (0 if body.is_typing else 1)


EVENT = Event(ChatTyping, chat_typing, errors=(NotFound,), over_rate="drop")
