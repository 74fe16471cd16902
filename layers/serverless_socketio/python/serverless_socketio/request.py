"""The frame that is being handled: what a handler may ask about it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .model import Member, frame_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .frames import OutgoingPacket
    from .model import Connection, Session

PATIENCE_S = 5.0  # how long the handling of one frame may wait for clients


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event as it was emitted: encoded, and not sent yet."""

    packets: list[OutgoingPacket]
    awaits_ack: bool = False


@dataclass(slots=True)
class Acceptance:
    """A socket while its ``connect`` handler runs.

    What the handler saves and enters is stored in one write after it, and what it emits to the socket is sent after
    that: until then the socket may still turn out to be refused, or to be another one.
    """

    sid: str
    namespace: str
    session: Session = field(default_factory=dict)
    rooms: list[str] = field(default_factory=list)
    events: list[Emitted] = field(default_factory=list)  # for the socket itself: sent once its client was answered
    is_disconnected: bool = False

    def emit(self, packets: list[OutgoingPacket], *, awaits_ack: bool = False) -> None:
        """Have an event sent to the socket once its client was answered."""
        self.events.append(Emitted(packets, awaits_ack))

    def member(self, connection: Connection) -> Member:
        """The socket as something to send to."""
        return Member(self.sid, connection.address, self.namespace, connection.form)


@dataclass(slots=True)
class Request:
    """One frame on one connection."""

    connection: Connection
    id: str  # AWS request id, for logs
    received_ms: int  # API Gateway's requestTimeEpoch
    namespace: str = "/"
    event: str | None = None
    ack_id: int | str | None = None  # None: the client wants no acknowledgement; text from native clients
    acceptance: Acceptance | None = None
    acked: bool = False
    may_repeat: bool = False  # the same frame may be handled again, by the same id
    acked_ms: int | None = None  # when that was posted; None for one that goes back with what the handler returns
    post_ack: Callable[[Request, tuple[Any, ...]], None] | None = None
    patience_s: float = PATIENCE_S  # what is left of it

    @property
    def order(self) -> int:
        """Where the frame is among those of its connection; see `model.frame_order`."""
        return frame_order(self.received_ms, self.ack_id if isinstance(self.ack_id, int) else None)

    @property
    def sid(self) -> str:
        """The socket that sent the frame, or that is about to be accepted."""
        return self.acceptance.sid if self.acceptance is not None else self.connection.sockets[self.namespace]

    @property
    def member(self) -> Member:
        """The socket that sent the frame, as something to send to."""
        return Member(self.sid, self.connection.address, self.namespace, self.connection.form)

    def ack(self, *args: Any) -> None:
        """Acknowledge now rather than with the handler's return value; does nothing if no acknowledgement is wanted."""
        if self.post_ack is not None and self.ack_id is not None and not self.acked:
            self.post_ack(self, args)
            self.acked = True


CURRENT: ContextVar[Request | None] = ContextVar("serverless_socketio_request", default=None)


def current() -> Request:
    """The frame being handled; RuntimeError outside a handler."""
    request = CURRENT.get()
    if request is None:
        raise RuntimeError("No frame is being handled")
    return request


@contextmanager
def handling(request: Request) -> Iterator[None]:
    """Let `current` be this frame inside the block."""
    token = CURRENT.set(request)
    try:
        yield
    finally:
        CURRENT.reset(token)
