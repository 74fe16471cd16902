"""Presence as clients see it: payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.presence.model import Announced


def presence(announced: Announced | None, now_ms: int) -> wire.Presence:
    """A user's presence as the acks of ``presence:subscribe`` and ``presence:unsubscribe`` have it."""
    if announced is None:
        return {"status": "offline", "lastSeen": None}
    last_seen = now_ms if announced.status == "online" else announced.last_seen
    return {"status": announced.status, "lastSeen": last_seen}


def presence_updated(user_id: str, news: Announced) -> wire.PresenceUpdated:
    """``presence:updated``."""
    return {"userId": user_id, "status": news.status, "lastSeen": news.last_seen, "timestamp": news.timestamp}
