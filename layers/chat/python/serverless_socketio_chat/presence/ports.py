"""What the rules of presence need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from serverless_socketio_chat.ports import Room

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio_chat.model import HasRoom, Sender
    from serverless_socketio_chat.presence.model import Absent, Announced, GraceTimer


class PresenceRecords(Protocol):
    """What was announced of users, and devices in their grace."""

    def announced(self, user_id: str) -> Announced | None:
        """What was last announced; None of a user who never was online. One read."""

    def announced_of(self, user_ids: Sequence[str]) -> Mapping[str, Announced]:
        """The same of many, those who were online once. One read each, in one call for 100."""

    def announce(self, user_id: str, announcement: Announced, *, before: Announced | None) -> bool:
        """Note what is announced now; False if something else was since `before`. One write."""

    def told(self, user_id: str, announcement: Announced) -> None:
        """Note that an announcement has been told; no effect if another one was made since. One write."""

    def keep(self, user_id: str, device: Absent) -> None:
        """Let a device count for its grace, and a while longer if that is never ended. One write."""

    def absent(self, user_id: str) -> Sequence[Absent]:
        """The user's devices in their grace. One query."""

    def forget(self, user_id: str, sid: str) -> None:
        """End the grace of a device. One write."""


class GraceTimers(Protocol):
    """What comes back after a while, at least once, to `Presence.on_timer`."""

    def start(self, timer: GraceTimer, after_s: int) -> None:
        """Send it. Raises on failure."""


class PresenceRoom(Room, Protocol):
    """The sockets of a user, and those that hear of the user's presence."""

    def enter_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`enter` many rooms, side by side."""

    def leave_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`leave` many rooms, side by side."""

    def rooms(self, member: Member) -> Sequence[str]:
        """The rooms a socket is in. One query; two for a recoverable one."""

    def membership(self, of: HasRoom, member: Member) -> Member | None:
        """A socket as it is there, with its membership data; None if it is not. One read."""

    def update_data(self, of: HasRoom, sender: Sender, data: str) -> Member | None:
        """Rewrite the data of a socket's membership as from its frame.

        The member as it is then: a later frame may have written before. None if it is not there. One write.
        """
