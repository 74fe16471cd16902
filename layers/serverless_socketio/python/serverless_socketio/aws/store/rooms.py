"""Who is in which room, written so that frames handled in any order leave what their orders say.

===================  ==========================================================  ================================
the row of a member  `enter` at a later order; at an earlier one                 `leave` at a later; an earlier
===================  ==========================================================  ================================
none                 a member; likewise                                          a mark that it left; likewise
a member             stays as it was and takes the order; unchanged              a mark that it left; unchanged
a mark that it left  a new member; unchanged                                     takes the order; unchanged
===================  ==========================================================  ================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...exceptions import ConditionFailed
from ...model import CONNECTION_TTL_S
from ...sid import is_recoverable
from .rows import TableStore, connection_pk, connection_row, home_pk, member_in, member_key, recovery_pk, room_pk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...model import Member
    from ..ports import Item

LEFT_TTL_S = 600  # how late a frame may be handled and still be told that its socket left since


class DynamoRooms(TableStore):
    """`ports.RoomStore`. A membership is a row under its room, and one under its connection as the way back."""

    def enter(self, member: Member, room: str, at: int) -> None:
        """Enter a room. Two writes, or three for one that is a member already."""
        self._mark(member, room, at, entered=True)
        try:
            self._table.put(
                self.member_row(member, room, at),
                condition="attribute_not_exists(pk) OR (#gone = :true AND #at <= :at)",
                values={":true": True, ":at": at},
            )
        except ConditionFailed as failure:
            if failure.item and not failure.item.get("gone"):
                self._renew(member, room, at)

    def leave(self, member: Member, room: str, at: int) -> None:
        """Leave a room. Two writes; the row stays a while, so that an older frame cannot put the socket back."""
        try:
            self._table.put(
                {
                    **member_key(member.namespace, room, member.sid),
                    "gone": True,
                    "at": at,
                    "expires": self._expires(LEFT_TTL_S),
                },
                condition="attribute_not_exists(pk) OR #at <= :at",
                values={":at": at},
            )
        except ConditionFailed:
            return
        self._mark(member, room, at, entered=False)

    def update_data(self, member: Member, room: str, data: str, at: int) -> Member | None:
        """Rewrite the data of a membership. One write."""
        try:
            row = self._table.update(
                member_key(member.namespace, room, member.sid),
                "SET #note = :note, #at = :at",
                condition="attribute_not_exists(#gone) AND #at <= :at AND #expires > :now",  # false for a missing row
                values={":note": data, ":at": at, ":now": self._now_s()},
            )
        except ConditionFailed as failure:
            row = dict(failure.item or {"gone": True})
        return member_in(row, member.namespace) if self._is_in(row) else None

    def membership(self, member: Member, room: str) -> Member | None:
        """The member as it is in a room. One read."""
        row = self._table.get(member_key(member.namespace, room, member.sid))
        return member_in(row, member.namespace) if row is not None and self._is_in(row) else None

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room. One query."""
        rows = self._table.query(room_pk(namespace, room))
        return [member_in(row, namespace) for row in rows if self._is_in(row)]

    def entered(self, address: str, namespace: str) -> list[str]:
        """The rooms a socket is in. One query."""
        rows = [row for row in self._table.query(connection_pk(address)) if self._lives(row)]
        socket = connection_row(rows).get("sockets", {}).get(namespace)
        if socket is None:
            return []
        if is_recoverable(socket["sid"]):
            rows = list(self._table.query(recovery_pk(socket["sid"]), begins_with="ROOM#"))
        return rooms_of(rows, namespace, socket)

    def _is_in(self, row: Item) -> bool:
        return not row.get("gone") and self._lives(row)

    def member_row(self, member: Member, room: str, at: int) -> Item:
        """The row of a membership that begins."""
        return {
            **member_key(member.namespace, room, member.sid),
            "address": member.address,
            "form": member.form,
            "entered": at,
            "at": at,
            "note": member.data,
            "expires": self._expires(CONNECTION_TTL_S),
            **({"away": True, "left": member.left_ms} if member.detached else {}),
        }

    def _mark(self, member: Member, room: str, at: int, *, entered: bool) -> None:
        """The way back from a connection to its rooms, written before a membership and after its end."""
        key = {"pk": home_pk(member.sid, member.address), "sk": room_pk(member.namespace, room)}
        row = {**key, "sid": member.sid, "entered": entered, "at": at, "expires": self._expires(CONNECTION_TTL_S)}
        try:
            self._table.put(row, condition="attribute_not_exists(pk) OR #at <= :at", values={":at": at})
        except ConditionFailed:
            return

    def _renew(self, member: Member, room: str, at: int) -> None:
        """A member that enters again stays as it was, but an older frame cannot take it out any more."""
        try:
            self._table.update(
                member_key(member.namespace, room, member.sid),
                "SET #at = :at",
                condition="attribute_not_exists(#gone) AND #at <= :at",
                values={":at": at},
            )
        except ConditionFailed:
            return


def rooms_of(rows: Sequence[Item], namespace: str, socket: Item) -> list[str]:
    """The rooms a socket is in: those it was accepted into, as changed by what the ways back say."""
    prefix = room_pk(namespace, "")
    known = {
        row["sk"].removeprefix(prefix): row["entered"]
        for row in rows
        if row["sk"].startswith(prefix) and row["sid"] == socket["sid"]
    }
    return [room for room, entered in (dict.fromkeys(socket["rooms"], True) | known).items() if entered]
