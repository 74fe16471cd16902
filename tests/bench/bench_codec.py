"""Text to packet and back: our codec beside python-socketio's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import engineio
import socketio.packet

from serverless_socketio.codec import engineio as eio
from serverless_socketio.codec import socketio as sio
from tests.bench.measuring import Row, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

BUDGET = 0.33
CALLS = 3_000
FRAME = '427["chat:message",{"agentId":"echo","message":"three words here","clientMessageId":"c-1"}]'
ACK = {"ok": True, "messageId": "01HF7YAT31AB", "replyId": "01HF7YAT31AC", "timestamp": 1700000000000}


def ours() -> None:
    frame = eio.decode(FRAME)
    assert isinstance(frame.data, str)
    packet = sio.decode(frame.data)
    ack = sio.Packet(sio.PacketType.ACK, packet.namespace, packet.id, [ACK])
    eio.encode(eio.EnginePacket(eio.EnginePacketType.MESSAGE, sio.encode(ack)))


def theirs() -> None:
    frame = engineio.packet.Packet(encoded_packet=FRAME)
    packet = socketio.packet.Packet(encoded_packet=frame.data)
    ack = socketio.packet.Packet(socketio.packet.ACK, data=[ACK], namespace=packet.namespace, id=packet.id)
    engineio.packet.Packet(engineio.packet.MESSAGE, ack.encode()).encode()


def rows() -> Iterator[Row]:
    own, other = side_by_side(ours, theirs, calls=CALLS)
    yield Row("decode an event, encode its ack", own, "python-socketio's codec", other, BUDGET)
