"""What the server needs from outside: a store, a transport, a clock and ids; and a table for those who write stores.

Adaptors implement these protocols, tests do it in dicts (`adaptors.memory`). Times are integer milliseconds since the
epoch, UTC, unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .lasting import Kept, Standing, Terms


Form: TypeAlias = Literal["socketio", "native"]
Session: TypeAlias = "dict[str, Any]"

CONNECTION_TTL_S = 3 * 3600  # how long a store keeps a connection at most: API Gateway ends it after 2 hours
PART_TTL_S = 10  # how long the frames of a binary event wait for each other
SID_RANDOM_CHARS = 22  # base64url of 16 random bytes: 128 bits, so that a sid cannot be guessed
LASTING = "~"  # between the random bits of a lasting sid and its address, which never begins so; see `lasting`


@dataclass(frozen=True, slots=True)
class Member:
    """A socket in a room, with all that sending to it needs."""

    sid: str
    address: str  # the transport's: an API Gateway connection id
    namespace: str = "/"
    form: Form = "socketio"
    entered: int = 0  # `place` of the frame that began this membership: leaving and entering again renews it
    note: str | None = None  # the application's own word about the membership: as it began, or as annotated since
    away: bool = False  # a lasting socket without a connection: what is sent to it is kept for a while
    latest: int = field(default=0, compare=False)  # `place` of the last frame that entered or annotated
    left_ms: int = field(default=0, compare=False)  # since when it is away


@dataclass(frozen=True, slots=True)
class Connection:
    """One WebSocket connection and the sockets (one a namespace) that were accepted on it."""

    address: str
    form: Form
    opened_ms: int
    seen_ms: int
    environ: Mapping[str, Any] = field(default_factory=dict)  # what the application keeps of the handshake
    sockets: Mapping[str, str] = field(default_factory=dict)  # namespace → sid
    sessions: Mapping[str, Session] = field(default_factory=dict)  # namespace → the application's session
    recovery: bool = False  # its client asked for sockets that may outlive it
    left_ms: int = 0  # when it left its last namespace, if it ever did
    overtaken: Mapping[str, int] = field(default_factory=dict)  # namespace → when a CONNECT that overtook was received

    def is_unaccepted_since(self, time_ms: int) -> bool:
        """Whether it had no socket at that time, nor has one since."""
        return not self.sockets and max(self.opened_ms, self.left_ms) < time_ms

    def member(self, namespace: str = "/") -> Member | None:
        """The socket in `namespace` as something to send to; None where it is not connected."""
        sid = self.sockets.get(namespace)
        return None if sid is None else Member(sid, self.address, namespace, self.form)


@dataclass(frozen=True, slots=True)
class Part:
    """One frame of a binary packet that arrived, but for its text; see `assembly`.

    The parts may arrive in any order and in different invocations.
    """

    received_ms: int
    id: str  # unique: the request's
    attachments: int = 0  # how many this head announces; 0: it is an attachment
    size: int = 0  # of its frame, in bytes
    is_kept: bool = True  # False: there was no room for the frame, which holds its place all the same


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts of one binary packet, its head first, and by their ids the frames of those that were kept."""

    parts: tuple[Part, ...]
    is_tied: bool = False  # what came in the same millisecond cannot be put in order
    frames: Mapping[str, str] = field(default_factory=dict)


class Delivery(Enum):
    """What became of a frame handed to the transport."""

    SENT = "sent"
    GONE = "gone"  # the connection does not exist any more (API Gateway: 410 GoneException)
    REFUSED = "refused"  # nothing arrived, for all retries: throttled, or the endpoint out of reach; may be sent later
    FAILED = "failed"  # not known to have arrived, after the retries that are safe
    KEPT = "kept"  # kept for a lasting socket that is away
    MOVED = "moved"  # a lasting socket came or went since it was looked at: nothing was sent


@dataclass(frozen=True, slots=True)
class Batch:
    """The same frames for many addresses: what one invocation posts of an event to a large room."""

    id: str
    frames: tuple[str, ...]
    addresses: tuple[str, ...]
    attempt: int = 1  # counted up each time that some of it is left for later


def place(received_ms: int, ack_id: int | None = None) -> int:
    """The place of a frame among the frames of its connection, as a number that sorts.

    Frames of one connection may be handled side by side: a write that depends on their order is conditional on it. Time
    comes first (API Gateway's ``requestTimeEpoch``), then the ack id, which clients count up.
    """
    return received_ms * 10**16 + (ack_id or 0)  # ack ids go up to 2^53 - 1 < 10^16; DynamoDB numbers keep 38 digits


def time_of(at: int) -> int:
    """When the frame of a `place` was received, in milliseconds."""
    return at // 10**16


def address_of(sid: str) -> str:
    """The address a sid was born on: a sid is 128 random bits followed by that, so it is found without an index."""
    return sid[SID_RANDOM_CHARS:].removeprefix(LASTING)


def sid_of(pid: str) -> str:
    """The sid that a pid ends in, after 128 random bits of its own."""
    return pid[SID_RANDOM_CHARS:]


def is_lasting(sid: str) -> bool:
    """Whether a socket may outlive its connection."""
    return sid[SID_RANDOM_CHARS : SID_RANDOM_CHARS + 1] == LASTING


def bucket_of(address: str, buckets: int) -> int:
    """The heartbeat bucket of a connection, for as long as it lives.

    One bucket is pinged at each tick of an interval.
    """
    return crc32(address.encode()) % buckets


class Clock(Protocol):
    """Time, so that tests can turn it."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait; does nothing for a negative number."""


class Ids(Protocol):
    """Where random names come from."""

    def sid(self, address: str) -> str:
        """A new, secret session id for a socket born on `address`."""

    def pid(self, sid: str) -> str:
        """A new secret by which the client of a lasting socket proves that it is the same."""

    def ack_id(self) -> int:
        """A number for an event that wants an acknowledgement; below 2^31, which C++ and Java clients can hold."""


class Transport(Protocol):
    """Posts frames to connections."""

    def post(self, address: str, frame: str) -> Delivery:
        """Post one frame. Throttles are retried; what may have arrived is not sent again."""

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[Delivery]:
        """Post to many, each address's frames in order; outcomes in the order given.

        `repeatable`: the receiver can drop a repeat, so a frame that may have arrived is sent again.
        """

    def close(self, address: str) -> None:
        """Close a connection; no error where it is gone."""


class Relay(Protocol):
    """Carries batches to other invocations, each at least once and in any order: a queue."""

    def send(self, batches: Iterable[Batch]) -> None:
        """Hand batches on. Raises if any was not taken."""

    def again(self, batch: Batch) -> None:
        """Hand a batch on that was refused, to arrive after a pause that grows with its attempts."""

    def bury(self, batch: Batch) -> None:
        """Put a batch that nobody could post where an operator finds it."""


class Store(Protocol):
    """Connections, sockets and rooms. Every method says its cost; all reads are strongly consistent unless said.

    What has outlived its time is not there any more, whether or not it was removed; only `due`, `find_all` and
    `unaccepted`, which clean up, may still show it.
    """

    def open(self, connection: Connection) -> None:
        """Remember a new connection, not accepted yet. One write."""

    def find(self, address: str) -> Connection | None:
        """The connection, or None. One read."""

    def accept(
        self,
        connection: Connection,
        namespace: str,
        sid: str,
        session: Session,
        rooms: Iterable[str],
        terms: Terms | None = None,
    ) -> None:
        """Connect a socket, in `rooms` from the start; `terms` of a lasting one.

        One transaction. ConditionFailed if gone or connected already.
        """

    def release(self, connection: Connection, namespace: str, *, overtaken_ms: int | None = None) -> bool:
        """Disconnect one socket for good, its rooms with it; False if somebody else did.

        `overtaken_ms`: when the CONNECT was received that says so, before its DISCONNECT has; it is remembered.
        One read and a write for each room. A connection without any socket left counts as unaccepted from now on.
        """

    def end(
        self, address: str, prepare: Callable[[Connection], bool] | None = None, *, final: bool = False
    ) -> Connection | None:
        """Forget a connection and its memberships; returns it to the one caller that ended it, else None.

        Its lasting sockets are away then, and their memberships with them; `final`: they end with it. `prepare` is
        asked first, while all of it is still there, perhaps again: if it says no, nothing is forgotten.
        """

    def seen(self, address: str, now_ms: int) -> bool:
        """Note a sign of life; False if the connection is gone. One write, no index."""

    def count_refusal(self, address: str) -> int:
        """Count a CONNECT that is refused; how many there are, 0 if the connection is gone. One write, no index."""

    def save_session(self, address: str, namespace: str, session: Session) -> None:
        """Replace a socket's session. One write; DisconnectedError if gone."""

    def enter(self, member: Member, room: str, at: int) -> None:
        """Enter a room at `place` `at`: no effect if a later frame left it; a member stays as it was. Two writes."""

    def leave(self, member: Member, room: str, at: int) -> None:
        """Leave a room at `place` `at`: no effect if a later frame entered it. Two writes."""

    def annotate(self, member: Member, room: str, note: str, at: int) -> Member | None:
        """Rewrite the note of a membership at `place` `at`: no effect if a later frame wrote it.

        Returns the member as it is then, or None if it is not in the room. One write.
        """

    def membership(self, member: Member, room: str) -> Member | None:
        """The member as it is in a room, with its note; None if it is not there. One read."""

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room. One query."""

    def everyone(self, namespace: str) -> Iterator[Member]:
        """Every accepted socket of a namespace, by index (eventually consistent): a query for each bucket."""

    def rooms(self, address: str, namespace: str) -> list[str]:
        """The rooms a socket is in. One query."""

    def due(self, bucket: int, opened_before_ms: int) -> list[str]:
        """Addresses of a heartbeat bucket's accepted connections that opened before a time, by index. One query."""

    def find_all(self, addresses: Sequence[str]) -> list[Connection]:
        """Those of many connections that exist, in any order. One read each, eventually consistent, 100 in a call."""

    def unaccepted(self, opened_before_ms: int) -> Iterator[str]:
        """Addresses of connections without an accepted socket that opened before a time, by index.

        Some may have left their last namespace only since.
        """

    def once(self, name: str, ttl_s: int) -> bool:
        """True to exactly one caller for each `name` while it is remembered. One write."""

    def happened(self, name: str) -> bool:
        """Whether `once` was answered with True for this name, and it is remembered. One read."""

    def expect_ack(self, address: str, ack_id: int, callback: str | None, ttl_s: int) -> None:
        """Remember that an acknowledgement is awaited: by the handler named, or by ``call``. One write."""

    def settle_ack(self, address: str, ack_id: int, args: list[Any]) -> str | None:
        """Take an acknowledgement that came.

        The name of its handler, or ``""`` if ``call`` waits, to one caller; None if nobody does. One write.
        """

    def take_ack(self, address: str, ack_id: int) -> list[Any] | None:
        """The arguments that ``call`` waits for, or None yet. One read."""

    def collect(self, address: str, part: Part, frame: str) -> tuple[bool, list[Assembled]]:
        """Keep one frame of a binary packet, within the bounds of `assembly`, until the others are there.

        Returns whether there was room for it, and what is whole with it, to the one caller that may use that. A read
        and two writes; for a packet that is whole a query, and a write for each part. What is kept goes with its
        connection.
        """

    def standing(self, sid: str) -> Standing | None:
        """How a lasting socket stands; None once it has ended. One read."""

    def number(self, sid: str, *, seen: Standing | None = None, closes: str | None = None) -> Standing:
        """Hand out the next number of a lasting socket, with where it is at that moment. One write.

        `closes`: a run that ends. Raises DisconnectedError once it has ended; ConditionFailed if it came or went since
        `seen`.
        """

    def keep(self, sid: str, seq: int, frames: Sequence[str], closes: str | None = None) -> None:
        """Keep the event of a number. One write."""

    def kept(self, sid: str, above: int) -> list[Kept]:
        """What is kept of the numbers above one, in order. One query."""

    def follow(self, sid: str, run: str, index: int, *, seen: Standing | None = None) -> Standing | None:
        """Say that a run goes on from `index`. One write; None if the socket ended, or came or went since `seen`.

        Without `seen` the run begins there, and nothing changes if it was begun before.
        """

    def resume(
        self, standing: Standing, connection: Connection, session: Session, *, runs: Mapping[str, int]
    ) -> Standing:
        """Move a lasting socket to a new connection, to be replayed to; its `runs` go on from there.

        One transaction, a query, a write for each room. ConditionFailed if the socket came or went since `standing`, or
        a run began, or the connection is gone or connected already. What is returned knows no number that was handed
        out since `standing`, so that `settle` notices.
        """

    def settle(self, standing: Standing) -> bool:
        """Go live after a replay; False if there is more to replay by now, or it moved. One write."""

    def dismiss(self, address: str, namespace: str) -> None:
        """End the lasting socket that is away from this connection, whose client said goodbye. Two reads, and `forget`.

        Frames and the report of a close overtake each other: the goodbye may be handled after the end.
        """

    def forget(self, sid: str) -> None:
        """End a lasting socket, its memberships with it. One query, a write for each room."""

    def forget_away(self, sid: str) -> bool:
        """`forget` a lasting socket unless it came back; False if it did. One write more."""


Item: TypeAlias = "dict[str, Any]"
Key: TypeAlias = "dict[str, str]"


@dataclass(frozen=True, slots=True)
class Put:
    """Store a whole item, in a transaction."""

    item: Item
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update:
    """Change attributes of an item, in a transaction."""

    key: Key
    expression: str
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item, in a transaction."""

    key: Key
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


Write: TypeAlias = Put | Update | Delete


class Table(Protocol):
    """A DynamoDB table with keys ``pk`` and ``sk``, in plain Python values (str, int, float, bool, None, list, dict).

    Expressions are DynamoDB's own; a name written ``#name`` stands for the attribute `name`, so reserved words need no
    care. A condition that is not met raises `ConditionFailed`, with the item as it is; whatever else goes wrong raises
    `StoreError`.
    """

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """One item. 0.5 read units for each 4 KB, twice that if consistent."""

    def get_all(self, keys: Sequence[Key], *, consistent: bool = False) -> list[Item]:
        """Those items that exist, in any order. Each costs as much as by `get`."""

    def put(self, item: Item, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> None:
        """Store a whole item."""

    def update(
        self, key: Key, expression: str, *, condition: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Item:
        """Change attributes; returns the whole item as it is then."""

    def delete(self, key: Key, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> Item | None:
        """Remove an item; returns what it was."""

    def delete_all(self, keys: Sequence[Key]) -> None:
        """Remove many items, without conditions."""

    def query(
        self,
        pk: str,
        *,
        begins_with: str | None = None,
        below: Any = None,
        above: Any = None,
        index: tuple[str, str, str] | None = None,
        forward: bool = True,
        limit: int | None = None,
    ) -> Iterator[Item]:
        """Items of one partition in the order of the sort key, strictly between `above` and `below`.

        Or those whose sort key `begins_with` a text; ValueError for both. Consistent, unless by `index` (its name, its
        partition key, its sort key).
        """

    def transact(self, writes: Sequence[Write]) -> None:
        """All or nothing; `TransactionRefused` when a condition is not met. Contention is retried."""
