"""Keys and rows of a `DynamoStore`, and the records they stand for.

::

    pk                  sk                 what
    CONN#{address}      CONN               the connection, its sockets and sessions; in index `due` by bucket and age
    CONN#{address}      ROOM#{ns}#{room}   a room that a socket of it entered or left (the way back)
    CONN#{address}      ACK#{id}           an acknowledgement that is awaited
    CONN#{address}      PARTS              the frames of binary packets that wait for others: all but their texts
    CONN#{address}      PART#{id}          the text of one
    CONN#{address}      POLL               a polling session and its outbox; in index `slots` while it polls
    CONN#{address}      OUT#{id}           a frame that is too large for the outbox
    CONN#poll:          HELD               the GETs that are held long
    ROOM#{ns}#{room}    {sid}              a member, with all that sending to it needs; or where one left
    ONCE#{name}         ONCE               a claim, which one caller gets
    LAST#{sid}          LAST               a recoverable socket's state; in index `due` while it is detached
    LAST#{sid}          ROOM#{ns}#{room}   a room that it entered or left (the way back)
    LAST#{sid}          LOG#{seq}          an event of its log

Rows expire by TTL, which may be days late: reads look at ``expires`` themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...address import POLL
from ...codec import jsontext
from ...codec.socketio import Packet, PacketType, deconstruct, reconstruct
from ...model import Connection, Member, Part
from ...polling.session import PollingSession, StoredFrame
from ...recovery.state import RecoveryEntry, RecoveryPolicy, RecoveryState
from ...sid import is_recoverable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...ports import Clock
    from ...recovery.state import Phase
    from ..ports import Item, Key, Table


CONNECTION = "CONN"  # the sort key of a connection's own row
# As the table has spelled the phases since 0.1.0: two versions may run side by side.
SPELLED: Mapping[Phase, str] = {"live": "live", "replay": "replay", "detached": "away"}
PHASES: Mapping[str, Phase] = {spelled: phase for phase, spelled in SPELLED.items()}


class TableStore:
    """What the parts of a store share: its table, and the time by which rows expire."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000

    def _expires(self, ttl_s: int) -> int:
        return self._now_s() + ttl_s

    def _lives(self, row: Mapping[str, Any]) -> bool:
        return bool(row["expires"] > self._now_s())


def connection_key(address: str) -> Key:
    """The key of a connection."""
    return {"pk": connection_pk(address), "sk": CONNECTION}


def connection_pk(address: str) -> str:
    """The partition of a connection and of all that belongs to it."""
    return f"CONN#{address}"


def recovery_key(sid: str) -> Key:
    """The key of a recoverable socket's state."""
    return {"pk": recovery_pk(sid), "sk": "LAST"}


def recovery_pk(sid: str) -> str:
    """The partition of a recoverable socket and of all that outlives its connection."""
    return f"LAST#{sid}"


def log_key(sid: str, seq: int) -> Key:
    """The key of a log entry; in the order of numbers."""
    return {"pk": recovery_pk(sid), "sk": f"LOG#{seq:015d}"}


def home_pk(sid: str, address: str) -> str:
    """The partition with the ways back from a socket to its rooms."""
    return recovery_pk(sid) if is_recoverable(sid) else connection_pk(address)


def room_pk(namespace: str, room: str) -> str:
    """A room's name in keys. A namespace, which a client chooses, holds no comma: so none can pass for another room."""
    return f"ROOM#{namespace.replace('#', ',')}#{room}"


def member_key(namespace: str, room: str, sid: str) -> Key:
    """The key of a membership."""
    return {"pk": room_pk(namespace, room), "sk": sid}


def ack_key(address: str, ack_id: int) -> Key:
    """The key of an awaited acknowledgement."""
    return {"pk": connection_pk(address), "sk": f"ACK#{ack_id}"}


def parts_key(address: str) -> Key:
    """The key of the list of frames of binary packets."""
    return {"pk": connection_pk(address), "sk": "PARTS"}


def part_key(address: str, part_id: str) -> Key:
    """The key of one frame of a binary packet."""
    return {"pk": connection_pk(address), "sk": f"PART#{part_id}"}


def claim_key(name: str) -> Key:
    """The key of a claim."""
    return {"pk": f"ONCE#{name}", "sk": "ONCE"}


def membership_keys(rows: Sequence[Item], sockets: dict[str, Any], *, every_room: bool = False) -> list[Key]:
    """Keys of these sockets' memberships and of the rows that lead there; or of `every_room` that a row leads to."""
    keys = [
        member_key(namespace, room, socket["sid"])
        for namespace, socket in sockets.items()
        if not is_recoverable(socket["sid"])
        for room in socket["rooms"]
    ]
    prefixes = ("ROOM#",) if every_room else tuple(room_pk(namespace, "") for namespace in sockets)
    for row in rows:
        if row["sk"].startswith(prefixes):
            keys += [{"pk": row["pk"], "sk": row["sk"]}, {"pk": row["sk"], "sk": row["sid"]}]
    return distinct(keys)


def distinct(keys: Sequence[Key]) -> list[Key]:
    """The keys, each once: DynamoDB refuses a batch that names one twice."""
    return [{"pk": pk, "sk": sk} for pk, sk in dict.fromkeys((key["pk"], key["sk"]) for key in keys)]


def connection_row(rows: Sequence[Item]) -> Item:
    """The connection's own among the rows of its partition; empty if there is none, or it has ended."""
    return next((row for row in rows if row["sk"] == CONNECTION and not row.get("ended")), {})


def address_in(row: Item) -> str:
    """The address that a row belongs to."""
    return str(row["pk"]).removeprefix("CONN#")


def connection_in(row: Item) -> Connection:
    """The connection that a row stands for."""
    return Connection(
        address=address_in(row),
        form=row["form"],
        opened_ms=row["opened"],
        seen_ms=row["seen"],
        environ=row["environ"],
        sockets={namespace: socket["sid"] for namespace, socket in row["sockets"].items()},
        sessions={namespace: socket["session"] for namespace, socket in row["sockets"].items()},
        recovery=row.get("recovery", False),
        left_ms=row.get("left", 0),
        overtaken=row.get("overtaken", {}),
        session=row.get("session", ""),
        carries=row.get("carries", False),
        accepted_ms={name: socket["at"] for name, socket in row["sockets"].items() if "at" in socket},
    )


def polling_key(address: str) -> Key:
    """The key of a polling session."""
    return {"pk": connection_pk(address), "sk": "POLL"}


def outbox_key(address: str, frame_id: str) -> Key:
    """The key of a large frame of its outbox."""
    return {"pk": connection_pk(address), "sk": f"OUT#{frame_id}"}


def held_key() -> Key:
    """The key of what says which GETs are held long. Beside the sessions, which are all that a GET may touch."""
    return {"pk": connection_pk(POLL), "sk": "HELD"}


def polling_session_in(row: Item) -> PollingSession:
    """The polling session that a row stands for."""
    return PollingSession(
        address=address_in(row),
        digest=row["digest"],
        opened_ms=row["opened"],
        idle_ms=row["idle"],
        phase=row["phase"],
        outbox=tuple(each if isinstance(each, str) else StoredFrame(each["id"], each["size"]) for each in row["out"]),
        seq=row["seq"],
        get=row["get"],
        held_ms=row["held"],
        probe=row["probe"],
        probed_ms=row["probed"],
        connection=row["to"],
        moved_ms=row["moved"],
        posted_ms=row["posted"],
    )


def recovery_state_in(row: Item) -> RecoveryState:
    """The recovery state that a row holds."""
    return RecoveryState(
        sid=row["pk"].removeprefix("LAST#"),
        namespace=row["namespace"],
        policy=RecoveryPolicy(row["pid"], row.get("identity"), row["window"], row["most"]),
        address=row["address"],
        opened_ms=row["opened"],
        phase=PHASES[row["state"]],
        epoch=row["epoch"],
        moved_ms=row["moved"],
        seq=row["seq"],
        left_at=row["left"],
        rooms=tuple(row["rooms"]),
        session=row["session"],
        streams=row["runs"],
    )


def entry_in(row: Item) -> RecoveryEntry:
    """The entry of a log that a row holds."""
    return RecoveryEntry(int(row["sk"].removeprefix("LOG#")), row["at"], tuple(row["frames"]), row.get("closes"))


def member_in(row: Item, namespace: str) -> Member:
    """The member that a row stands for."""
    return Member(
        row["sk"],
        row["address"],
        namespace,
        row["form"],
        row["entered"],
        row.get("note"),
        detached=row.get("away", False),
        latest=row.get("at", 0),
        left_ms=row.get("left", 0),
    )


def part_in(row: Item) -> Part:
    """The part that an entry stands for."""
    return Part(row["received"], row["id"], row["attachments"], row["size"], row["kept"])


def part_row(part: Part, until_ms: int) -> Item:
    """The entry for a part."""
    return {
        "received": part.received_ms,
        "id": part.id,
        "attachments": part.attachments,
        "size": part.size,
        "kept": part.is_kept,
        "until": until_ms,
    }


def left_behind(rows: Sequence[Item]) -> list[Key]:
    """Keys of what waits in a connection's partition for frames that will not come any more."""
    return [{"pk": row["pk"], "sk": row["sk"]} for row in rows if row["sk"].startswith(("PART", "ACK#"))]


def pack(args: list[Any]) -> Item:
    """A client's arguments as JSON: DynamoDB's own lists hold neither such depth nor such numbers."""
    data, attachments = deconstruct(args)
    return {"json": jsontext.dumps(data), "attachments": attachments}


def unpack(packed: Item) -> list[Any]:
    """What `pack` packed."""
    attachments = packed["attachments"]
    packet = Packet(PacketType.BINARY_ACK, data=jsontext.loads(packed["json"]), attachments=len(attachments))
    args: list[Any] = reconstruct(packet, attachments).data
    return args
