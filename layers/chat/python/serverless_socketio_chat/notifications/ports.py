"""What the rules of notifications need from outside. Tables and queues stand behind it, dicts in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from serverless_socketio_chat.push.ports import DeviceSubscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serverless_socketio_chat.notifications.model import InAppNotice, Preferences
    from serverless_socketio_chat.push.model import Notification, Subscription


class Subscriptions(DeviceSubscriptions, Protocol):
    """Subscriptions of users, bounded for each, and what users prefer."""

    def preferences(self, user_id: str) -> Preferences:
        """A user's preferences; the defaults of one who never set any. One read."""

    def prefer(self, user_id: str, changes: Mapping[str, object]) -> Preferences:
        """Change some of `quiet_hours`, `time_zone`, `muted_agents`; the preferences as they are then. One write."""

    def put(self, subscription: Subscription) -> None:
        """Subscribe a device, again or anew; the one longest unused gives way where there are too many.

        Expired ones go first. An endpoint of another user moves only with the same keys. Raises NotYours.
        """

    def all(self, user_id: str) -> Sequence[Subscription]:
        """A user's subscriptions, less those that have expired. One query."""


class Notices(Protocol):
    """Notifications that were told to devices which may turn out to be gone."""

    def note(self, user_id: str, told: InAppNotice) -> None:
        """Remember it, in place of what was known of it, for as long as a device may be found gone. One write."""

    def told(self, user_id: str) -> Sequence[InAppNotice]:
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


class PushQueue(Protocol):
    """Notifications on their way to users. Raises on failure."""

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        """Notify a user; `decided`: by push, however connected the user's devices are when it is read."""
