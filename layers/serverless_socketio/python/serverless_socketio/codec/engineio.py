"""Engine.IO 4, the layer that keeps a connection alive: one digit for the type, then the data.

Source: https://socket.io/docs/v4/engine-io-protocol/. Over a WebSocket every packet is a frame of its own. Bytes travel
as base64 text behind a `b`, since API Gateway closes a connection that sends a binary frame. Over HTTP long-polling the
body of a request or an answer is a payload: packets in just that form, with a record separator between them.
"""

import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from . import jsontext
from .errors import PacketError

SEPARATOR = "\x1e"  # between the packets of a payload; JSON escapes it, and base64 has none
FRAME_LENGTH_MAX = 128 * 1024  # API Gateway quota for a WebSocket message, in bytes; no text has more characters


class EnginePacketType(IntEnum):
    """The digit a packet begins with."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


@dataclass(slots=True)  # frozen, it would take four times as long to make
class EnginePacket:
    """One packet. Its data is text, or the bytes of a MESSAGE. It is made once and not changed."""

    type: EnginePacketType
    data: str | bytes = ""


_DIGITS = [f"{packet_type:d}" for packet_type in EnginePacketType]
_TYPES = dict(zip(_DIGITS, EnginePacketType, strict=True))


def encode(packet: EnginePacket) -> str:
    """Write one text frame, e.g. ``42["hello"]`` for text and ``bAQID`` for bytes; `decode` undoes it.

    Raises:
        ValueError: bytes in anything but a MESSAGE, which has no frame.
    """
    if isinstance(packet.data, str):
        return f"{_DIGITS[packet.type]}{packet.data}"
    if packet.type is not EnginePacketType.MESSAGE:
        raise ValueError(f"a packet of type {packet.type.name} carries no bytes")
    return f"b{binascii.b2a_base64(packet.data, newline=False).decode('ascii')}"


def decode(frame: str) -> EnginePacket:
    """Read one text frame.

    Raises:
        PacketError: the frame is empty, too long, of no known type, or its base64 is not strict.
    """
    if len(frame) > FRAME_LENGTH_MAX:
        raise PacketError("The frame is too long.")
    digit, data = frame[:1], frame[1:]
    if digit in _TYPES:
        return EnginePacket(_TYPES[digit], data)
    if digit == "b":
        return EnginePacket(EnginePacketType.MESSAGE, _read_base64(data))
    raise PacketError("The frame is not an Engine.IO packet.")


def decode_payload(body: str) -> list[str]:
    """Read the body of a POST: frames with a `SEPARATOR` between them, one at least, each of which `decode` can read.

    Raises:
        PacketError: something in it is not an Engine.IO packet.
    """
    frames = body.split(SEPARATOR)
    for frame in frames:
        decode(frame)
    return frames


def open_packet(
    sid: str, *, ping_interval_ms: int, ping_timeout_ms: int, max_payload: int, upgrades: Sequence[str] = ()
) -> str:
    """Write the handshake, the first frame of a connection.

    Args:
        sid: The Engine.IO session, shown to the client as `socket.io.engine.id`.
        ping_interval_ms: How often the server pings. A client takes the connection for dead when no ping came for
            this and the time-out together.
        ping_timeout_ms: How long the server waits for a pong.
        max_payload: The most bytes that a client packs into one request of the polling transport.
        upgrades: Transports that the session may move to.
    """
    handshake = {
        "sid": sid,
        "upgrades": list(upgrades),
        "pingInterval": ping_interval_ms,
        "pingTimeout": ping_timeout_ms,
        "maxPayload": max_payload,
    }
    return f"{EnginePacketType.OPEN:d}{jsontext.dumps(handshake)}"


def _read_base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error is one; text beyond ASCII is a plain one
        raise PacketError("The attachment is not valid base64.") from error
