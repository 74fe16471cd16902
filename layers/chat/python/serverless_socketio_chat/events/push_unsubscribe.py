"""``push:unsubscribe``: push to a browser no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.events.model import ClientEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class PushUnsubscribe(ClientEvent):
    """Push to a browser no more; no effect on a subscription that is unknown or another user's."""

    endpoint: Annotated[str, Field(max_length=2048, description="The endpoint of the browser's subscription")]


def push_unsubscribe(context: Context, body: PushUnsubscribe) -> wire.NothingPayload:
    """Forget a subscription of the user's; no effect on an unknown or foreign one."""
    context.services.subscribing.unsubscribe(context.user_id, body.endpoint)
    return {}


EVENT = Event(PushUnsubscribe, push_unsubscribe)
