"""`notifications.DeliveryQueue` over SQS: pushes as messages, each for one device, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chat.notifications import Push
from chat.stores.pushes import notification_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.adaptors.queue import SqsQueue
    from serverless_socketio.ports import Clock


class SqsDeliveries:
    """Pushes as messages of the queue `deliveries`; `dead` waits for an operator."""

    def __init__(self, queue: SqsQueue, dead: SqsQueue, clock: Clock) -> None:
        self._queue = queue
        self._dead = dead
        self._clock = clock

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        """Hand them to the sender: a call for each ten. Raises QueueError."""
        self._queue.send((asdict(push), after_s) for push in pushes)

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        """Put one where an operator finds it. Raises QueueError."""
        said = {} if status is None else {"status": status}
        self._dead.send([({"reason": reason, **said, "at": self._clock.now_ms(), "message": asdict(push)}, 0)])


def push_in(body: Mapping[str, Any]) -> Push:
    """The push that a message holds."""
    return Push(**{**body, "notification": notification_in(body["notification"])})
