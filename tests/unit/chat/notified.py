"""The ports of web push in dicts, for tests of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from chat.notifications import Preferences, Subscription, Subscriptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chat.notifications import Notification, Push


@dataclass
class Subscribed:
    """Who has subscribed with how many devices, and what they prefer."""

    devices: dict[str, int] = field(default_factory=dict)
    preferred: dict[str, Preferences] = field(default_factory=dict)

    def preferences(self, user_id: str) -> Preferences:
        return self.preferred.get(user_id) or Preferences(subscriptions=self.devices.get(user_id, 0))

    def all(self, user_id: str) -> Sequence[Subscription]:
        numbers = range(self.devices.get(user_id, 0))
        return [Subscription(f"{user_id}{number}", user_id, "https://push.example", "p", "a") for number in numbers]

    @property
    def port(self) -> Subscriptions:
        return cast("Subscriptions", self)  # the rules of notifying only read


@dataclass
class Queued:
    """The queue of notifications; `broken`: so many calls fail."""

    waiting: list[tuple[str, Notification, bool, int]] = field(default_factory=list)
    broken: int = 0

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        if self.broken:
            self.broken -= 1
            raise ConnectionError("The queue is down")
        self.waiting.append((user_id, notification, decided, after_s))

    @property
    def pushed(self) -> list[str]:
        """Ids of what is to be pushed however things are when it is read."""
        return [notification.id for _, notification, decided, _ in self.waiting if decided]


@dataclass
class Delivered:
    """The queue of pushes, and what is buried."""

    pushes: list[Push] = field(default_factory=list)

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        self.pushes += pushes

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        raise AssertionError("Nothing is buried before it was tried")
