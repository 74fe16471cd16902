"""What the server needs from outside: a store, a transport, a clock and ids.

`aws` implements these protocols, and `memory` in dicts, for tests. Times are integer milliseconds since the epoch, UTC,
unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .model import LARGE_ROOM, MAX_MESSAGE_OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .model import Assembled, Batch, Connection, Member, Part, PostResult, Session
    from .polling.session import PollingSession
    from .recovery.state import RecoveryEntry, RecoveryPolicy, RecoveryState


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

    def secret(self) -> str:
        """What cannot be guessed: 128 random bits, in `sid.SID_RANDOM_CHARS` characters of base64url."""

    def ack_id(self) -> int:
        """A number for an event that wants an acknowledgement; below 2^31, which C++ and Java clients can hold."""


class Transport(Protocol):
    """Posts frames to connections."""

    def post(self, address: str, frame: str) -> PostResult:
        """Post one frame. Throttles are retried; what may have arrived is not sent again."""

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Post to many, each address's frames in order; outcomes in the order given.

        `repeatable`: the receiver can drop a repeat, so a frame that may have arrived is sent again.
        """

    def close(self, address: str) -> None:
        """Close a connection; no error where it is gone."""


class Meter(Protocol):
    """Takes what is counted and timed, for an operator. Few names and few values: each pair is paid for by the hour."""

    def put(
        self,
        counts: Mapping[str, float],
        *,
        by: Mapping[str, str] = ...,
        times_ms: Mapping[str, float | Sequence[float]] = ...,
        about: Mapping[str, object] = ...,
    ) -> None:
        """Take counts, told apart by one dimension at most, and times in milliseconds, which are not.

        `about`: what a log may be asked for, and no metric is told apart by. Never fails.
        """

    def add(
        self,
        counts: Mapping[str, float],
        *,
        by: Mapping[str, str] = ...,
        times_ms: Mapping[str, float] = ...,
        name: str | None = ...,
    ) -> None:
        """Take what frames bring all the time and is of interest as a sum: told late, and lost if the process ends.

        `name`: of one of few kinds, for a log. Not for threads.
        """

    def settle(self) -> None:
        """Called for every frame, so that what was added is told within seconds where there are any."""


class Relay(Protocol):
    """Carries work to invocations of the server, each at least once and in any order: a queue."""

    def send(self, batches: Iterable[Batch]) -> None:
        """Hand batches on. Raises if any was not taken."""

    def again(self, batch: Batch) -> None:
        """Hand a batch on that was refused, to arrive after a pause that grows with its attempts."""

    def bury(self, batch: Batch) -> None:
        """Put a batch that could not be posted where an operator finds it."""

    def disconnect(self, sid: str, namespace: str) -> None:
        """Have a socket disconnected where its handlers are. Raises if that was not taken."""


class ConnectionStore(Protocol):
    """Connections and their sockets."""

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
        policy: RecoveryPolicy | None = None,
    ) -> None:
        """Connect a socket, in `rooms` from the start; `policy` of a recoverable one.

        When its CONNECT was received is remembered with it: `connection.accepted_ms`; so in `resume`.
        One transaction. ConditionFailed if gone or connected already.
        """

    def resume(
        self, state: RecoveryState, connection: Connection, session: Session, *, streams: Mapping[str, int]
    ) -> RecoveryState:
        """Move a recoverable socket to a new connection, to be replayed to; its `streams` go on from there.

        One transaction, a query, a write for each room. ConditionFailed if the socket moved since `state`, or a stream
        began, or the connection is gone or connected already. What is returned knows no number that was handed
        out since `state`, so that `settle` notices.
        """

    def release(self, connection: Connection, namespace: str, *, overtaken_ms: int | None = None) -> bool:
        """Disconnect the socket that was found, its rooms with it; False if it is gone: another may have come since.

        `overtaken_ms`: when the CONNECT was received that says so, before its DISCONNECT has; it is remembered.
        One read and a write for each room. A connection without any socket left counts as unaccepted from now on.
        """

    def end(
        self, address: str, prepare: Callable[[Connection], bool] | None = None, *, final: bool = False
    ) -> Connection | None:
        """Forget a connection and its memberships; returns it to the one caller that ended it, else None.

        Its recoverable sockets are detached then, and their memberships with them; `final`: they end with it. `prepare`
        is asked first, while all of it is still there, perhaps again: if it says no, nothing is forgotten.
        """

    def disconnect_detached(self, address: str, namespace: str) -> None:
        """End the socket that is detached from this connection, whose client sent DISCONNECT. Two reads, and `forget`.

        Frames and the report of a close overtake each other: the DISCONNECT may be handled after the end.
        """

    def carry(self, address: str) -> None:
        """Note that a polling session has moved to this WebSocket. One write; no effect if it is gone."""

    def seen(self, address: str, at_ms: int) -> bool:
        """Note a sign of life; False if the connection is gone, or there was a later one. One write, no index."""

    def count_refusal(self, address: str) -> int:
        """Count a CONNECT that is refused; how many there are, 0 if the connection is gone. One write, no index."""

    def save_session(self, address: str, namespace: str, session: Session) -> None:
        """Replace a socket's session. One write; DisconnectedError if gone."""

    def everyone(self, namespace: str) -> Iterator[Member]:
        """Every accepted socket of a namespace, by index (eventually consistent): a query for each bucket."""

    def due(self, bucket: int, opened_before_ms: int) -> list[str]:
        """Addresses of a heartbeat bucket's accepted connections that opened before a time, by index. One query."""

    def find_all(self, addresses: Sequence[str]) -> list[Connection]:
        """Those of many connections that exist, in any order. One read each, eventually consistent, 100 in a call."""

    def unaccepted(self, opened_before_ms: int) -> Iterator[str]:
        """Addresses of connections without an accepted socket that opened before a time, by index.

        Some may have left their last namespace only since.
        """


class RoomStore(Protocol):
    """Who is in which room."""

    def enter(self, member: Member, room: str, at: int) -> None:
        """Enter a room as of frame `at`: no effect if a later frame left it; a member stays as it was. Two writes."""

    def leave(self, member: Member, room: str, at: int) -> None:
        """Leave a room at `frame_order` `at`: no effect if a later frame entered it. Two writes."""

    def update_data(self, member: Member, room: str, data: str, at: int) -> Member | None:
        """Rewrite the data of a membership at `frame_order` `at`: no effect if a later frame wrote it.

        Returns the member as it is then, or None if it is not in the room. One write.
        """

    def membership(self, member: Member, room: str) -> Member | None:
        """The member as it is in a room, with its data; None if it is not there. One read."""

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room. One query."""

    def entered(self, address: str, namespace: str) -> list[str]:
        """The rooms a socket is in. One query."""


class RecoveryStore(Protocol):
    """The state of recoverable sockets, and the log of their events; see `recovery.state`."""

    def state(self, sid: str) -> RecoveryState | None:
        """The state of a recoverable socket; None once it has ended. One read."""

    def number(self, sid: str, *, seen: RecoveryState | None = None, closes: str | None = None) -> RecoveryState:
        """Hand out the next number of a recoverable socket, with where it is at that moment. One write.

        `closes`: a stream that ends. Raises DisconnectedError once the socket has ended; ConditionFailed if it moved
        since `seen`.
        """

    def append(self, sid: str, seq: int, frames: Sequence[str], closes: str | None = None) -> None:
        """Log the event of a number. One write."""

    def entries(self, sid: str, above: int) -> list[RecoveryEntry]:
        """The log above a number, in order. One query."""

    def follow(self, sid: str, stream: str, index: int, *, seen: RecoveryState | None = None) -> RecoveryState | None:
        """Store that a stream goes on from `index`. One write; None if the socket ended, or moved since `seen`.

        Without `seen` the stream begins there, and nothing changes if it was begun before.
        """

    def settle(self, state: RecoveryState) -> bool:
        """Go live after a replay; False if there is more to replay by now, or it moved. One write."""

    def forget(self, sid: str) -> None:
        """End a recoverable socket, its memberships with it. One query, a write for each room."""

    def forget_detached(self, sid: str) -> bool:
        """`forget` a recoverable socket unless it came back; False if it did. One write more."""


class PendingStore(Protocol):
    """What waits for another invocation: claims, acknowledgements, parts of binary events."""

    def claim_once(self, name: str, ttl_s: int) -> bool:
        """True to exactly one caller for each `name` while it is remembered. One write."""

    def was_claimed(self, name: str) -> bool:
        """Whether `claim_once` was answered with True for this name, and it is remembered. One read."""

    def expect_ack(self, address: str, ack_id: int, callback: str | None, ttl_s: int) -> None:
        """Remember that an acknowledgement is awaited: by the handler named, or by ``call``. One write."""

    def settle_ack(self, address: str, ack_id: int, args: list[Any]) -> str | None:
        """Take an acknowledgement that came.

        The name of its handler, or ``""`` if ``call`` waits, to one caller; None if it is not awaited. One write.
        """

    def take_ack(self, address: str, ack_id: int) -> list[Any] | None:
        """The arguments that ``call`` waits for, or None yet. One read."""

    def collect(self, address: str, part: Part, frame: str) -> tuple[bool, list[Assembled]]:
        """Keep one frame of a binary packet, within the bounds of `binary`, until the others are there.

        Returns whether there was room for it, and what is whole with it, to the one caller that may use that. A read
        and two writes; for a packet that is whole a query, and a write for each part. What is kept goes with its
        connection.
        """


class PollingStore(Protocol):
    """Sessions that began with long-polling, see `polling.session`, and what waits for their clients."""

    def open(self, session: PollingSession) -> None:
        """Remember a new session. One write."""

    def find(self, address: str) -> PollingSession | None:
        """The session, or None. One read."""

    def append(self, address: str, frames: Sequence[str]) -> PollingSession | None:
        """Put frames into the outbox, all together; the session as it is then, None if there is none any more.

        Nothing is appended, and that is for the caller to see, where it has ``upgraded`` or is ``closed``; the outbox
        of one that has too many frames in it is full: that closes it. One write, and one for each large frame.
        """

    def frames(self, session: PollingSession, count: int) -> list[str]:
        """The first frames of the outbox that was read. A read for each large one."""

    def take(self, session: PollingSession, count: int, *, ended_ms: int | None = None) -> bool:
        """Take these off the outbox; False if it, or the session's phase or GET, is not what was read. One write.

        `ended_ms`: the GET that was open has ended.
        """

    def begin_get(self, session: PollingSession, get: str, held_ms: int, now_ms: int) -> PollingSession | None:
        """Let a GET be the one that is open; None if another one is, or the session is not polling. One write."""

    def received(self, session: PollingSession, posted_ms: int) -> bool:
        """Say how far the times of received frames have come; False if they have come further. One write."""

    def probe(self, address: str, connection: str, now_ms: int) -> bool:
        """Note a WebSocket that the session may move to; False if it cannot. One write."""

    def unprobe(self, address: str, connection: str) -> bool:
        """Forget that WebSocket, which has ended; False if the session has moved to it. One write."""

    def move(self, session: PollingSession, connection: str, now_ms: int) -> PollingSession | None:
        """Have the outbox drained to a WebSocket; None if the session is not what was read any more. One write."""

    def settle(self, session: PollingSession) -> bool:
        """End the draining of an outbox that was read empty; False if something was sent since. One write."""

    def close(self, address: str, *, ended: bool = True, last: str = ...) -> PollingSession | None:
        """End a session, once: what it was, or None if there was none. One write.

        A GET takes what waits, `last` at its end: Engine.IO's close packet, or what says it better. Until it is
        `ended`, `listed` has it.
        """

    def listed(self) -> Iterator[str]:
        """Addresses of sessions that have not moved or ended, by index (eventually consistent). One query."""

    def find_all(self, addresses: Sequence[str]) -> list[PollingSession]:
        """Those of many sessions that exist, in any order. One read each, 100 in a call."""

    def hold(self, get: str, until_ms: int, now_ms: int, most: int) -> bool:
        """Let a GET be held long; False if so many are already. A read and a write."""

    def release(self, get: str) -> None:
        """A GET is held no longer. A read and a write."""


class Store(Protocol):
    """What a server stores, in five parts. Every method says its cost; all reads are strongly consistent unless said.

    What has outlived its time is not there any more, whether or not it was removed; only `due`, `find_all` and
    `unaccepted` of connections, which clean up, may still show it.
    """

    @property
    def connections(self) -> ConnectionStore:
        """Connections and their sockets."""

    @property
    def rooms(self) -> RoomStore:
        """Who is in which room."""

    @property
    def recovery(self) -> RecoveryStore:
        """The state of recoverable sockets, and the log of their events."""

    @property
    def pending(self) -> PendingStore:
        """What waits for another invocation."""

    @property
    def polling(self) -> PollingStore:
        """Sessions that began with long-polling."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a server needs from outside, all together.

    Attributes:
        store: Connections, rooms, recoverable sockets, what is pending, polling sessions.
        transport: Posts frames.
        clock: Time.
        ids: Random names.
        relay: Takes events to more than `large_room` sockets off the caller's hands; None: they are posted where they
            are emitted.
        large_room: How many sockets one call posts to.
        max_message_out: The largest frame that is sent, in bytes.
        meter: Is told how many posts fail.
    """

    store: Store
    transport: Transport
    clock: Clock
    ids: Ids
    relay: Relay | None = None
    large_room: int = LARGE_ROOM
    max_message_out: int = MAX_MESSAGE_OUT
    meter: Meter | None = None
