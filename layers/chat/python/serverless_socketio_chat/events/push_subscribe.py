"""``push:subscribe``: let a browser be pushed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from serverless_socketio_chat.events.model import ClientEvent, Event, Payload
from serverless_socketio_chat.notifications.subscribe import Asked

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class Keys(Payload):
    """``keys`` of a browser's subscription, base64url."""

    p256dh: Annotated[
        str, Field(alias="p256dh", max_length=128, description="The browser's public key: a point of P-256, 65 bytes")
    ]
    auth: Annotated[str, Field(max_length=64, description="The secret that it shares with us: 16 bytes")]


class BrowserSubscription(Payload):
    """A ``PushSubscription`` as its ``toJSON`` writes it (W3C Push API)."""

    endpoint: Annotated[str, Field(max_length=2048, description="An https URL of a known push service")]
    expiration_time: Annotated[
        float | None, Field(description="When it ends, in milliseconds since the epoch; null: never")
    ] = None
    keys: Keys


class PushSubscribe(ClientEvent):
    """Let a browser be pushed to, again or anew."""

    subscription: Annotated[BrowserSubscription, Field(description="The browser's ``PushSubscription``, as JSON")]


def push_subscribe(context: Context, body: PushSubscribe) -> wire.PushSubscribedPayload:
    """Subscribe the browser, again or anew: the same endpoint has the same id."""
    subscription = body.subscription
    asked = Asked(
        subscription.endpoint,
        subscription.keys.p256dh,
        subscription.keys.auth,
        subscription.expiration_time,
        origin=context.request.connection.environ.get("origin"),
    )
    return {"subscriptionId": context.services.subscribing.subscribe(context.user_id, asked)}


EVENT = Event(PushSubscribe, push_subscribe)
