"""`notifications.PushQueue` over SQS: our own functions' notifications as messages, and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from chat.notifications import Action, Notification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio.adaptors.queue import SqsQueue


@dataclass(frozen=True, slots=True)
class Ours:
    """A notification that one of our own functions asks for; `decided`: by push, whoever is online."""

    user_id: str
    notification: Notification
    decided: bool


class SqsPushQueue:
    """Notifications as messages of the queue `push`, each delayed for up to 15 minutes."""

    def __init__(self, queue: SqsQueue) -> None:
        self._queue = queue

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False, after_s: int = 0) -> None:
        """One call. Raises QueueError."""
        body = {"userId": user_id, "ours": notification_fields(notification), "decided": decided}
        self._queue.send([(body, after_s)])


def ours_in(body: Mapping[str, Any]) -> Ours | None:
    """What a message of the queue holds, if it is ours; None for one that somebody else has put there."""
    if "ours" not in body:
        return None
    return Ours(body["userId"], notification_in(body["ours"]), body["decided"])


def notification_fields(notification: Notification) -> dict[str, Any]:
    """A notification as JSON's values."""
    return asdict(notification)


def notification_in(fields: Mapping[str, Any]) -> Notification:
    """`notification_fields` undone."""
    return Notification(**{**fields, "actions": tuple(Action(**action) for action in fields["actions"])})
