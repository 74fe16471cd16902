"""Preferences as clients see them: payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.notifications.model import Preferences


def push_settings(preferences: Preferences) -> wire.PushPreferences:
    """The ack of ``push:settings``."""
    hours = preferences.quiet_hours
    return {
        "quietHours": None if hours is None else {"start": hours.start, "end": hours.end},
        "timeZone": preferences.time_zone,
        "mutedAgents": list(preferences.muted_agents),
    }
