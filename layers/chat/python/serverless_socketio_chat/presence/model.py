"""What is known of the presence of users and their devices. Times are integer milliseconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_socketio.model import Member
    from serverless_socketio_chat.literals import Status


@dataclass(frozen=True, slots=True)
class Watchers:
    """Those who want to know of a user's presence."""

    PREFIX: ClassVar[str] = "presence:"

    user_id: str

    @property
    def room(self) -> str:
        """Where they are."""
        return self.PREFIX + self.user_id


@dataclass(frozen=True, slots=True)
class Announced:
    """What was last said of a user's presence.

    `timestamp` rises with each announcement of the user. `last_seen` is when the user stopped being online; of a user
    who is online, when that was said. `is_told`: it has been posted; else a function is about to, or died.
    """

    status: Status
    last_seen: int
    timestamp: int
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A device that went without a word, in its grace: it counts as `status` until that is over."""

    sid: str
    status: Status


@dataclass(frozen=True, slots=True)
class GraceTimer:
    """Look at a user's presence again.

    `absent`: the device whose grace is over then; `at_ms`: when it went; `seen_ms`: when it was there for certain.
    """

    user_id: str
    at_ms: int
    absent: str | None = None
    seen_ms: int = 0


BY_DATA: Mapping[str | None, Status] = {None: "online", "online": "online", "away": "away", "offline": "offline"}


FROM_WORST: tuple[Status, ...] = ("offline", "away", "online")


def status_of(device: Member) -> Status:
    """What a member of `Devices` said of itself; online until it says anything."""
    return BY_DATA[device.data]


def is_online(device: Member) -> bool:
    """Whether a member of `Devices` is connected at this moment, and in the foreground."""
    return not device.detached and status_of(device) == "online"


def best(statuses: Iterable[Status]) -> Status:
    """What a user with such devices is; offline without any."""
    return max(statuses, key=FROM_WORST.index, default="offline")
