"""Web push in dicts: the reference that the table is held to, and what tests of the rules use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.notifications.model import NotYours, Preferences
from serverless_socketio_chat.notifications.table import DEVICES_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.push.model import Notification, Subscription


class MemorySubscriptions:
    """Devices of users, and what users prefer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._preferences: dict[str, Preferences] = {}
        self._devices: dict[str, Subscription] = {}  # the one longest unused first

    def preferences(self, user_id: str) -> Preferences:
        """A user's preferences."""
        return replace(self._preferences.get(user_id, Preferences()), subscriptions=len(self._of(user_id)))

    def prefer(self, user_id: str, changes: Mapping[str, Any]) -> Preferences:
        """Change some of them."""
        self._preferences[user_id] = replace(self.preferences(user_id), **changes)
        return self.preferences(user_id)

    def put(self, subscription: Subscription) -> None:
        """Subscribe a device."""
        known = self._devices.get(subscription.subscription_id)
        mine = known is not None and known.user_id == subscription.user_id
        if known is not None and not mine and _keys_of(known) != _keys_of(subscription):
            raise NotYours
        if not mine:
            self._make_room(subscription.user_id)
        self._devices.pop(subscription.subscription_id, None)
        self._devices[subscription.subscription_id] = subscription

    def remove(self, user_id: str, subscription_id: str, *, of: Subscription | None = None) -> bool:
        """Forget a device, if its keys are still those `of`; whether there was one."""
        known = self._devices.get(subscription_id)
        if known is None or known.user_id != user_id or (of is not None and _keys_of(of) != _keys_of(known)):
            return False
        del self._devices[subscription_id]
        return True

    def get(self, user_id: str, subscription_id: str) -> Subscription | None:
        """One device."""
        return next((device for device in self.all(user_id) if device.subscription_id == subscription_id), None)

    def all(self, user_id: str) -> Sequence[Subscription]:
        """A user's devices."""
        return [device for device in self._of(user_id) if not self._expired(device)]

    def _of(self, user_id: str) -> list[Subscription]:
        return [device for device in self._devices.values() if device.user_id == user_id]

    def _make_room(self, user_id: str) -> None:
        living = self.all(user_id)
        staying = living[max(0, len(living) + 1 - DEVICES_MAX) :]
        for device in self._of(user_id):
            if device not in staying:
                del self._devices[device.subscription_id]

    def _expired(self, device: Subscription) -> bool:
        return device.expires_ms is not None and device.expires_ms <= self._clock.now_ms()


@dataclass(slots=True)
class MemoryPushQueue:
    """Keeps what it is to notify of: the user, the notification, whether that is decided, the seconds to wait."""

    waiting: list[tuple[str, Notification, bool, int]] = field(default_factory=list)

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        """Take a notification."""
        self.waiting.append((user_id, notification, decided, after_s))


def _keys_of(subscription: Subscription) -> tuple[str, str]:
    return subscription.p256dh, subscription.auth
