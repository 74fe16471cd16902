"""What a frame means on a connection: (state, frame) → effect. Pure: no input, no output, no clock.

A connection is either Socket.IO (Engine.IO 4 packets) or native (JSON objects), as its handshake said. A Socket.IO
connection has a socket for each namespace that was accepted:

==================  =================================  ==============================================================
its sockets         CONNECT, pong                      any other frame
==================  =================================  ==============================================================
none yet            asks for one; is a sign of life    closes the connection
one or more         likewise                           is what its packet means; a bad one is refused
none any more       likewise                           is ignored: frames may be handled after a DISCONNECT that they
                                                       were sent before. Engine.IO's close closes the connection
==================  =================================  ==============================================================

CONNECT in a namespace that is connected is a client that has left it: its DISCONNECT is on its way, and means nothing
any more when it comes. So one that was received no later than such a CONNECT is ignored.

The effect is carried out by `inbox.Inbox`; sources: https://socket.io/docs/v4/engine-io-protocol/ (version 4) and
https://socket.io/docs/v4/socket-io-protocol/ (version 5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from .codec import engineio, native, socketio
from .codec.errors import PacketError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .model import Form

PACKET = socketio.PacketType


@dataclass(frozen=True, slots=True)
class State:
    """What a frame's meaning depends on: the connection's form and its accepted sockets (namespace → sid).

    `has_left`: it has left its last namespace, and may connect to another.
    """

    form: Form
    sockets: Mapping[str, str] = field(default_factory=dict)
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Send this frame back."""

    frame: str


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection; `reason` is what ``disconnect`` handlers are told."""

    reason: str = "parse error"


@dataclass(frozen=True, slots=True)
class Alive:
    """The client answered a ping."""


@dataclass(frozen=True, slots=True)
class Connect:
    """The client asks for a socket in a namespace. `overtakes`: it has one there, whose DISCONNECT is on its way."""

    namespace: str
    auth: Any
    overtakes: bool = False


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The client gives up its socket in a namespace."""

    namespace: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An event for the application."""

    namespace: str
    event: str
    args: tuple[Any, ...]
    ack_id: int | str | None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The client acknowledges an event of ours."""

    namespace: str
    ack_id: int
    args: list[Any]


@dataclass(frozen=True, slots=True)
class Collect:
    """Part of a binary packet: keep it until the rest is there (see `binary`)."""

    head: socketio.Packet | None = None  # None: it is an attachment


@dataclass(frozen=True, slots=True)
class Reject:
    """A bad frame, on a connection that lives on."""

    error: PacketError


@dataclass(frozen=True, slots=True)
class Ignore:
    """A frame that asks for nothing."""


Effect: TypeAlias = Send | Close | Alive | Connect | Disconnect | Dispatch | Acknowledge | Collect | Reject | Ignore


def receive(state: State, frame: str) -> Effect:
    """What to do about one frame."""
    try:
        return _receive_native(state, frame) if state.form == "native" else _receive_packet(state, frame)
    except PacketError as error:
        # Without a socket there is nothing to answer on; a native connection is accepted by its handshake.
        return Reject(error) if state.sockets else _without_socket(state)


def receive_assembled(state: State, packet: socketio.Packet) -> Effect:
    """What to do about a binary packet whose attachments have all arrived."""
    try:
        return _route(state, packet)
    except PacketError as error:
        return Reject(error)


def disconnect_in(frame: str) -> str | None:
    """The namespace that a frame disconnects from, on a connection that has ended; None for any other frame."""
    try:
        packet = engineio.decode(frame)
        if packet.type != engineio.EnginePacketType.MESSAGE or isinstance(packet.data, bytes):
            return None
        disconnect = socketio.decode(packet.data)
    except PacketError:
        return None
    return disconnect.namespace if disconnect.type is PACKET.DISCONNECT else None


def _receive_native(state: State, frame: str) -> Effect:
    if not state.sockets:  # its handshake was refused, or is not through
        return Close()
    request = native.decode(frame)
    return Dispatch("/", request.action, (request.data,), request.id)


def _receive_packet(state: State, frame: str) -> Effect:
    packet = engineio.decode(frame)
    if packet.type == engineio.EnginePacketType.PONG:
        return Alive()
    if packet.type == engineio.EnginePacketType.MESSAGE:
        return _receive_message(state, packet.data)
    if not state.sockets and not (state.has_left and packet.type == engineio.EnginePacketType.CLOSE):
        return _without_socket(state)
    return _receive_control(packet)


def _without_socket(state: State) -> Effect:
    return Ignore() if state.has_left else Close()


def _receive_control(packet: engineio.EnginePacket) -> Effect:
    match packet.type:
        case engineio.EnginePacketType.PING:  # only as the probe of an upgrade; answered as the protocol says
            return Send(engineio.encode(engineio.EnginePacket(engineio.EnginePacketType.PONG, packet.data)))
        case engineio.EnginePacketType.CLOSE:
            return Close("client disconnect")
        case engineio.EnginePacketType.NOOP:
            return Ignore()
        case _:
            raise PacketError(f"A client does not send the Engine.IO packet {packet.type.name.lower()}")


def _receive_message(state: State, data: str | bytes) -> Effect:
    if isinstance(data, bytes):
        return Collect() if state.sockets else _without_socket(state)
    packet = socketio.decode(data)
    if packet.type == PACKET.CONNECT:
        return Connect(packet.namespace, packet.data, overtakes=packet.namespace in state.sockets)
    if not state.sockets:
        return _without_socket(state)
    return Collect(packet) if packet.attachments else _route(state, packet)


def _route(state: State, packet: socketio.Packet) -> Effect:
    if packet.namespace not in state.sockets:
        raise PacketError(f"The namespace {packet.namespace} is not connected")
    match packet.type:
        case PACKET.EVENT | PACKET.BINARY_EVENT:
            event, *args = packet.data
            return Dispatch(packet.namespace, event, tuple(args), packet.id)
        case PACKET.ACK | PACKET.BINARY_ACK if packet.id is not None:
            return Acknowledge(packet.namespace, packet.id, packet.data)
        case PACKET.DISCONNECT:
            return Disconnect(packet.namespace)
        case _:
            raise PacketError(f"A client does not send the Socket.IO packet {packet.type.name.lower()}")
