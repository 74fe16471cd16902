"""Socket.IO 5, the layer of events, acks and namespaces: what an Engine.IO MESSAGE carries.

Source: https://socket.io/docs/v4/socket-io-protocol/. A packet is one text,
``<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]``; bytes follow it as Engine.IO packets of their own, and a
placeholder in the JSON marks the place of each.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from . import jsontext
from .errors import PacketError

ACK_ID_MAX = 2**53 - 1  # Number.MAX_SAFE_INTEGER: a JavaScript client counts no further
ACK_ID_DIGITS = len(str(ACK_ID_MAX))
ATTACHMENTS_MAX = 10  # the default `maxAttachments` of socket.io-parser 4.2.7, so that both ends refuse the same
NAMESPACE_LENGTH_MAX = 256  # ours: a refusal repeats the namespace, and must itself fit a frame


class PacketType(IntEnum):
    """The digit a packet begins with."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


@dataclass(slots=True)  # frozen, it would take four times as long to make
class Packet:
    """One packet, `data` being its JSON. It is made once and not changed.

    Attributes:
        type: What it is. The binary types are those with attachments still to be put in place.
        namespace: Begins with a slash; ``/`` is the main one.
        id: Of an event: the ack its sender awaits, None if none. Of an ack: the event it answers.
        data: CONNECT: an object or None. CONNECT_ERROR: an object or a string. An event: its name, then its arguments.
            An ack: its arguments. DISCONNECT: None.
        attachments: How many bytes objects belong to it, each in a packet of its own.
    """

    type: PacketType
    namespace: str = "/"
    id: int | None = None
    data: Any = None
    attachments: int = 0


_DIGITS = [f"{packet_type:d}" for packet_type in PacketType]
_TYPES = dict(zip(_DIGITS, PacketType, strict=True))
_EVENTS = frozenset({PacketType.EVENT, PacketType.BINARY_EVENT})
_ACKS = frozenset({PacketType.ACK, PacketType.BINARY_ACK})
_WHOLE = {PacketType.BINARY_EVENT: PacketType.EVENT, PacketType.BINARY_ACK: PacketType.ACK}

# Matches at every text that begins with a known type, and leaves the JSON. A namespace ends at its comma or with the
# text; a query behind it is dropped, as the stock servers do.
_HEADER = re.compile(r"([0-6])(?:([0-9]+)-)?(?:(/[^,?]*)(?:\?[^,]*)?(?:,|\Z))?([0-9]*)")
_EVENT_NAME = re.compile(r'\s*\[\s*("(?:[^"\\]++|\\.)*+")')


def encode(packet: Packet) -> str:
    """Write one text packet, e.g. ``2/chat,7["chat:join",{"agentId":"echo"}]``; `decode` undoes it.

    Raises:
        TypeError: the data holds bytes, which `deconstruct` takes out, or what JSON has no word for.
        ValueError: the data holds NaN, an infinity or itself.
    """
    attachments = f"{packet.attachments}-" if packet.type in _WHOLE else ""
    namespace = "" if packet.namespace == "/" else f"{packet.namespace},"
    ack_id = "" if packet.id is None else packet.id
    body = "" if packet.data is None else jsontext.dumps(packet.data)
    return f"{_DIGITS[packet.type]}{attachments}{namespace}{ack_id}{body}"


def decode(frame: str) -> Packet:
    """Read one text packet. Its attachments, if any, are still to come and to be given to `reconstruct`.

    Raises:
        PacketError: the text is not a packet. If only what follows the head is wrong, the error knows the namespace and
            the ack id, so that its sender can be told on the ack.
    """
    header = _HEADER.match(frame)
    if header is None:
        raise PacketError("The packet is of no known type.")
    digit, count, namespace, ack_digits = header.groups()
    packet_type = _TYPES[digit]
    namespace = _read_namespace(namespace) if namespace else "/"
    ack_id = _read_ack_id(ack_digits) if ack_digits else None
    start = header.end()
    try:
        if packet_type not in _EVENTS:  # which may have an id, or none
            _check_ack_id(packet_type, ack_id)
        attachments = _read_attachments(packet_type, count) if count or packet_type in _WHOLE else 0
        data = _read_body(packet_type, frame, start)
    except PacketError as error:
        error.namespace = namespace
        if packet_type in _EVENTS:
            error.ack_id, error.event = ack_id, _read_event_name(frame[start:])
        raise
    return Packet(packet_type, namespace, ack_id, data, attachments)


def deconstruct(data: Any) -> tuple[Any, list[bytes]]:
    """Take the bytes out of a packet's data: a copy with placeholders, and the bytes in the order of their numbers.

    Raises:
        ValueError: there are more than a client accepts, or the data holds both bytes and an object that looks like a
            placeholder: its receiver would take that for a broken packet, and disconnect.
    """
    buffers: list[bytes] = []
    look_alikes: list[Any] = []

    def take(value: Any) -> Any:
        if isinstance(value, bytes | bytearray | memoryview):
            buffers.append(bytes(value))
            return {"_placeholder": True, "num": len(buffers) - 1}
        if isinstance(value, list | tuple):
            return [take(item) for item in value]
        if isinstance(value, dict):
            look_alikes.extend([value] if value.get("_placeholder") else [])
            return {key: take(item) for key, item in value.items()}
        return value

    taken = take(data)
    if len(buffers) > ATTACHMENTS_MAX:
        raise ValueError(f"a packet carries {ATTACHMENTS_MAX} attachments at most, not {len(buffers)}")
    if buffers and look_alikes:
        raise ValueError("a packet with attachments cannot carry an object with the key _placeholder")
    return taken, buffers


def reconstruct(packet: Packet, buffers: Sequence[bytes]) -> Packet:
    """Put the bytes back in their places: an EVENT for a BINARY_EVENT, an ACK for a BINARY_ACK, all else as it is.

    Raises:
        PacketError: the placeholders and the bytes are not one to one. It knows the namespace and the ack id.
    """
    if not buffers and not packet.attachments:
        return packet
    try:
        data = _put_back(packet, buffers)
    except PacketError as error:
        error.namespace = packet.namespace
        if packet.type in _EVENTS:
            error.ack_id, error.event = packet.id, packet.data[0]
        raise
    return replace(packet, type=_WHOLE.get(packet.type, packet.type), data=data, attachments=0)


def _put_back(packet: Packet, buffers: Sequence[bytes]) -> Any:
    if len(buffers) != packet.attachments:
        raise PacketError("The packet has another number of attachments than it says.")
    left = dict(enumerate(buffers))

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("_placeholder") is not True:
            return {key: put(item) for key, item in value.items()}
        number = value.get("num")
        if type(number) is not int or number not in left:  # True is an int to isinstance, 0.0 equals 0 as a key
            raise PacketError("A placeholder names no attachment of its own.")
        return left.pop(number)

    whole = put(packet.data)
    if left:
        raise PacketError("An attachment has no placeholder.")
    return whole


def _read_namespace(text: str) -> str:
    if len(text) > NAMESPACE_LENGTH_MAX:
        raise PacketError("The namespace is too long.")
    if not jsontext.is_unicode(text):
        raise PacketError("The namespace is not valid Unicode.")
    return text


def _read_ack_id(digits: str) -> int:
    # Counting the digits first keeps int() from a number that takes it long, or that it refuses.
    ack_id = int(digits) if len(digits) <= ACK_ID_DIGITS else ACK_ID_MAX + 1
    if ack_id > ACK_ID_MAX:
        raise PacketError("The ack id is too large.")
    return ack_id


def _check_ack_id(packet_type: PacketType, ack_id: int | None) -> None:
    if packet_type in _ACKS:
        if ack_id is None:
            raise PacketError("An ack needs the id of what it answers.")
    elif ack_id is not None:
        raise PacketError("Only events and acks have an id.")


def _read_attachments(packet_type: PacketType, digits: str | None) -> int:
    if packet_type not in _WHOLE:
        raise PacketError("Only binary events and acks have attachments.")
    if not digits or not digits.strip("0"):
        raise PacketError("A binary packet needs the number of its attachments.")
    if len(digits) > len(str(ATTACHMENTS_MAX)) or int(digits) > ATTACHMENTS_MAX:
        raise PacketError(f"A packet carries {ATTACHMENTS_MAX} attachments at most.")
    return int(digits)


def _read_body(packet_type: PacketType, frame: str, start: int) -> Any:
    is_there = start < len(frame)
    data = jsontext.loads(frame, start) if is_there else None
    is_sound, rule = _BODIES[packet_type]
    if not is_sound(data) or (is_there and data is None):  # `null` does not stand for nothing
        raise PacketError(rule)
    jsontext.check_unicode(frame, data)
    return data


def _read_event_name(body: str) -> str | None:
    """Read the name off a body that may be refused for what follows it."""
    start = _EVENT_NAME.match(body)
    if start is None:
        return None
    try:
        name = jsontext.loads(start[1])
    except PacketError:
        return None
    return str(name)


def _is_nothing(data: Any) -> bool:
    return data is None


def _is_object_or_nothing(data: Any) -> bool:
    return data is None or isinstance(data, dict)


def _is_object_or_text(data: Any) -> bool:
    return isinstance(data, dict | str)


def _is_event(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and isinstance(data[0], str)


def _is_list(data: Any) -> bool:
    return isinstance(data, list)


_EVENT_BODY = (_is_event, "An event is a list that begins with the event's name.")
_ACK_BODY = (_is_list, "An ack is a list.")
_BODIES: dict[PacketType, tuple[Callable[[Any], bool], str]] = {
    PacketType.CONNECT: (_is_object_or_nothing, "CONNECT carries an object or nothing."),
    PacketType.DISCONNECT: (_is_nothing, "DISCONNECT carries nothing."),
    PacketType.EVENT: _EVENT_BODY,
    PacketType.ACK: _ACK_BODY,
    PacketType.CONNECT_ERROR: (_is_object_or_text, "CONNECT_ERROR carries an object or a string."),
    PacketType.BINARY_EVENT: _EVENT_BODY,
    PacketType.BINARY_ACK: _ACK_BODY,
}
