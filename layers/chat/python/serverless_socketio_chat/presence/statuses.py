"""What devices say of themselves, and what a user with such devices is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_socketio.model import Member
    from serverless_socketio_chat.presence.model import Status

BY_NOTE: Mapping[str | None, Status] = {None: "online", "online": "online", "away": "away", "offline": "offline"}
FROM_WORST: tuple[Status, ...] = ("offline", "away", "online")


def status_of(device: Member) -> Status:
    """What a member of `Devices` said of itself; online until it says anything."""
    return BY_NOTE[device.data]


def is_online(device: Member) -> bool:
    """Whether a member of `Devices` is connected at this moment, and in the foreground."""
    return not device.detached and status_of(device) == "online"


def best(statuses: Iterable[Status]) -> Status:
    """What a user with such devices is; offline without any."""
    return max(statuses, key=FROM_WORST.index, default="offline")
