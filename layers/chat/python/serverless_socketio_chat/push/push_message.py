"""What a browser is sent: one JSON that classic service workers and declarative ones (W3C Push API) both read.

Declarative members (``web_push``, ``notification``) are what Safari 18.4 and later shows without a service worker. Its
``navigate`` is an absolute URL for the first Safaris that knew it, so links are those of the page that subscribed.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from bisect import bisect_right
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from serverless_socketio.codec import jsontext
from serverless_socketio_chat.model import Chat
from serverless_socketio_chat.push import payloads
from serverless_socketio_chat.push.cutting import cut
from serverless_socketio_chat.push.model import Kind, PushMessage, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat import wire
    from serverless_socketio_chat.push.model import Notification, Subscription

PAYLOAD_MAX = 3_992  # bytes: one less than RFC 8291 section 4 lets through
DECLARATIVE = 8030  # the member that says so; the number of the RFC
HOME = "/"  # where a notification without a URL leads: every declarative one leads somewhere
TOPIC_CHARS = 32  # the longest there is (RFC 8030 section 5.4)


def message(subscription: Subscription, notification: Notification) -> PushMessage:
    """A notification for one device. ValueError if it does not fit, whatever is left out of its body."""
    options = DELIVERY_OPTIONS[notification.kind]
    return PushMessage(
        subscription.endpoint,
        subscription.p256dh,
        subscription.auth,
        payload(notification, subscription.origin),
        options.ttl_s,
        options.urgency,
        topic(subscription.user_id, notification),
    )


def payload(notification: Notification, origin: str | None = None) -> bytes:
    """A notification as JSON of at most 3,992 bytes; of a body that is too long, the beginning. ValueError as above."""
    whole = _encoded(notification, origin)
    if len(whole) <= PAYLOAD_MAX:
        return whole
    body = notification.body

    def shortened(length: int) -> bytes:
        return _encoded(replace(notification, body=cut(body, length)), origin)

    lengths = range(min(len(body), PAYLOAD_MAX))
    fitting = bisect_right(lengths, PAYLOAD_MAX, key=lambda length: len(shortened(length)))
    if fitting == 0:
        raise ValueError("A notification does not fit a push even without its body")
    return shortened(fitting - 1)


def topic(user_id: str, notification: Notification) -> str | None:
    """What a newer notification replaces at the push service: an answer's is its chat, others have none."""
    if notification.kind != "answer" or notification.agent_id is None:
        return None
    room = Chat(user_id, notification.agent_id).room
    return urlsafe_b64encode(sha256(room.encode()).digest())[:TOPIC_CHARS].decode()


def _encoded(notification: Notification, origin: str | None) -> bytes:
    shown = payloads.notification(notification)
    declared = _declared(shown, origin or "")
    return jsontext.dumps({**shown, "web_push": DECLARATIVE, "notification": declared}).encode()


def _declared(shown: wire.NotificationPayload, origin: str) -> dict[str, Any]:
    """The declarative form, in which notifications and actions have a ``navigate`` instead of a ``url``."""
    url = shown.get("url", HOME)
    navigate = urljoin(origin, url)
    actions = [
        {"action": action["action"], "title": action["title"], "navigate": urljoin(origin, action.get("url", url))}
        for action in shown.get("actions", ())
    ]
    others = {name: value for name, value in shown.items() if name not in {"url", "actions"}}
    return {**others, "navigate": navigate, **({"actions": actions} if actions else {})}


DAY_S, SHORT_S = 24 * 3600, 5 * 60


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """``TTL`` and ``Urgency`` (RFC 8030 sections 5.2 and 5.3)."""

    ttl_s: int
    urgency: Urgency


DELIVERY_OPTIONS: Mapping[Kind, DeliveryOptions] = {
    "answer": DeliveryOptions(DAY_S, "high"),  # as any message of a chat: a phone that sleeps is woken
    "custom": DeliveryOptions(DAY_S, "normal"),
    "expiring": DeliveryOptions(DAY_S, "low"),
    "test": DeliveryOptions(SHORT_S, "high"),  # the user looks at the device now
}
