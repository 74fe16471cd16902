"""The queues of web push as tests of the rules hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.memory_push import MemoryPushQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio_chat.push.model import Notification, Push


@dataclass(slots=True)
class Queued(MemoryPushQueue):
    """The queue of notifications; `broken`: so many calls fail."""

    broken: int = 0

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        if self.broken:
            self.broken -= 1
            raise ConnectionError("The queue is down")
        MemoryPushQueue.notify(self, user_id, notification, decided=decided, after_s=after_s)

    @property
    def pushed(self) -> list[str]:
        """Ids of what is to be pushed however things are when it is read."""
        return [notification.id for _, notification, decided, _ in self.waiting if decided]


@dataclass(slots=True)
class Delivered:
    """The queue of pushes."""

    pushes: list[Push] = field(default_factory=list)

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        self.pushes += pushes

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        raise AssertionError("Nothing is buried before it was tried")
