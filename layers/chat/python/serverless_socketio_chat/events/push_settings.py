"""``push:settings``: when a user is not to be disturbed, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints

from serverless_socketio_chat.events.model import ClientEvent, Event, Name, Payload
from serverless_socketio_chat.notifications.model import QuietHours

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context
    from serverless_socketio_chat.notifications.model import Preferences

MUTED_MAX = 100
Clock = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Hours(Payload):
    """Quiet hours, perhaps over midnight."""

    start: Annotated[Clock, Field(description="HH:MM; from then on it is quiet")]
    end: Annotated[Clock, Field(description="HH:MM; from then on it is not, another time than `start`")]


class PushSettings(ClientEvent):
    """Say when not to be disturbed, and by whom: what is given changes, the ack has all as it is then."""

    quiet_hours: Annotated[
        Hours | None, Field(description="When nothing is to be shown; null: that may be at any time")
    ] = None
    time_zone: Annotated[Name | None, Field(description="Of the quiet hours: an IANA name, such as Europe/Berlin")] = (
        None
    )
    muted_agents: Annotated[
        list[Name] | None, Field(max_length=MUTED_MAX, description="Up to 100 agents of whom nothing is to be shown")
    ] = None


def push_settings(context: Context, body: PushSettings) -> wire.PushPreferencesPayload:
    """Change what is given; the ack has all as it is then."""
    changes: dict[str, Any] = {}
    if "quiet_hours" in body.model_fields_set:
        hours = body.quiet_hours
        changes["quiet_hours"] = None if hours is None else QuietHours(hours.start, hours.end)
    if body.time_zone is not None:
        changes["time_zone"] = body.time_zone
    if body.muted_agents is not None:
        changes["muted_agents"] = tuple(dict.fromkeys(body.muted_agents))
    return _shown(context.services.subscribing.settings(context.user_id, changes))


def _shown(preferences: Preferences) -> wire.PushPreferencesPayload:
    """The ack of ``push:settings``."""
    hours = preferences.quiet_hours
    return {
        "quietHours": None if hours is None else {"start": hours.start, "end": hours.end},
        "timeZone": preferences.time_zone,
        "mutedAgents": list(preferences.muted_agents),
    }


EVENT = Event(PushSettings, push_settings)
