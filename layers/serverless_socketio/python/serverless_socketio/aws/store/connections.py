"""Connections and their sockets.

What changes the sockets of a connection is conditional on those that it read, and is tried again when another
invocation was faster.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...exceptions import ConditionFailed, DisconnectedError, TransactionRefused
from ...model import CONNECTION_TTL_S, Connection, Member, bucket_of
from ...sid import is_recoverable
from ..ports import Put, Update
from .rows import (
    CONNECTION,
    TableStore,
    address_in,
    connection_in,
    connection_key,
    connection_pk,
    connection_row,
    left_behind,
    membership_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...model import Session
    from ...ports import Clock
    from ...recovery.state import RecoveryPolicy, RecoveryState
    from ..ports import Item, Table, Write
    from .recovery import DynamoRecovery
    from .rooms import DynamoRooms

DUE_INDEX = ("due", "bucket", "opened")
UNACCEPTED = "NEW"
TRIES = 5


class DynamoConnections(TableStore):
    """`ports.ConnectionStore`. `buckets`: the number of heartbeat buckets, one for each tick of a ping interval."""

    def __init__(self, table: Table, clock: Clock, rooms: DynamoRooms, recovery: DynamoRecovery, buckets: int) -> None:
        super().__init__(table, clock)
        self._rooms = rooms
        self._recovery = recovery
        self._buckets = buckets

    def open(self, connection: Connection) -> None:
        """Remember a new connection. One write."""
        self._table.put(
            {
                **connection_key(connection.address),
                "form": connection.form,
                "opened": connection.opened_ms,
                "seen": connection.seen_ms,
                "environ": dict(connection.environ),
                "sockets": {},
                "bucket": UNACCEPTED,
                "recovery": connection.recovery or None,
                "session": connection.session or None,
                "expires": self._expires(CONNECTION_TTL_S),
            }
        )

    def find(self, address: str) -> Connection | None:
        """The connection, or None. One read."""
        row = self._row(address)
        return None if row is None else connection_in(row)

    def accept(
        self,
        connection: Connection,
        namespace: str,
        sid: str,
        session: Session,
        rooms: Iterable[str],
        policy: RecoveryPolicy | None = None,
    ) -> None:
        """Connect a socket: one transaction; tried again when another namespace connects at the same time."""
        first = list(dict.fromkeys(rooms))
        member = Member(sid, connection.address, namespace, connection.form)
        rows = [Put(self._rooms.member_row(member, room, 0)) for room in first]
        if policy is not None:
            rows.append(self._recovery.beginning(member, connection.opened_ms, first, policy))
        at_ms = connection.accepted_ms.get(namespace, 0)
        self._connect(connection, namespace, _socket(sid, session, first, policy, at_ms), rows)

    def resume(
        self, state: RecoveryState, connection: Connection, session: Session, *, streams: Mapping[str, int]
    ) -> RecoveryState:
        """Move a recoverable socket: one transaction, a query, a write for each room."""
        at_ms = connection.accepted_ms.get(state.namespace, 0)
        socket = _socket(state.sid, session, state.rooms, state.policy, at_ms)
        self._connect(connection, state.namespace, socket, [self._recovery.moving(state, connection, streams)])
        return self._recovery.moved(state, connection, streams)

    def release(self, connection: Connection, namespace: str, *, overtaken_ms: int | None = None) -> bool:
        """Disconnect one socket, its rooms with it. One query, a delete for each room, one write."""
        for _ in range(TRIES):
            rows = list(self._table.query(connection_pk(connection.address)))
            row = connection_row(rows)
            sockets = row.get("sockets", {})
            socket = sockets.get(namespace)
            if socket is None or socket["sid"] != connection.sockets.get(namespace):  # gone; or another has its place
                return False
            self._table.delete_all(membership_keys(rows, {namespace: socket}))
            if is_recoverable(socket["sid"]):
                self._recovery.forget(socket["sid"])
            left = {name: socket for name, socket in sockets.items() if name != namespace}
            overtaken = None if overtaken_ms is None else {**row.get("overtaken", {}), namespace: overtaken_ms}
            if self._replace(connection.address, sockets, left, overtaken):
                return True
        return False

    def end(
        self, address: str, prepare: Callable[[Connection], bool] | None = None, *, final: bool = False
    ) -> Connection | None:
        """Forget a connection and its memberships. One query, a delete for each row."""
        for _ in range(TRIES):
            rows = list(self._table.query(connection_pk(address)))
            row = connection_row(rows)
            if row and prepare is not None and not prepare(connection_in(row)):
                return None
            memberships = membership_keys(rows, row.get("sockets", {}), every_room=True)
            self._table.delete_all([*memberships, *left_behind(rows)])
            if not row:
                if final:  # a DISCONNECT that the report of the close has overtaken
                    self._end_all_detached(address, rows)
                return None
            self._end_sockets(row, final=final)
            try:  # only if no socket was accepted meanwhile, whose memberships were not seen
                gone = self._erase(row, final=final)
            except ConditionFailed:
                continue
            return connection_in(gone) if gone else None
        return None

    def disconnect_detached(self, address: str, namespace: str) -> None:
        """End the recoverable socket that is detached from this connection. Two reads, and `forget`."""
        row = self._table.get(connection_key(address)) or {}
        socket = row.get("sockets", {}).get(namespace)
        if socket is not None:
            self._end_detached(address, socket["sid"])

    def carry(self, address: str) -> None:
        """Note that a polling session has moved to this WebSocket, which takes it out of the index. One write."""
        with suppress(ConditionFailed):
            self._table.update(
                connection_key(address),
                "SET #carries = :true REMOVE #bucket",
                condition="#expires > :now",
                values={":true": True, ":now": self._now_s()},
            )

    def seen(self, address: str, at_ms: int) -> bool:
        """Note a sign of life. One write, to an attribute that no index holds."""
        try:
            self._table.update(
                connection_key(address),
                "SET #seen = :seen",
                condition="#expires > :now AND #seen <= :seen",  # pongs, too, may be handled in any order
                values={":seen": at_ms, ":now": self._now_s()},
            )
        except ConditionFailed:
            return False
        return True

    def count_refusal(self, address: str) -> int:
        """Count a CONNECT that is refused. One write, to an attribute that no index holds."""
        try:
            row = self._table.update(
                connection_key(address),
                "SET #refused = if_not_exists(#refused, :none) + :one",
                condition="#expires > :now",
                values={":none": 0, ":one": 1, ":now": self._now_s()},
            )
        except ConditionFailed:
            return 0
        return int(row["refused"])

    def save_session(self, address: str, namespace: str, session: Session) -> None:
        """Replace a socket's session. One read, one write."""
        for _ in range(TRIES):
            sockets = self._sockets(address)
            if sockets is None or namespace not in sockets:
                break
            saved = {**sockets, namespace: {**sockets[namespace], "session": dict(session)}}
            if self._replace(address, sockets, saved):
                return
        raise DisconnectedError("The socket is gone")

    def everyone(self, namespace: str) -> Iterator[Member]:
        """Every accepted socket of a namespace. A query for each bucket of the index."""
        alive_ms = self._clock.now_ms() - CONNECTION_TTL_S * 1000
        for bucket in range(self._buckets):
            for row in self._table.query(f"DUE#{bucket}", above=alive_ms, index=DUE_INDEX):
                socket = row["sockets"].get(namespace)
                if socket is not None:
                    detached = row["sk"] != CONNECTION
                    yield Member(socket["sid"], address_in(row), namespace, row["form"], detached=detached)

    def due(self, bucket: int, opened_before_ms: int) -> list[str]:
        """Addresses of the accepted connections of a heartbeat bucket. A query of the index."""
        rows = self._table.query(f"DUE#{bucket}", below=opened_before_ms, index=DUE_INDEX)
        return [address_in(row) for row in rows if row["sk"] == CONNECTION]

    def find_all(self, addresses: Sequence[str]) -> list[Connection]:
        """Those of many connections that exist. One eventually consistent read for each."""
        return [connection_in(row) for row in self._table.get_all([connection_key(each) for each in addresses])]

    def unaccepted(self, opened_before_ms: int) -> Iterator[str]:
        """Addresses of connections without an accepted socket. A query of the index."""
        yield from map(address_in, self._table.query(UNACCEPTED, below=opened_before_ms, index=DUE_INDEX))

    def _connect(self, connection: Connection, namespace: str, socket: Item, rows: Sequence[Write]) -> None:
        """Add a socket to a connection, in one transaction with `rows`. Raises ConditionFailed."""
        sockets = self._sockets(connection.address) if connection.sockets else {}
        for _ in range(TRIES):
            if sockets is None or namespace in sockets:
                break
            try:
                self._table.transact([self._acceptance(connection, sockets, {**sockets, namespace: socket}), *rows])
            except TransactionRefused as refused:
                if any(refused.failures[1:]):
                    break
                sockets = self._sockets(connection.address)
            else:
                return
        raise ConditionFailed

    def _erase(self, row: Item, *, final: bool) -> Item | None:
        """Remove a connection's row. With sockets detached from it, it says for a while longer which they are."""
        stays = not final and any(is_recoverable(socket["sid"]) for socket in row["sockets"].values())
        key, condition, known = connection_key(address_in(row)), "#sockets = :sockets", {":sockets": row["sockets"]}
        if not stays:
            return self._table.delete(key, condition=condition, values=known)
        return self._table.update(
            key,
            "SET #ended = :true, #expires = :now REMOVE #bucket",  # expired: for all else it is not there
            condition=f"{condition} AND attribute_not_exists(#ended)",
            values={**known, ":true": True, ":now": self._now_s()},
        )

    def _end_all_detached(self, address: str, rows: Sequence[Item]) -> None:
        ended = [row for row in rows if row["sk"] == CONNECTION]
        for socket in (socket for row in ended for socket in row["sockets"].values()):
            self._end_detached(address, socket["sid"])

    def _end_detached(self, address: str, sid: str) -> None:
        state = self._recovery.state(sid) if is_recoverable(sid) else None
        if state is not None and state.phase == "detached" and state.address == address:
            self._recovery.forget_detached(sid)

    def _end_sockets(self, row: Item, *, final: bool) -> None:
        """Detach the recoverable sockets of a connection that ends, or end them with it."""
        address = address_in(row)
        for socket in row["sockets"].values():
            if is_recoverable(socket["sid"]) and not final:
                self._recovery.detach(address, socket, self._bucket(address, row["sockets"]))
            elif is_recoverable(socket["sid"]):
                self._recovery.forget(socket["sid"])

    def _row(self, address: str) -> Item | None:
        row = self._table.get(connection_key(address))
        return row if row is not None and self._lives(row) else None

    def _sockets(self, address: str) -> dict[str, Any] | None:
        """The sockets of a connection as stored: namespace → sid, session and the rooms it was accepted into."""
        row = self._row(address)
        return None if row is None else row["sockets"]

    def _acceptance(self, connection: Connection, known: dict[str, Any], sockets: dict[str, Any]) -> Write:
        return Update(
            connection_key(connection.address),
            "SET #sockets = :sockets, #bucket = :bucket",
            condition="#sockets = :known AND #expires > :now",  # false for a connection that has gone
            values={
                ":known": known,
                ":sockets": sockets,
                ":bucket": self._bucket(connection.address, sockets),
                ":now": self._now_s(),
            },
        )

    def _replace(
        self,
        address: str,
        known: dict[str, Any],
        sockets: dict[str, Any],
        overtaken: dict[str, int] | None = None,
    ) -> bool:
        """Write the sockets of a connection; False if they are not those that were known, or it has ended."""
        also: dict[str, Any] = {} if sockets else {":left": self._clock.now_ms()}
        if overtaken is not None:
            also[":overtaken"] = overtaken
        try:
            self._table.update(
                connection_key(address),
                "SET #sockets = :sockets, #bucket = :bucket" + "".join(f", #{name[1:]} = {name}" for name in also),
                condition="#sockets = :known AND attribute_not_exists(#ended)",
                values={":known": known, ":sockets": sockets, ":bucket": self._bucket(address, sockets), **also},
            )
        except ConditionFailed:
            return False
        return True

    def _bucket(self, address: str, sockets: dict[str, Any]) -> str:
        return f"DUE#{bucket_of(address, self._buckets)}" if sockets else UNACCEPTED


def _socket(sid: str, session: Session, rooms: Sequence[str], policy: RecoveryPolicy | None, at_ms: int) -> Item:
    """A socket as its connection's row has it; of a recoverable one, how long it may stay detached.

    `at_ms`: when its CONNECT was received.
    """
    window = {} if policy is None else {"window": policy.window_ms}
    return {"sid": sid, "session": session, "rooms": list(rooms), "at": at_ms, **window}
