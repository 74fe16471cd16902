"""What all wings need from outside: the sockets in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.model import Member, PostResult
    from serverless_socketio.recovery.state import RecoveryState, StreamSlice
    from serverless_socketio_chat.model import HasRoom, Sender


class Room(Protocol):
    """The sockets that are in the room of a chat, an agent, a user."""

    def members(self, of: HasRoom) -> Sequence[Member]:
        """Who is there, consistently. One query."""

    def enter(self, of: HasRoom, sender: Sender) -> None:
        """Put a socket there as from its frame. Two or three writes."""

    def leave(self, of: HasRoom, sender: Sender) -> None:
        """Take a socket out as from its frame. Two writes."""

    def enter_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`enter` many rooms, side by side."""

    def leave_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`leave` many rooms, side by side."""

    def rooms(self, member: Member) -> Sequence[str]:
        """The rooms a socket is in. One query; two for a recoverable one."""

    def membership(self, of: HasRoom, member: Member) -> Member | None:
        """A socket as it is there, with its note; None if it is not. One read."""

    def update_data(self, of: HasRoom, sender: Sender, data: str) -> Member | None:
        """Rewrite the note of a socket's membership as from its frame.

        The member as it is then: a later frame may have written before. None if it is not there. One write.
        """

    def emit(self, members: Sequence[Member], event: str, payload: Mapping[str, object]) -> None:
        """Send one event to these sockets; receivers drop a repeat by the ids in it."""

    def close(
        self,
        members: Sequence[Member],
        event: str,
        payload: Mapping[str, object],
        *,
        reply_id: str,
        seen: Mapping[str, RecoveryState],
    ) -> Sequence[str]:
        """Send the event that ends an answer, once; the sids of recoverable sockets that moved since they were `seen`.

        A socket that may not have got it is disconnected: it comes back, and finds the end.
        """

    def disconnect(self, members: Sequence[Member], reply_id: str) -> None:
        """Disconnect sockets of which nobody knows whether they were sent the event that ends an answer.

        A recoverable one finds that event when it comes back, if it was kept, else it is a new one.
        """

    def follow(self, member: Member, reply_id: str, index: int, seen: RecoveryState | None) -> RecoveryState | None:
        """How a recoverable socket stands, that is told an answer and has been told chunks below `index`.

        None if it has ended. One write, or one read while it is away.
        """

    def emit_each(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Mapping[str, object]]]],
        slices: Mapping[str, StreamSlice],
    ) -> Mapping[str, PostResult]:
        """Send each socket chunks of its own, in order; what became of them, by sid. `slices`: of recoverable ones."""
