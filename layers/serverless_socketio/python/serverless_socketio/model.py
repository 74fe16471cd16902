"""What the parts of the library speak of: members, connections, parts of binary events, outcomes of posts, batches.

Times are integer milliseconds since the epoch, UTC, unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping


Form: TypeAlias = Literal["socketio", "native"]
Session: TypeAlias = "dict[str, Any]"
CONNECTION_TTL_S = 3 * 3600  # how long a store keeps a connection at most: API Gateway ends it after 2 hours
LARGE_ROOM = 200  # members; a call that emits to more of them leaves them to a relay
MAX_MESSAGE_OUT = 120_000  # bytes; below API Gateway's 128 KB for a message, with room for what it wraps around
PART_TTL_S = 10  # how long the frames of a binary event wait for each other


@dataclass(frozen=True, slots=True)
class Ping:
    """The heartbeat as the open packet announces it, in milliseconds."""

    interval_ms: int
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Member:
    """A socket in a room, with all that sending to it needs."""

    sid: str
    address: str  # where its client is reached; see `address`
    namespace: str = "/"
    form: Form = "socketio"
    entered: int = 0  # `frame_order` of the frame that began this membership: leaving and entering again renews it
    data: str | None = None  # the application's own word about the membership: as it began, or as updated since
    detached: bool = False  # a recoverable socket without a connection: what is sent to it is logged for a while
    latest: int = field(default=0, compare=False)  # `frame_order` of the last frame that entered or updated it
    left_ms: int = field(default=0, compare=False)  # since when it is detached


@dataclass(frozen=True, slots=True)
class Connection:
    """One WebSocket or polling session, and the sockets (one a namespace) that were accepted on it."""

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
    session: str = ""  # a WebSocket that a polling session may move to, or has: the session's address
    carries: bool = False  # it has moved: what comes here is the session's
    accepted_ms: Mapping[str, int] = field(default_factory=dict)  # namespace → when its socket's CONNECT was received

    def is_unaccepted_since(self, time_ms: int) -> bool:
        """Whether it had no socket at that time, nor has one since."""
        return not self.sockets and not self.carries and max(self.opened_ms, self.left_ms) < time_ms

    def member(self, namespace: str = "/") -> Member | None:
        """The socket in `namespace` as something to send to; None where it is not connected."""
        sid = self.sockets.get(namespace)
        return None if sid is None else Member(sid, self.address, namespace, self.form)


class DisconnectReason:
    """Why a socket has ended, as ``disconnect`` handlers are told: python-socketio's names, and one of ours."""

    CLIENT_DISCONNECT = "client disconnect"
    SERVER_DISCONNECT = "server disconnect"
    PING_TIMEOUT = "ping timeout"
    TRANSPORT_CLOSE = "transport close"
    TRANSPORT_ERROR = "transport error"  # theirs: what API Gateway reports is a close
    PARSE_ERROR = "parse error"  # a frame that closes the connection, or a flood of them


@dataclass(frozen=True, slots=True)
class Part:
    """One frame of a binary packet that arrived, but for its text; see `binary`.

    The parts may arrive in any order and in different invocations.
    """

    received_ms: int
    id: str  # unique: the request's
    attachments: int = 0  # how many this head announces; 0: it is an attachment
    size: int = 0  # of its frame, in bytes
    is_kept: bool = True  # False: there was no room for the frame, which is counted all the same


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts of one binary packet, its head first, and by their ids the frames of those that were kept."""

    parts: tuple[Part, ...]
    is_tied: bool = False  # what came in the same millisecond cannot be put in order
    frames: Mapping[str, str] = field(default_factory=dict)


class PostResult(Enum):
    """What became of a frame handed to the transport."""

    SENT = "sent"
    GONE = "gone"  # the connection does not exist any more (API Gateway: 410 GoneException)
    REFUSED = "refused"  # nothing arrived, for all retries: throttled, or the endpoint out of reach; may be sent later
    FAILED = "failed"  # not known to have arrived, after the retries that are safe
    LOGGED = "logged"  # for a recoverable socket that is detached
    MOVED = "moved"  # a recoverable socket has moved since its state was read: nothing was sent


@dataclass(frozen=True, slots=True)
class Batch:
    """The same frames for many addresses: what one invocation posts of an event to a large room."""

    id: str
    frames: tuple[str, ...]
    addresses: tuple[str, ...]
    attempt: int = 1  # counted up each time that some of it is left for later


def frame_order(received_ms: int, ack_id: int | None = None) -> int:
    """Where a frame is among the frames of its connection, as a number that sorts.

    Frames of one connection may be handled side by side: a write that depends on their order is conditional on it. Time
    comes first (API Gateway's ``requestTimeEpoch``), then the ack id, which clients count up.
    """
    return received_ms * 10**16 + (ack_id or 0)  # ack ids go up to 2^53 - 1 < 10^16; DynamoDB numbers keep 38 digits


def time_of_order(at: int) -> int:
    """When the frame of a `frame_order` was received, in milliseconds."""
    return at // 10**16


def bucket_of(address: str, buckets: int) -> int:
    """The heartbeat bucket of a connection, for as long as it lives.

    One bucket is pinged at each tick of an interval.
    """
    return crc32(address.encode()) % buckets
