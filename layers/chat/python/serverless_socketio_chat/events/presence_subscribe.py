"""``presence:subscribe`` and ``presence:unsubscribe``: hear of users' presence on this connection, or no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.errors import TooLarge
from serverless_socketio_chat.events.model import ClientEvent, Event, Name

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context

USERS_MAX = 100


class PresenceSubscribe(ClientEvent):
    """Hear of users' presence on this connection, or no more; the ack says how they are."""

    user_ids: Annotated[
        list[Name], Field(max_length=USERS_MAX, description="Whose presence; unknown users are offline")
    ]


def presence_subscribe(context: Context, body: PresenceSubscribe) -> wire.PresenceKnownPayload:
    """Hear of every change from here on; the ack says how they are."""
    return {"presence": context.services.presence.subscribe(context.sender, body.user_ids)}


def presence_unsubscribe(context: Context, body: PresenceSubscribe) -> wire.PresenceKnownPayload:
    """Hear no more; the ack says how they are."""
    return {"presence": context.services.presence.unsubscribe(context.sender, body.user_ids)}


SUBSCRIBE = Event(PresenceSubscribe, presence_subscribe, errors=(TooLarge,))
UNSUBSCRIBE = Event(PresenceSubscribe, presence_unsubscribe, errors=(TooLarge,))
