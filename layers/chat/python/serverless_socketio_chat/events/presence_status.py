"""``presence:online``, ``presence:away``, ``presence:offline``: what a device says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.events.model import ClientEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context
    from serverless_socketio_chat.literals import Status


class PresenceStatus(ClientEvent):
    """Say what this device is; the user is the best of the user's devices."""


def saying(status: Status) -> Event[PresenceStatus]:
    """The event by which a device says that it is `status`."""

    def presence_status(context: Context, body: PresenceStatus) -> wire.StatusSaidPayload:  # noqa: ARG001 - its status is its name
        return {"status": context.services.presence.say(context.user_id, context.sender, status)}

    return Event(PresenceStatus, presence_status)


ONLINE = saying("online")
AWAY = saying("away")
OFFLINE = saying("offline")
