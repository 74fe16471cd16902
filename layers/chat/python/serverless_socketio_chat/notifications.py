"""Notifications: what is said of something that a user ought to know, to whom, and the ports behind that.

A notification goes to the user's connected devices as the event ``notification``, or, when none of them is in the
foreground, to the subscribed ones by web push: see `docs/push.md`. Times are integer milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ICON, BADGE = "/icons/icon-192.png", "/icons/badge-96.png"  # of the page: what our own notifications are shown with
Kind: TypeAlias = Literal["custom", "answer", "expiring", "test"]
Urgency: TypeAlias = Literal["very-low", "low", "normal", "high"]  # RFC 8030 section 5.3
Notice: TypeAlias = Literal["push", "tell"]  # what was decided: push it, or tell devices that are in the foreground


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
class QuietHours:
    """When a user is not to be disturbed: ``HH:MM`` to ``HH:MM`` in the user's time zone, perhaps over midnight."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a user wants to be notified. `subscriptions`: how many devices are subscribed."""

    quiet_hours: QuietHours | None = None
    time_zone: str = "UTC"  # IANA name
    muted_agents: tuple[str, ...] = ()
    subscriptions: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A notification that devices in the foreground are told instead of a push, as from a time.

    It is remembered until it is known that they lived then.
    """

    notification: Notification
    sids: frozenset[str]
    at_ms: int


@dataclass(frozen=True, slots=True)
class Push:
    """A notification on its way to one device. `first_ms`: when its first attempt was due."""

    user_id: str
    subscription_id: str
    notification: Notification
    first_ms: int
    attempt: int = 1


class NotYours(Exception):  # noqa: N818 - an outcome of `Subscriptions.put`
    """The endpoint is subscribed by somebody else, with other keys."""


class Subscriptions(Protocol):
    """Subscriptions of users, bounded for each, and what users prefer."""

    def preferences(self, user_id: str) -> Preferences:
        """A user's preferences; the defaults of one who never set any. One read."""

    def prefer(self, user_id: str, changes: Mapping[str, object]) -> Preferences:
        """Change some of `quiet_hours`, `time_zone`, `muted_agents`; the preferences as they are then. One write."""

    def put(self, subscription: Subscription) -> None:
        """Subscribe a device, again or anew; the one longest unused gives way where there are too many.

        Expired ones go first. An endpoint of another user moves only with the same keys. Raises NotYours.
        """

    def remove(self, user_id: str, subscription_id: str, *, of: Subscription | None = None) -> bool:
        """Forget a subscription; with `of`, only if its keys are still those. Whether there was one."""

    def get(self, user_id: str, subscription_id: str) -> Subscription | None:
        """One subscription; None too of one that has expired. One read."""

    def all(self, user_id: str) -> Sequence[Subscription]:
        """A user's subscriptions, less those that have expired. One query."""


class Notices(Protocol):
    """Notifications that were told to devices which may turn out to be gone."""

    def note(self, user_id: str, told: Told) -> None:
        """Remember it, in place of what was known of it, for as long as a device may be found gone. One write."""

    def told(self, user_id: str) -> Sequence[Told]:
        """What is remembered. One query."""

    def forget(self, user_id: str, notification_id: str) -> None:
        """Forget one; no error where it is gone. One write."""


class Expiries(Protocol):
    """Whose plan ends when, and who was reminded of that."""

    def expiring_on(self, date: str, days: int) -> Iterator[str]:
        """Ids of users whose plan ends on a day (UTC, ``YYYY-MM-DD``) and who were not reminded `days` before it.

        One query by index, and a read for each.
        """

    def note_reminded(self, user_id: str, date: str, days: int) -> None:
        """Note that a user was reminded so many days before that day; nothing if it is another by now. One write."""


Claim: TypeAlias = Literal["mine", "done", "busy"]


class Claims(Protocol):
    """That a notification was pushed to a device: a short record, so that it is pushed practically once."""

    def claim(self, subscription_id: str, notification_id: str) -> Claim:
        """Take it for a while; ``done``: it was pushed; ``busy``: another invocation is at it. One write."""

    def settle(self, subscription_id: str, notification_id: str) -> None:
        """Note that it was pushed. One write."""

    def release(self, subscription_id: str, notification_id: str) -> None:
        """Let go of it, so that a later attempt may take it at once. One write."""


class PushQueue(Protocol):
    """Notifications on their way to users. Raises on failure."""

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        """Notify a user; `decided`: by push, however connected the user's devices are when it is read."""


class DeliveryQueue(Protocol):
    """Pushes on their way to devices. Raises on failure."""

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        """Hand them to the sender, to arrive after up to 900 seconds."""

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        """Put one where an operator finds it, with the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
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


class PushServices(Protocol):
    """The push services of browsers."""

    def post(self, message: PushMessage) -> Answer:
        """Encrypt and post a message. Raises Unreachable, Unsafe. Safe to call from many threads."""
