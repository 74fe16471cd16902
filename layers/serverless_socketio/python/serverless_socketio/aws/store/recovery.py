"""The state of recoverable sockets, and the log of their events; the other parts of a store are beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...exceptions import ConditionFailed, DisconnectedError
from ...model import CONNECTION_TTL_S
from ...recovery.state import SILENCE_MS
from ..ports import Put, Update
from .rooms import rooms_of
from .rows import (
    SPELLED,
    TableStore,
    distinct,
    entry_in,
    log_key,
    member_key,
    membership_keys,
    recovery_key,
    recovery_pk,
    recovery_state_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...model import Connection, Member
    from ...recovery.state import RecoveryEntry, RecoveryPolicy, RecoveryState
    from ..ports import Item

ENTRY_BYTES_MAX = 380_000  # DynamoDB's item holds 400 KB; what is larger leaves a gap, over which no client comes back
LOG_END = "LOG$"  # "$" follows "#"


class DynamoRecovery(TableStore):
    """`ports.RecoveryStore`. Memberships say by their epoch which move they were changed by last."""

    def state(self, sid: str) -> RecoveryState | None:
        """The state of a recoverable socket. One read."""
        row = self._table.get(recovery_key(sid))
        return recovery_state_in(row) if row is not None and self._lives(row) else None

    def number(self, sid: str, *, seen: RecoveryState | None = None, closes: str | None = None) -> RecoveryState:
        """Hand out the next number. One write."""
        closing = f" REMOVE #runs.#{closes}" if closes else ""
        try:
            return self._change(sid, f"SET #seq = #seq + :one{closing}", seen, {":one": 1})
        except ConditionFailed as failure:
            if failure.item is not None and self._lives(failure.item):
                raise
            raise DisconnectedError("The socket is gone") from failure

    def append(self, sid: str, seq: int, frames: Sequence[str], closes: str | None = None) -> None:
        """Log the event of a number. One write."""
        if sum(len(frame.encode()) for frame in frames) > ENTRY_BYTES_MAX:
            return
        row = {"frames": list(frames), "closes": closes, "at": self._clock.now_ms()}
        self._table.put({**log_key(sid, seq), **row, "expires": self._until(2 * SILENCE_MS)})

    def entries(self, sid: str, above: int) -> list[RecoveryEntry]:
        """The log above a number. One query."""
        rows = self._table.query(recovery_pk(sid), above=log_key(sid, above)["sk"], below=LOG_END)
        return [entry_in(row) for row in rows if self._lives(row)]

    def follow(self, sid: str, stream: str, index: int, *, seen: RecoveryState | None = None) -> RecoveryState | None:
        """Store that a stream goes on from `index`. One write."""
        began = f"SET #runs.#{stream} = if_not_exists(#runs.#{stream}, :index)"
        moved_on = f"SET #runs.#{stream} = :index"
        try:
            return self._change(sid, began if seen is None else moved_on, seen, {":index": index})
        except ConditionFailed:
            return None

    def settle(self, state: RecoveryState) -> bool:
        """Go live, if no number was handed out since. One write."""
        values = {":live": "live", ":seq": state.seq, ":until": self._live_until(state.policy.window_ms)}
        try:
            self._change(state.sid, "SET #state = :live, #expires = :until", state, values, " AND #seq = :seq")
        except ConditionFailed:
            return False
        return True

    def forget(self, sid: str) -> None:
        """End a recoverable socket. A query, a read and a delete for each row; its log is left to expire."""
        self._forget_rooms(sid, self._table.get(recovery_key(sid)) or {})

    def forget_detached(self, sid: str) -> bool:
        """End a recoverable socket that is detached: first its own row, without which no client comes back."""
        try:
            row = self._table.delete(
                recovery_key(sid), condition="#state = :away", values={":away": SPELLED["detached"]}
            )
        except ConditionFailed:
            return False
        self._forget_rooms(sid, row or {})
        return True

    def _forget_rooms(self, sid: str, row: Item) -> None:
        ways = list(self._table.query(recovery_pk(sid), begins_with="ROOM#"))
        first = [member_key(row["namespace"], room, sid) for room in row.get("rooms", ())]
        keys = [recovery_key(sid), *first, *membership_keys(ways, {}, every_room=True)]
        self._table.delete_all(distinct(keys))

    def beginning(self, member: Member, opened_ms: int, rooms: Sequence[str], policy: RecoveryPolicy) -> Put:
        """The row of an accepted recoverable socket. The index needs `form` and `sockets` once it is detached."""
        return Put(
            {
                **recovery_key(member.sid),
                "namespace": member.namespace,
                "pid": policy.pid,
                "identity": policy.identity,
                "window": policy.window_ms,
                "most": policy.log_max,
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
                "expires": self._live_until(policy.window_ms),
            }
        )

    def moving(self, state: RecoveryState, connection: Connection, streams: Mapping[str, int]) -> Update:
        """The move to a new connection, which takes it out of the index."""
        return Update(
            recovery_key(state.sid),
            "SET #state = :replay, #address = :address, #opened = :opened, #epoch = :next, #moved = :now_ms,"
            " #session = :none, #runs = :runs, #expires = :until REMOVE #bucket",
            condition="#expires > :now AND #epoch = :epoch AND #runs = :known",
            values={
                ":known": dict(state.streams),
                ":replay": "replay",
                ":address": connection.address,
                ":opened": connection.opened_ms,
                ":next": state.epoch + 1,
                ":now_ms": self._clock.now_ms(),
                ":none": {},
                ":runs": dict(streams),
                ":until": self._until(state.policy.window_ms),
                ":now": self._now_s(),
                ":epoch": state.epoch,
            },
        )

    def moved(self, state: RecoveryState, connection: Connection, streams: Mapping[str, int]) -> RecoveryState:
        """After a move, its rooms with it. A query, and a write for each room."""
        expires = self._expires(CONNECTION_TTL_S)
        moved = replace(
            state,
            address=connection.address,
            opened_ms=connection.opened_ms,
            phase="replay",
            epoch=state.epoch + 1,
            session={},
            streams=dict(streams),
        )
        self._take_along(moved, "#address = :address REMOVE #away, #left", {":address": connection.address}, expires)
        return moved

    def detach(self, address: str, socket: Item, bucket: str) -> None:
        """Detach a recoverable socket, if it is still on this connection. One write, a query, a write for each room.

        It enters the index, where an event for all sockets of a namespace finds it.
        """
        until = self._until(socket["window"])
        try:
            row = self._table.update(
                recovery_key(socket["sid"]),
                "SET #state = :away, #epoch = #epoch + :one, #left = #seq, #moved = :now_ms, #session = :session,"
                " #expires = :until, #bucket = :bucket",
                condition="#address = :address AND #state <> :away",
                values={
                    ":away": SPELLED["detached"],
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
        detached = {":true": True, ":left": row["moved"]}
        self._take_along(recovery_state_in(row), "#away = :true, #left = :left", detached, until)

    def _take_along(self, state: RecoveryState, change: str, values: Mapping[str, Any], expires: int) -> None:
        """Change the memberships of a socket with it, unless a later move has changed them."""
        ways = list(self._table.query(recovery_pk(state.sid), begins_with="ROOM#"))
        socket = {"sid": state.sid, "rooms": state.rooms}
        for room in rooms_of(ways, state.namespace, socket):
            try:
                self._table.update(
                    member_key(state.namespace, room, state.sid),
                    f"SET #expires = :expires, #epoch = :epoch, {change}",
                    condition="attribute_exists(pk) AND attribute_not_exists(#gone)"
                    " AND (attribute_not_exists(#epoch) OR #epoch < :epoch)",
                    values={**values, ":expires": expires, ":epoch": state.epoch},
                )
            except ConditionFailed:
                continue

    def _change(
        self, sid: str, expression: str, seen: RecoveryState | None, values: Mapping[str, Any], condition: str = ""
    ) -> RecoveryState:
        """Change the state of a socket that has not ended, nor moved since it was `seen`. Raises ConditionFailed."""
        unmoved = {} if seen is None else {":epoch": seen.epoch, ":state": SPELLED[seen.phase]}
        row = self._table.update(
            recovery_key(sid),
            expression,
            condition=f"#expires > :now{' AND #epoch = :epoch AND #state = :state' if seen else ''}{condition}",
            values={**values, **unmoved, ":now": self._now_s()},
        )
        return recovery_state_in(row)

    def _live_until(self, window_ms: int) -> int:
        return self._expires(CONNECTION_TTL_S) + self._until(window_ms) - self._now_s()

    def _until(self, ms: int) -> int:
        """When so much time has passed; in seconds, late rather than early."""
        return -(-(self._clock.now_ms() + ms) // 1000)
