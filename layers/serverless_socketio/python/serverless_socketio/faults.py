"""What becomes of a frame whose handling failed: no client waits in vain, and no passing fault is told as a final one.

=========================  =====================================================================================
the frame                  its client
=========================  =====================================================================================
CONNECT, DISCONNECT, close is disconnected (``transport close``): stock clients come back by themselves
a pong                     hears nothing, since it awaits nothing
any other                  is answered by the application: on the frame's ack, else by an event
=========================  =====================================================================================
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from .codec import engineio, native, socketio
from .codec.errors import PacketError
from .model import Connection
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .inbox import Arrival
    from .model import Form

Remedy: TypeAlias = Literal["answer", "close", "nothing"]

NO_SID = ""  # of a socket that is answered while the store fails: what is sent to it is only posted, never kept
OF_SOCKETS = frozenset({socketio.PacketType.CONNECT, socketio.PacketType.DISCONNECT})
EVENTS = frozenset({socketio.PacketType.EVENT, socketio.PacketType.BINARY_EVENT})


def remedy(text: str) -> Remedy:
    """What is owed to the sender of a frame that failed."""
    try:
        frame = engineio.decode(text)
        packet = _packet(frame)
    except PacketError:
        return "answer"
    if frame.type is engineio.EnginePacketType.PONG:
        return "nothing"
    is_close = frame.type is engineio.EnginePacketType.CLOSE
    return "close" if is_close or (packet is not None and packet.type in OF_SOCKETS) else "answer"


def unread(arrival: Arrival, post_ack: Callable[..., None]) -> Request:
    """The request of a frame whose connection could not be read: who awaits what, as the frame itself says."""
    form: Form = "native" if arrival.text.lstrip().startswith("{") else "socketio"  # no Engine.IO packet begins so
    namespace, event, ack_id = _said_by(arrival.text, form)
    connection = Connection(
        arrival.address, form, arrival.received_ms, arrival.received_ms, sockets={namespace: NO_SID}
    )
    return Request(connection, arrival.request_id, arrival.received_ms, namespace, event, ack_id, post_ack=post_ack)


def stand_in(request: Request) -> Request:
    """The same request from a socket of no name: an answer to it is posted, and needs no store."""
    return replace(request, connection=replace(request.connection, sockets={request.namespace: NO_SID}))


def _said_by(text: str, form: Form) -> tuple[str, str | None, int | str | None]:
    """Namespace, event and ack id of a frame, so far as it can be read."""
    try:
        if form == "native":
            asked = native.decode(text)
            return "/", asked.action, asked.id
        packet = _packet(engineio.decode(text))
    except PacketError as error:
        return error.namespace or "/", error.event, error.ack_id
    if packet is None:
        return "/", None, None
    return (packet.namespace, packet.data[0], packet.id) if packet.type in EVENTS else (packet.namespace, None, None)


def _packet(frame: engineio.EnginePacket) -> socketio.Packet | None:
    """The Socket.IO packet in a frame; None where there is none."""
    is_text = frame.type is engineio.EnginePacketType.MESSAGE and isinstance(frame.data, str)
    return socketio.decode(str(frame.data)) if is_text else None
