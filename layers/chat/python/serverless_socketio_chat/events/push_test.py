"""``push:test``: see whether notifications arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.events.model import ClientEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class PushTest(ClientEvent):
    """Push to all of the user's subscriptions, this device's too, whatever the settings say."""


def push_test(context: Context, body: PushTest) -> wire.NothingPayload:  # noqa: ARG001 - it is empty
    """Push to all of the user's subscriptions, this device's too, and whatever the settings say."""
    context.services.subscribing.test(context.user_id, context.request.id)
    return {}


EVENT = Event(PushTest, push_test)
