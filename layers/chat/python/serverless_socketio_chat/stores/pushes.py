"""`notifications.PushQueue` over SQS: our own functions' notifications as messages, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.notifications import Action, Notification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio.aws.queue import SqsQueue


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
        self._queue.send([(ours_body(Ours(user_id, notification, decided)), after_s)])


def ours_body(ours: Ours) -> dict[str, Any]:
    """A notification of our own as the body of a message."""
    fields = notification_fields(ours.notification)
    return {"v": 1, "userId": ours.user_id, "ours": fields, "decided": ours.decided}


def ours_in(body: Mapping[str, Any]) -> Ours | None:
    """`ours_body` undone, if it is ours; None for a message that somebody else has put there."""
    if "ours" not in body:
        return None
    return Ours(body["userId"], notification_in(body["ours"]), body.get("decided", False))


def notification_fields(notification: Notification) -> dict[str, Any]:
    """A notification as JSON's values, in bodies and in items."""
    return {
        "id": notification.id,
        "title": notification.title,
        "body": notification.body,
        "timestamp": notification.timestamp,
        "icon": notification.icon,
        "badge": notification.badge,
        "url": notification.url,
        "tag": notification.tag,
        "actions": [{"action": each.action, "title": each.title, "url": each.url} for each in notification.actions],
        "kind": notification.kind,
        "agentId": notification.agent_id,
    }


def notification_in(fields: Mapping[str, Any]) -> Notification:
    """`notification_fields` undone; also what was written before bodies had a version: ``agent_id``."""
    actions = fields.get("actions") or ()
    return Notification(
        id=fields["id"],
        title=fields["title"],
        body=fields.get("body", ""),
        timestamp=fields.get("timestamp", 0),
        icon=fields.get("icon"),
        badge=fields.get("badge"),
        url=fields.get("url"),
        tag=fields.get("tag"),
        actions=tuple(Action(each["action"], each["title"], each.get("url")) for each in actions),
        kind=fields.get("kind", "custom"),
        agent_id=fields.get("agentId", fields.get("agent_id")),
    )
