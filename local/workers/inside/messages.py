"""Messages between the engine and its processes: JSON behind its length in four bytes, and descriptors beside it."""

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

Message = dict[str, Any]

LENGTH = struct.Struct(">I")
DESCRIPTORS_MAX = 2  # that come with a message
CHUNK_BYTES = 1 << 20


def send(channel: socket.socket, message: Message, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message, and descriptors with it."""
    body = json.dumps(message).encode()
    data = LENGTH.pack(len(body)) + body
    if descriptors:
        data = data[socket.send_fds(channel, [data], descriptors) :]
    channel.sendall(data)


def receive(channel: socket.socket) -> tuple[Message | None, list[int]]:
    """Return the next message and the descriptors that came with it; no message when the other side is gone."""
    head, descriptors = _receive_exactly(channel, LENGTH.size)
    if head is None:
        return None, []
    body, more = _receive_exactly(channel, *LENGTH.unpack(head))
    return (None if body is None else json.loads(body)), descriptors + more


def _receive_exactly(channel: socket.socket, size: int) -> tuple[bytes | None, list[int]]:
    parts, descriptors = [], array.array("i")
    room = socket.CMSG_SPACE(DESCRIPTORS_MAX * descriptors.itemsize)
    while size:
        data, ancillary, _flags, _address = channel.recvmsg(min(size, CHUNK_BYTES), room)
        if not data:
            return None, []
        for _level, _kind, packed in ancillary:
            descriptors.frombytes(packed[: len(packed) - len(packed) % descriptors.itemsize])
        parts.append(data)
        size -= len(data)
    return b"".join(parts), list(descriptors)
