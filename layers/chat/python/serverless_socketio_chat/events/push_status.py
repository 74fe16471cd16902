"""``push:status``: whether a browser is subscribed, and with which key one subscribes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.events.model import ClientEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class PushStatus(ClientEvent):
    """Ask whether a browser is subscribed, and with which key one subscribes."""

    endpoint: Annotated[
        str | None, Field(max_length=2048, description="Of the browser in question; absent: any of the user's")
    ] = None


def push_status(context: Context, body: PushStatus) -> wire.PushStatePayload:
    """Say what a page needs to know before it asks for permission."""
    subscribing = context.services.subscribing
    return {
        "subscribed": subscribing.subscribed(context.user_id, body.endpoint),
        "vapidPublicKey": subscribing.public_key or None,
    }


EVENT = Event(PushStatus, push_status)
