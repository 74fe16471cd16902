"""What all wings need from outside: the sockets in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio_chat.model import HasRoom, Sender


class Room(Protocol):
    """The sockets that are in the room of a chat, an agent, a user."""

    def members(self, of: HasRoom) -> Sequence[Member]:
        """Who is there, consistently. One query."""

    def enter(self, of: HasRoom, sender: Sender) -> None:
        """Put a socket there as from its frame. Two or three writes."""

    def leave(self, of: HasRoom, sender: Sender) -> None:
        """Take a socket out as from its frame. Two writes."""

    def emit(self, members: Sequence[Member], event: str, payload: Mapping[str, object]) -> None:
        """Send one event to these sockets; receivers drop a repeat by the ids in it."""
