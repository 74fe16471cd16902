"""Notifications, the devices that they are pushed to, and what push services say.

A notification goes to the user's connected devices as the event ``notification``, or, when none of them is in the
foreground, to the subscribed ones by web push: see `docs/push.md`. Times are integer milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["custom", "answer", "expiring", "test"]
Urgency: TypeAlias = Literal["very-low", "low", "normal", "high"]  # RFC 8030 section 5.3


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a notification; `url` is where it leads, the notification's own if None."""

    action: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """What a user is to know. `id` names it: a device is pushed it once.

    `agent_id`: whose chat it is about; devices in that chat's room are not told, and the user may have muted the agent.
    """

    id: str
    title: str
    body: str
    timestamp: int
    icon: str | None = None
    badge: str | None = None
    url: str | None = None
    tag: str | None = None
    actions: tuple[Action, ...] = ()
    kind: Kind = "custom"
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that may be pushed to (W3C Push API ``PushSubscription``).

    `p256dh` and `auth` are base64url without padding, of 65 and 16 bytes. `expires_ms`: its ``expirationTime``.
    `origin`: of the page that it belongs to (RFC 6454); None if no browser subscribed it.
    """

    subscription_id: str
    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    expires_ms: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """A notification on its way to one device. `first_ms`: when its first attempt was due."""

    user_id: str
    subscription_id: str
    notification: Notification
    first_ms: int
    attempt: int = 1


Claim: TypeAlias = Literal["mine", "done", "busy"]


@dataclass(frozen=True, slots=True)
class PushResponse:
    """What a push service said (RFC 8030 section 5).

    `retry_after_s`: of its ``Retry-After``, counted from now. `is_of_another_key`: the subscription was made with a key
    that is not the deployment's, so nothing can be pushed to it any more.
    """

    status: int
    retry_after_s: float | None = None
    is_of_another_key: bool = False


class Unreachable(Exception):  # noqa: N818
    """A push service did not answer in time, or not at all."""


class Unsafe(Exception):  # noqa: N818
    """An endpoint leads where no push service can be: it is never tried again."""


@dataclass(frozen=True, slots=True)
class PushMessage:
    """What is posted to a push service for one device."""

    endpoint: str
    p256dh: str
    auth: str
    payload: bytes
    ttl_s: int
    urgency: Urgency
    topic: str | None = None
