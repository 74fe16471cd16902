"""How lasting sockets stand, and what is kept for them; the other parts of a store are beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...exceptions import ConditionFailed, DisconnectedError
from ...model import CONNECTION_TTL_S
from ...recovery.state import SILENCE_MS
from ..ports import Put, Update
from .rooms import Memberships, entered
from .rows import distinct, kept_in, lasting_key, lasting_pk, log_key, member_key, membership_keys, standing_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...model import Connection, Member
    from ...recovery.state import Kept, Standing, Terms
    from ..ports import Item

KEPT_BYTES_MAX = 380_000  # DynamoDB's item holds 400 KB; what is larger leaves a gap, over which nobody comes back
LOG_END = "LOG$"  # "$" follows "#"


class Lasting(Memberships):
    """Part of a `DynamoStore`. Memberships say by their epoch which coming or going they were changed by last."""

    def standing(self, sid: str) -> Standing | None:
        """How a lasting socket stands. One read."""
        row = self._table.get(lasting_key(sid))
        return standing_in(row) if row is not None and self._lives(row) else None

    def number(self, sid: str, *, seen: Standing | None = None, closes: str | None = None) -> Standing:
        """Hand out the next number. One write."""
        closing = f" REMOVE #runs.#{closes}" if closes else ""
        try:
            return self._change(sid, f"SET #seq = #seq + :one{closing}", seen, {":one": 1})
        except ConditionFailed as failure:
            if failure.item is not None and self._lives(failure.item):
                raise
            raise DisconnectedError("The socket is gone") from failure

    def keep(self, sid: str, seq: int, frames: Sequence[str], closes: str | None = None) -> None:
        """Keep the event of a number. One write."""
        if sum(len(frame.encode()) for frame in frames) > KEPT_BYTES_MAX:
            return
        row = {"frames": list(frames), "closes": closes, "at": self._clock.now_ms()}
        self._table.put({**log_key(sid, seq), **row, "expires": self._until(2 * SILENCE_MS)})

    def kept(self, sid: str, above: int) -> list[Kept]:
        """What is kept of the numbers above one. One query."""
        rows = self._table.query(lasting_pk(sid), above=log_key(sid, above)["sk"], below=LOG_END)
        return [kept_in(row) for row in rows if self._lives(row)]

    def follow(self, sid: str, run: str, index: int, *, seen: Standing | None = None) -> Standing | None:
        """Say that a run goes on from `index`. One write."""
        began = f"SET #runs.#{run} = if_not_exists(#runs.#{run}, :index)"
        told = f"SET #runs.#{run} = :index"
        try:
            return self._change(sid, began if seen is None else told, seen, {":index": index})
        except ConditionFailed:
            return None

    def settle(self, standing: Standing) -> bool:
        """Go live, if no number was handed out since. One write."""
        values = {":live": "live", ":seq": standing.seq, ":until": self._live_until(standing.terms.window_ms)}
        try:
            self._change(standing.sid, "SET #state = :live, #expires = :until", standing, values, " AND #seq = :seq")
        except ConditionFailed:
            return False
        return True

    def forget(self, sid: str) -> None:
        """End a lasting socket. A query, a read and a delete for each row; what was kept is left to expire."""
        self._forget_rooms(sid, self._table.get(lasting_key(sid)) or {})

    def forget_away(self, sid: str) -> bool:
        """End a lasting socket that is away: first its own row, without which no client comes back."""
        try:
            row = self._table.delete(lasting_key(sid), condition="#state = :away", values={":away": "away"})
        except ConditionFailed:
            return False
        self._forget_rooms(sid, row or {})
        return True

    def _forget_rooms(self, sid: str, row: Item) -> None:
        ways = list(self._table.query(lasting_pk(sid), begins_with="ROOM#"))
        first = [member_key(row["namespace"], room, sid) for room in row.get("rooms", ())]
        keys = [lasting_key(sid), *first, *membership_keys(ways, {}, every_room=True)]
        self._table.delete_all(distinct(keys))

    def _beginning(self, member: Member, opened_ms: int, rooms: Sequence[str], terms: Terms) -> Put:
        """The row of a lasting socket that is accepted. `form` and `sockets` are for the index, once it is away."""
        return Put(
            {
                **lasting_key(member.sid),
                "namespace": member.namespace,
                "pid": terms.pid,
                "identity": terms.identity,
                "window": terms.window_ms,
                "most": terms.log_max,
                "address": member.address,
                "opened": opened_ms,
                "state": "live",
                "epoch": 1,
                "moved": self._clock.now_ms(),
                "seq": 0,
                "left": 0,
                "rooms": list(rooms),
                "session": {},
                "runs": {},
                "form": member.form,
                "sockets": {member.namespace: {"sid": member.sid}},
                "expires": self._live_until(terms.window_ms),
            }
        )

    def _moving(self, standing: Standing, connection: Connection, runs: Mapping[str, int]) -> Update:
        """The move to a new connection, which takes it out of the index."""
        return Update(
            lasting_key(standing.sid),
            "SET #state = :replay, #address = :address, #opened = :opened, #epoch = :next, #moved = :now_ms,"
            " #session = :none, #runs = :runs, #expires = :until REMOVE #bucket",
            condition="#expires > :now AND #epoch = :epoch AND #runs = :known",
            values={
                ":known": dict(standing.runs),
                ":replay": "replay",
                ":address": connection.address,
                ":opened": connection.opened_ms,
                ":next": standing.epoch + 1,
                ":now_ms": self._clock.now_ms(),
                ":none": {},
                ":runs": dict(runs),
                ":until": self._until(standing.terms.window_ms),
                ":now": self._now_s(),
                ":epoch": standing.epoch,
            },
        )

    def _moved(self, standing: Standing, connection: Connection, runs: Mapping[str, int]) -> Standing:
        """After a move, its rooms with it. A query, and a write for each room."""
        expires = self._expires(CONNECTION_TTL_S)
        moved = replace(
            standing,
            address=connection.address,
            opened_ms=connection.opened_ms,
            state="replay",
            epoch=standing.epoch + 1,
            session={},
            runs=dict(runs),
        )
        self._take_along(moved, "#address = :address REMOVE #away, #left", {":address": connection.address}, expires)
        return moved

    def _go_away(self, address: str, socket: Item, bucket: str) -> None:
        """Let a lasting socket be away, if it is still on this connection. One write, a query, a write for each room.

        It comes into the index, so that who sends to everybody finds it.
        """
        until = self._until(socket["window"])
        try:
            row = self._table.update(
                lasting_key(socket["sid"]),
                "SET #state = :away, #epoch = #epoch + :one, #left = #seq, #moved = :now_ms, #session = :session,"
                " #expires = :until, #bucket = :bucket",
                condition="#address = :address AND #state <> :away",
                values={
                    ":away": "away",
                    ":one": 1,
                    ":now_ms": self._clock.now_ms(),
                    ":session": socket["session"],
                    ":until": until,
                    ":bucket": bucket,
                    ":address": address,
                },
            )
        except ConditionFailed:
            return
        away = {":true": True, ":left": row["moved"]}
        self._take_along(standing_in(row), "#away = :true, #left = :left", away, until)

    def _take_along(self, standing: Standing, change: str, values: Mapping[str, Any], expires: int) -> None:
        """Change the memberships of a socket with it, unless a later coming or going has changed them."""
        ways = list(self._table.query(lasting_pk(standing.sid), begins_with="ROOM#"))
        socket = {"sid": standing.sid, "rooms": standing.rooms}
        for room in entered(ways, standing.namespace, socket):
            try:
                self._table.update(
                    member_key(standing.namespace, room, standing.sid),
                    f"SET #expires = :expires, #epoch = :epoch, {change}",
                    condition="attribute_exists(pk) AND attribute_not_exists(#gone)"
                    " AND (attribute_not_exists(#epoch) OR #epoch < :epoch)",
                    values={**values, ":expires": expires, ":epoch": standing.epoch},
                )
            except ConditionFailed:
                continue

    def _change(
        self, sid: str, expression: str, seen: Standing | None, values: Mapping[str, Any], condition: str = ""
    ) -> Standing:
        """Change a standing that has not ended, nor moved since it was `seen`. Raises ConditionFailed."""
        unmoved = {} if seen is None else {":epoch": seen.epoch, ":state": seen.state}
        row = self._table.update(
            lasting_key(sid),
            expression,
            condition=f"#expires > :now{' AND #epoch = :epoch AND #state = :state' if seen else ''}{condition}",
            values={**values, **unmoved, ":now": self._now_s()},
        )
        return standing_in(row)

    def _live_until(self, window_ms: int) -> int:
        return self._expires(CONNECTION_TTL_S) + self._until(window_ms) - self._now_s()

    def _until(self, ms: int) -> int:
        """When so much time has passed; in seconds, late rather than early."""
        return -(-(self._clock.now_ms() + ms) // 1000)
