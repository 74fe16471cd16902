"""A `ports.Store` over one table; `docs/data-model.md` lists every key with its cost.

::

    pk                  sk                 what
    CONN#{address}      CONN               the connection, its sockets and sessions; in index `due` by bucket and age
    CONN#{address}      ROOM#{ns}#{room}   a room that a socket of it entered or left (the way back)
    CONN#{address}      ACK#{id}           an acknowledgement that is awaited
    CONN#{address}      PART#{ms}#{id}     one frame of a binary event
    ROOM#{ns}#{room}    {sid}              a member, with all that sending to it needs; or where one left
    ONCE#{name}         ONCE               something that must happen once

Rows expire by TTL, which may be days late: reads look at ``expires`` themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..codec import jsontext
from ..codec.socketio import Packet, PacketType, deconstruct, reconstruct
from ..exceptions import ConditionFailed, DisconnectedError, TransactionRefused
from ..ports import CONNECTION_TTL_S, PART_TTL_S, Connection, Member, Part, Put, Update, bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..ports import Clock, Item, Key, Session, Table, Write

LEFT_TTL_S = 600  # how late a frame may be handled and still be told that its socket left since
DUE_INDEX = ("due", "bucket", "opened")
UNACCEPTED = "NEW"
TRIES = 5


class DynamoStore:
    """Connections, sockets and rooms in a DynamoDB table.

    `buckets`: the number of heartbeat buckets, one for each tick of a ping interval.
    """

    def __init__(self, table: Table, clock: Clock, *, buckets: int) -> None:
        self._table = table
        self._clock = clock
        self._buckets = buckets

    def open(self, connection: Connection) -> None:
        """Remember a new connection. One write."""
        self._table.put(
            {
                **_connection_key(connection.address),
                "form": connection.form,
                "opened": connection.opened_ms,
                "seen": connection.seen_ms,
                "environ": dict(connection.environ),
                "sockets": {},
                "bucket": UNACCEPTED,
                "expires": self._expires(CONNECTION_TTL_S),
            }
        )

    def find(self, address: str) -> Connection | None:
        """The connection, or None. One read."""
        item = self._row(address)
        return None if item is None else _connection(item)

    def accept(self, connection: Connection, namespace: str, sid: str, session: Session, rooms: Iterable[str]) -> None:
        """Connect a socket: one transaction; tried again when another namespace connects at the same time."""
        entered = list(dict.fromkeys(rooms))
        socket = {"sid": sid, "session": session, "rooms": entered}
        members = [Put(self._member_item(self._member(connection, namespace, sid), room, 0)) for room in entered]
        sockets = self._sockets(connection.address) if connection.sockets else {}
        for _ in range(TRIES):
            if sockets is None or namespace in sockets:
                break
            try:
                self._table.transact([self._acceptance(connection, sockets, {**sockets, namespace: socket}), *members])
            except TransactionRefused:
                sockets = self._sockets(connection.address)
            else:
                return
        raise ConditionFailed

    def release(self, connection: Connection, namespace: str) -> bool:
        """Disconnect one socket, its rooms with it. One query, a delete for each room, one write."""
        key = _connection_key(connection.address)
        for _ in range(TRIES):
            rows = list(self._table.query(key["pk"]))
            sockets = _connection_row(rows).get("sockets", {})
            if namespace not in sockets:
                return False
            self._table.delete_all(_membership_keys(rows, {namespace: sockets[namespace]}))
            left = {name: socket for name, socket in sockets.items() if name != namespace}
            bucket = self._bucket(connection.address) if left else UNACCEPTED
            try:
                self._table.update(
                    key,
                    "SET #sockets = :left, #bucket = :bucket",
                    condition="#sockets = :sockets",
                    values={":left": left, ":bucket": bucket, ":sockets": sockets},
                )
            except ConditionFailed:
                continue
            return True
        return False

    def end(self, address: str) -> Connection | None:
        """Forget a connection and its memberships. One query, a delete for each row."""
        key = _connection_key(address)
        for _ in range(TRIES):
            rows = list(self._table.query(key["pk"]))
            row = _connection_row(rows)
            self._table.delete_all(_membership_keys(rows, row.get("sockets", {}), every_room=True))
            if not row:
                return None
            try:  # only if no socket was accepted meanwhile, whose memberships were not seen
                gone = self._table.delete(key, condition="#sockets = :sockets", values={":sockets": row["sockets"]})
            except ConditionFailed:
                continue
            return _connection(gone) if gone else None
        return None

    def seen(self, address: str, now_ms: int) -> bool:
        """Note a sign of life. One write, to an attribute that no index holds."""
        try:
            self._table.update(
                _connection_key(address), "SET #seen = :now", condition="attribute_exists(pk)", values={":now": now_ms}
            )
        except ConditionFailed:
            return False
        return True

    def save_session(self, address: str, namespace: str, session: Session) -> None:
        """Replace a socket's session. One read, one write."""
        key = _connection_key(address)
        for _ in range(TRIES):
            sockets = self._sockets(address)
            if sockets is None or namespace not in sockets:
                break
            saved = {**sockets, namespace: {**sockets[namespace], "session": dict(session)}}
            try:
                self._table.update(
                    key,
                    "SET #sockets = :saved",
                    condition="#sockets = :sockets",
                    values={":saved": saved, ":sockets": sockets},
                )
            except ConditionFailed:
                continue
            return
        raise DisconnectedError("The socket is gone")

    def enter(self, member: Member, room: str, at: int) -> None:
        """Enter a room. Two writes, or three for one that is a member already."""
        self._mark(member, room, at, entered=True)
        item = self._member_item(member, room, at)
        try:
            self._table.put(
                item,
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
                    **_member_key(member.namespace, room, member.sid),
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

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room. One query."""
        rows = self._table.query(_room(namespace, room))
        return [_member(row, namespace) for row in rows if not row.get("gone") and row["expires"] > self._now_s()]

    def everyone(self, namespace: str) -> Iterator[Member]:
        """Every accepted socket of a namespace. A query for each bucket of the index."""
        alive_ms = self._clock.now_ms() - CONNECTION_TTL_S * 1000
        for bucket in range(self._buckets):
            for row in self._table.query(f"DUE#{bucket}", above=alive_ms, index=DUE_INDEX):
                socket = row["sockets"].get(namespace)
                if socket is not None:
                    yield Member(socket["sid"], _address(row), namespace, row["form"])

    def rooms(self, address: str, namespace: str) -> list[str]:
        """The rooms a socket is in. One query."""
        rows = list(self._table.query(f"CONN#{address}"))
        socket = _connection_row(rows).get("sockets", {}).get(namespace)
        if socket is None:
            return []
        prefix = _room(namespace, "")
        known = {
            row["sk"].removeprefix(prefix): row["entered"]
            for row in rows
            if row["sk"].startswith(prefix) and row["sid"] == socket["sid"]
        }
        return [room for room, entered in (dict.fromkeys(socket["rooms"], True) | known).items() if entered]

    def due(self, bucket: int, opened_before_ms: int) -> Iterator[Connection]:
        """The accepted connections of a heartbeat bucket. A query of the index, and one read for each."""
        keys = [
            {"pk": row["pk"], "sk": row["sk"]}
            for row in self._table.query(f"DUE#{bucket}", below=opened_before_ms, index=DUE_INDEX)
        ]
        yield from (connection for item in self._table.get_all(keys) if (connection := _connection(item)).sockets)

    def unaccepted(self, opened_before_ms: int) -> Iterator[str]:
        """Addresses of connections without an accepted socket. A query of the index."""
        yield from map(_address, self._table.query(UNACCEPTED, below=opened_before_ms, index=DUE_INDEX))

    def once(self, name: str, ttl_s: int) -> bool:
        """True to exactly one caller for each name while it is remembered. One write."""
        try:
            self._table.put(
                {"pk": f"ONCE#{name}", "sk": "ONCE", "expires": self._expires(ttl_s)},
                condition="attribute_not_exists(pk) OR #expires <= :now",
                values={":now": self._now_s()},
            )
        except ConditionFailed:
            return False
        return True

    def happened(self, name: str) -> bool:
        """Whether `once` was answered with True for this name, and it is remembered. One read."""
        item = self._table.get({"pk": f"ONCE#{name}", "sk": "ONCE"})
        return item is not None and item["expires"] > self._now_s()

    def expect_ack(self, address: str, ack_id: int, callback: str | None, ttl_s: int) -> None:
        """Remember that an acknowledgement is awaited. One write."""
        self._table.put({**_ack_key(address, ack_id), "callback": callback, "expires": self._expires(ttl_s)})

    def settle_ack(self, address: str, ack_id: int, args: list[Any]) -> str | None:
        """Take an acknowledgement that came. One write."""
        try:
            item = self._table.update(
                _ack_key(address, ack_id),
                "SET #args = :args",
                condition="#expires > :now AND attribute_not_exists(#args)",  # false for an ack nobody awaits
                values={":args": _pack(args), ":now": self._now_s()},
            )
        except ConditionFailed:
            return None
        return item.get("callback")

    def take_ack(self, address: str, ack_id: int) -> list[Any] | None:
        """The arguments that `call` waits for, or None yet. One read."""
        item = self._table.get(_ack_key(address, ack_id))
        if item is None or "args" not in item or item["expires"] <= self._now_s():
            return None
        return _unpack(item["args"])

    def add_part(self, address: str, part: Part) -> list[Part]:
        """Keep one frame of a binary event. One write, one query."""
        self._table.put({**_part_key(address, part), "text": part.text, "expires": self._expires(PART_TTL_S)})
        return self.parts(address)

    def parts(self, address: str) -> list[Part]:
        """The frames of binary events that are kept, by time. One query."""
        rows = self._table.query(f"CONN#{address}", begins_with="PART#")
        return [_part(row) for row in rows if row["expires"] > self._now_s()]

    def take_parts(self, address: str, parts: Sequence[Part]) -> bool:
        """Remove parts; True to the one caller that removed the first. One write for each."""
        if self._table.delete(_part_key(address, parts[0])) is None:
            return False
        self._table.delete_all([_part_key(address, part) for part in parts[1:]])
        return True

    def _row(self, address: str) -> Item | None:
        item = self._table.get(_connection_key(address))
        return item if item is not None and item["expires"] > self._now_s() else None

    def _sockets(self, address: str) -> dict[str, Any] | None:
        """The sockets of a connection as stored: namespace → sid, session and the rooms it was accepted into."""
        row = self._row(address)
        return None if row is None else row["sockets"]

    def _acceptance(self, connection: Connection, known: dict[str, Any], sockets: dict[str, Any]) -> Write:
        return Update(
            _connection_key(connection.address),
            "SET #sockets = :sockets, #bucket = :bucket",
            condition="#sockets = :known",  # false for a connection that has gone
            values={
                ":known": known,
                ":sockets": sockets,
                ":bucket": self._bucket(connection.address),
            },
        )

    def _mark(self, member: Member, room: str, at: int, *, entered: bool) -> None:
        """The way back from a connection to its rooms, written before a membership and after its end."""
        key = {"pk": f"CONN#{member.address}", "sk": _room(member.namespace, room)}
        row = {**key, "sid": member.sid, "entered": entered, "at": at, "expires": self._expires(CONNECTION_TTL_S)}
        try:
            self._table.put(row, condition="attribute_not_exists(pk) OR #at <= :at", values={":at": at})
        except ConditionFailed:
            return

    def _renew(self, member: Member, room: str, at: int) -> None:
        """A member that enters again stays as it was, but an older frame cannot take it out any more."""
        try:
            self._table.update(
                _member_key(member.namespace, room, member.sid),
                "SET #at = :at",
                condition="attribute_not_exists(#gone) AND #at <= :at",
                values={":at": at},
            )
        except ConditionFailed:
            return

    def _member_item(self, member: Member, room: str, at: int) -> Item:
        return {
            **_member_key(member.namespace, room, member.sid),
            "address": member.address,
            "form": member.form,
            "entered": at,
            "at": at,
            "note": member.note,
            "expires": self._expires(CONNECTION_TTL_S),
        }

    @staticmethod
    def _member(connection: Connection, namespace: str, sid: str) -> Member:
        return Member(sid, connection.address, namespace, connection.form)

    def _bucket(self, address: str) -> str:
        return f"DUE#{bucket_of(address, self._buckets)}"

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000

    def _expires(self, ttl_s: int) -> int:
        return self._now_s() + ttl_s


def _connection_key(address: str) -> Key:
    return {"pk": f"CONN#{address}", "sk": "CONN"}


def _room(namespace: str, room: str) -> str:
    """A room's name in keys. A namespace, which a client chooses, holds no comma: so none can pass for another room."""
    return f"ROOM#{namespace.replace('#', ',')}#{room}"


def _member_key(namespace: str, room: str, sid: str) -> Key:
    return {"pk": _room(namespace, room), "sk": sid}


def _ack_key(address: str, ack_id: int) -> Key:
    return {"pk": f"CONN#{address}", "sk": f"ACK#{ack_id}"}


def _part_key(address: str, part: Part) -> Key:
    return {"pk": f"CONN#{address}", "sk": f"PART#{part.received_ms:014d}#{part.id}"}


def _membership_keys(rows: Sequence[Item], sockets: dict[str, Any], *, every_room: bool = False) -> list[Key]:
    """Keys of these sockets' memberships and of the rows that lead there; or of `every_room` that a row leads to."""
    keys = [
        _member_key(namespace, room, socket["sid"]) for namespace, socket in sockets.items() for room in socket["rooms"]
    ]
    prefixes = ("ROOM#",) if every_room else tuple(_room(namespace, "") for namespace in sockets)
    for row in rows:
        if row["sk"].startswith(prefixes):
            keys += [{"pk": row["pk"], "sk": row["sk"]}, {"pk": row["sk"], "sk": row["sid"]}]
    return [{"pk": pk, "sk": sk} for pk, sk in dict.fromkeys((key["pk"], key["sk"]) for key in keys)]


def _connection_row(rows: Sequence[Item]) -> Item:
    return next((row for row in rows if row["sk"] == "CONN"), {})


def _address(row: Item) -> str:
    return str(row["pk"]).removeprefix("CONN#")


def _connection(item: Item) -> Connection:
    return Connection(
        address=_address(item),
        form=item["form"],
        opened_ms=item["opened"],
        seen_ms=item["seen"],
        environ=item["environ"],
        sockets={namespace: socket["sid"] for namespace, socket in item["sockets"].items()},
        sessions={namespace: socket["session"] for namespace, socket in item["sockets"].items()},
    )


def _member(row: Item, namespace: str) -> Member:
    return Member(row["sk"], row["address"], namespace, row["form"], row["entered"], row.get("note"))


def _part(row: Item) -> Part:
    _, received_ms, request_id = row["sk"].split("#", 2)
    return Part(int(received_ms), request_id, row["text"])


def _pack(args: list[Any]) -> Item:
    """A client's arguments as JSON: DynamoDB's own lists hold neither such depth nor such numbers."""
    data, attachments = deconstruct(args)
    return {"json": jsontext.dumps(data), "attachments": attachments}


def _unpack(packed: Item) -> list[Any]:
    attachments = packed["attachments"]
    packet = Packet(PacketType.BINARY_ACK, data=jsontext.loads(packed["json"]), attachments=len(attachments))
    args: list[Any] = reconstruct(packet, attachments).data
    return args
