"""Notifications as values of JSON, in bodies of messages and in items, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.push.model import Action, Notification

if TYPE_CHECKING:
    from collections.abc import Mapping


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
