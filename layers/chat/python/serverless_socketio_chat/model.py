"""What all wings share: names of users, chats and sockets, and the rooms that they have.

Times are integer milliseconds since the epoch, UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from serverless_socketio.model import Member


class HasRoom(Protocol):
    """Something whose events go to a room of its own."""

    @property
    def room(self) -> str:
        """The Socket.IO room."""


@dataclass(frozen=True, slots=True)
class Devices:
    """The connections of a user. The data of a membership is what the device said of its presence."""

    user_id: str

    @property
    def room(self) -> str:
        """Where they all are, from CONNECT to the end."""
        return f"user:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation of one user with one agent."""

    user_id: str
    agent_id: str

    @property
    def room(self) -> str:
        """Where its events go."""
        return f"chat:{self.agent_id}:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Sender:
    """The socket that a message came from.

    It is in the chat's room as from that frame, and is not shown its own message.
    """

    member: Member
    order: int


NAME = re.compile(r"[^\s#:\x00-\x1f]{1,128}")


def check_name(name: str) -> str:
    """A user or agent id, if it may be one. ValueError for a space, ``#``, ``:``: they part keys and rooms."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be an id: 1 to 128 characters, without white space, '#' and ':'")
    return name
