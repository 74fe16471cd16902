"""Who is in which room, in dicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..model import CONNECTION_TTL_S, Member

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..ports import Clock


@dataclass(slots=True)
class Membership:
    """A socket in a room; stays when it leaves, so that an older frame cannot put it back."""

    member: Member
    at: int
    until_ms: int
    is_in: bool = True


class MemoryRooms:
    """`ports.RoomStore`, and what the other parts change of memberships when sockets move or end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rooms: dict[tuple[str, str], dict[str, Membership]] = {}  # by namespace and room, then by sid

    def enter(self, member: Member, room: str, at: int) -> None:
        """Enter a room at `frame_order` `at`."""
        memberships = self._rooms.setdefault((member.namespace, room), {})
        stored = memberships.get(member.sid)
        if stored is not None and stored.at > at:
            return
        if stored is not None and stored.is_in:
            stored.at, stored.member = at, replace(stored.member, latest=at)
            return
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000
        memberships[member.sid] = Membership(replace(member, entered=at, latest=at), at, until_ms)

    def leave(self, member: Member, room: str, at: int) -> None:
        """Leave a room at `frame_order` `at`."""
        memberships = self._rooms.setdefault((member.namespace, room), {})
        stored = memberships.get(member.sid)
        if stored is None or stored.at <= at:
            memberships[member.sid] = Membership(member, at, until_ms=0, is_in=False)

    def update_data(self, member: Member, room: str, data: str, at: int) -> Member | None:
        """Rewrite the data of a membership."""
        stored = self._membership(member, room)
        if stored is not None and stored.at <= at:
            stored.at, stored.member = at, replace(stored.member, data=data, latest=at)
        return None if stored is None else stored.member

    def membership(self, member: Member, room: str) -> Member | None:
        """The member as it is in a room."""
        stored = self._membership(member, room)
        return None if stored is None else stored.member

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room."""
        memberships = self._rooms.get((namespace, room), {}).values()
        return [each.member for each in memberships if self._is_in(each)]

    def entered(self, address: str, namespace: str) -> list[str]:
        """The rooms a socket is in."""
        return [
            room
            for (space, room), memberships in self._rooms.items()
            for each in memberships.values()
            if space == namespace and self._is_in(each) and each.member.address == address and not each.member.detached
        ]

    def move(self, sid: str, until_ms: int, **changes: Any) -> None:
        """Change the memberships of a recoverable socket that is detached, or moves to another connection."""
        for memberships in self._rooms.values():
            stored = memberships.get(sid)
            if stored is not None and stored.is_in:
                stored.member, stored.until_ms = replace(stored.member, **changes), until_ms

    def forget(self, ends: Callable[[Member], bool]) -> None:
        """Forget the memberships of sockets that end."""
        for memberships in self._rooms.values():
            for sid in [sid for sid, stored in memberships.items() if ends(stored.member)]:
                del memberships[sid]

    def _membership(self, member: Member, room: str) -> Membership | None:
        stored = self._rooms.get((member.namespace, room), {}).get(member.sid)
        return stored if stored is not None and self._is_in(stored) else None

    def _is_in(self, membership: Membership) -> bool:
        return membership.is_in and membership.until_ms > self._clock.now_ms()
