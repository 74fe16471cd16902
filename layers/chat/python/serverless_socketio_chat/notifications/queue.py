"""`notifications.ports.PushQueue` over SQS: our own functions' notifications as messages, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.push.codec import notification_fields, notification_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio.aws.queue import SqsQueue
    from serverless_socketio_chat.push.model import Notification


@dataclass(frozen=True, slots=True)
class Ours:
    """A notification that one of our own functions asks for; `decided`: by push, however the user is connected."""

    user_id: str
    notification: Notification
    decided: bool


@dataclass(frozen=True, slots=True)
class SqsPushQueue:
    """Notifications as messages of the queue `push`, each delayed for up to 15 minutes."""

    queue: SqsQueue

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        """One call. Raises QueueError."""
        self.queue.send([(ours_body(Ours(user_id, notification, decided)), after_s)])


def ours_body(ours: Ours) -> dict[str, Any]:
    """A notification of our own as the body of a message."""
    fields = notification_fields(ours.notification)
    return {"v": 1, "userId": ours.user_id, "ours": fields, "decided": ours.decided}


def ours_in(body: Mapping[str, Any]) -> Ours | None:
    """`ours_body` undone, if it is ours; None for a message of a backend's."""
    if "ours" not in body:
        return None
    return Ours(body["userId"], notification_in(body["ours"]), body.get("decided", False))
