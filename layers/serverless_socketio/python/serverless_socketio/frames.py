"""Packets as frames, in the form of the connection that they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .codec import engineio, native, socketio
from .exceptions import FrameTooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .model import Member

OutgoingPacket: TypeAlias = "tuple[Member, list[str]]"  # a socket, and the frames of a packet for it


def text_packet(packet: socketio.Packet) -> str:
    """A Socket.IO packet as one Engine.IO frame."""
    return engineio.encode(engineio.EnginePacket(engineio.EnginePacketType.MESSAGE, socketio.encode(packet)))


def packet_frames(packet: socketio.Packet) -> list[str]:
    """A packet as frames: one, and one more for each bytes object in its data."""
    try:
        return [text_packet(packet)]
    except TypeError:  # most probably for bytes, which few packets have and which it takes a copy to find
        data, attachments = socketio.deconstruct(packet.data)
        if not attachments:
            raise
    binary = {
        socketio.PacketType.EVENT: socketio.PacketType.BINARY_EVENT,
        socketio.PacketType.ACK: socketio.PacketType.BINARY_ACK,
    }
    head = socketio.Packet(binary[packet.type], packet.namespace, packet.id, data, len(attachments))
    message = engineio.EnginePacketType.MESSAGE
    return [text_packet(head), *(engineio.encode(engineio.EnginePacket(message, part)) for part in attachments)]


def event_frames(member: Member, event: str, args: Sequence[Any], ack_id: int | None = None) -> list[str]:
    """An event as frames in the member's own form. A native client gets the first argument as ``data``."""
    if member.form == "native":
        return [native.encode_event(event, args[0] if args else {})]
    packet = socketio.Packet(socketio.PacketType.EVENT, member.namespace, ack_id, [event, *args])
    return packet_frames(packet)


def ack_frames(member: Member, ack_id: int | str | None, args: Sequence[Any]) -> list[str]:
    """An acknowledgement as frames in the member's own form.

    A native client gets the fields of the first argument beside ``id``; what has no fields, as ``data``.
    """
    if member.form == "native":
        first = args[0] if args else {}
        fields = first if isinstance(first, dict) else {"data": first}
        return [native.encode_ack(str(ack_id), fields)]
    if not isinstance(ack_id, int):
        return []
    return packet_frames(socketio.Packet(socketio.PacketType.ACK, member.namespace, ack_id, list(args)))


def fit_together(frames: Sequence[str], bytes_max: int) -> bool:
    """Whether the frames of one event are together no larger than one may be."""
    return len(frames) == 1 or sum(len(frame.encode()) for frame in frames) <= bytes_max


def checked(frames: list[str], bytes_max: int) -> list[str]:
    """The frames, if each is within `bytes_max`; else FrameTooLargeError."""
    for frame in frames:
        if len(frame) * 4 > bytes_max and len(frame.encode()) > bytes_max:
            raise FrameTooLargeError(f"A frame of {len(frame.encode())} bytes is over the limit of {bytes_max}")
    return frames
