"""Notifications as clients see them: payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.push.model import Action, Notification


def notification(of: Notification) -> wire.NotificationPayload:
    """``notification``: what a push would have said."""
    shown: wire.NotificationPayload = {"title": of.title, "body": of.body, "timestamp": of.timestamp}
    if of.icon is not None:
        shown["icon"] = of.icon
    if of.badge is not None:
        shown["badge"] = of.badge
    if of.url is not None:
        shown["url"] = of.url
    if of.tag is not None:
        shown["tag"] = of.tag
    if of.actions:
        shown["actions"] = [action(each) for each in of.actions]
    return shown


def action(of: Action) -> wire.ActionPayload:
    """A button of a notification."""
    shown: wire.ActionPayload = {"action": of.action, "title": of.title}
    if of.url is not None:
        shown["url"] = of.url
    return shown
