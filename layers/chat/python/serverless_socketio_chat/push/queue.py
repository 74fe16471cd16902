"""`push.ports.DeliveryQueue` over SQS: pushes as messages, each for one device, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.push.codec import notification_fields, notification_in
from serverless_socketio_chat.push.model import Push

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.aws.queue import SqsQueue
    from serverless_socketio.ports import Clock


@dataclass(frozen=True, slots=True)
class SqsDeliveries:
    """Pushes as messages of the queue `deliveries`; `dead` waits for an operator."""

    queue: SqsQueue
    dead: SqsQueue
    clock: Clock

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        """Hand them to the sender: a call for each ten. Raises QueueError."""
        self.queue.send((push_body(push), after_s) for push in pushes)

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        """Put one where an operator finds it. Raises QueueError."""
        said = {} if status is None else {"status": status}
        letter = {"v": 1, "reason": reason, **said, "at": self.clock.now_ms(), "message": push_body(push)}
        self.dead.send([(letter, 0)])


def push_body(push: Push) -> dict[str, Any]:
    """A push as the body of a message."""
    return {
        "v": 1,
        "userId": push.user_id,
        "subscriptionId": push.subscription_id,
        "notification": notification_fields(push.notification),
        "firstMs": push.first_ms,
        "attempt": push.attempt,
    }


def push_in(body: Mapping[str, Any]) -> Push:
    """`push_body` undone; also what was written before bodies had a version, with underscores in its names."""
    if "subscriptionId" not in body:
        renamed = {"userId": "user_id", "subscriptionId": "subscription_id", "firstMs": "first_ms"}
        body = {**body, **{name: body[former] for name, former in renamed.items()}}
    return Push(
        body["userId"],
        body["subscriptionId"],
        notification_in(body["notification"]),
        body.get("firstMs", 0),
        body.get("attempt", 1),
    )
