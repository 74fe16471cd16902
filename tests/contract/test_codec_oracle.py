"""python-socketio's own codec as an oracle: what one writes, the other reads, both ways.

python-engineio reads any JSON behind a digit, so it is asked only about what a Socket.IO connection carries.
"""

import json
from typing import Any

import pytest
from engineio.packet import Packet as TheirEnginePacket
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import Packet as TheirPacket

from serverless_socketio.codec import engineio, socketio
from serverless_socketio.codec.engineio import EnginePacket
from serverless_socketio.codec.socketio import ACK_ID_MAX, ATTACHMENTS_MAX, Packet, PacketType

LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-ACK_ID_MAX, ACK_ID_MAX),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
KEYS = st.text().filter(lambda key: key != "_placeholder")


def values(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=3)


JSON = values(LEAVES)
NAMESPACES = st.sampled_from(["/", "/chat", "/cha-t/żółw"])
IDS = st.integers(0, ACK_ID_MAX)
EVENTS = st.builds(lambda name, arguments: [name, *arguments], st.text(), st.lists(JSON, max_size=3))
BINARY_EVENTS = st.builds(
    lambda name, first, rest: [name, first, *rest],
    st.text(),
    st.binary(),
    st.lists(values(LEAVES | st.binary()), max_size=3),
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=3)
PACKETS = st.one_of(
    st.builds(Packet, st.just(PacketType.CONNECT), NAMESPACES, st.none(), st.none() | OBJECTS),
    st.builds(Packet, st.just(PacketType.DISCONNECT), NAMESPACES),
    st.builds(Packet, st.just(PacketType.EVENT), NAMESPACES, st.none() | IDS, EVENTS),
    st.builds(Packet, st.just(PacketType.ACK), NAMESPACES, IDS, st.lists(JSON, max_size=3)),
    st.builds(Packet, st.just(PacketType.CONNECT_ERROR), NAMESPACES, st.none(), OBJECTS | st.text()),
)


def as_ours(packet: Any) -> Packet:
    """A packet of theirs in our words; they leave the main namespace out."""
    return Packet(PacketType(packet.packet_type), packet.namespace or "/", packet.id, packet.data)


def as_theirs(packet: Packet) -> Any:
    return TheirPacket(packet.type, data=packet.data, namespace=packet.namespace, id=packet.id)


@given(PACKETS)
def test_they_read_what_we_write(packet: Packet) -> None:
    assert as_ours(TheirPacket(encoded_packet=socketio.encode(packet))) == packet


@given(PACKETS)
def test_we_read_what_they_write(packet: Packet) -> None:
    assert socketio.decode(as_theirs(packet).encode()) == packet


@given(EVENTS)
def test_both_write_the_same_but_for_escapes(data: list[Any]) -> None:
    packet = Packet(PacketType.EVENT, "/chat", 7, data)
    ours, theirs = socketio.encode(packet), as_theirs(packet).encode()
    assert ours.partition("[")[0] == theirs.partition("[")[0]
    assert json.loads(ours.removeprefix("2/chat,7")) == json.loads(theirs.removeprefix("2/chat,7"))


@given(BINARY_EVENTS, NAMESPACES, st.none() | IDS)
def test_attachments_cross_both_ways(data: list[Any], namespace: str, ack_id: int | None) -> None:
    taken, buffers = socketio.deconstruct(data)
    packet = Packet(PacketType.BINARY_EVENT, namespace, ack_id, taken, len(buffers))
    whole = Packet(PacketType.EVENT, namespace, ack_id, data)

    head, *parts = as_theirs(whole).encode()
    assert (socketio.decode(head), parts) == (packet, buffers)
    assert socketio.reconstruct(socketio.decode(head), parts) == whole

    theirs = TheirPacket(encoded_packet=socketio.encode(packet))
    assert [theirs.add_attachment(buffer) for buffer in buffers] == [False] * (len(buffers) - 1) + [True]
    assert theirs.data == data


@given(st.binary())
def test_engineio_bytes_cross_both_ways(data: bytes) -> None:
    packet = EnginePacket(engineio.EnginePacketType.MESSAGE, data)
    frame = engineio.encode(packet)
    assert TheirEnginePacket(engineio.EnginePacketType.MESSAGE, data).encode(b64=True) == frame
    assert TheirEnginePacket(encoded_packet=frame).data == data
    assert engineio.decode(frame) == packet


@given(PACKETS)
def test_engineio_messages_cross_both_ways(packet: Packet) -> None:
    text = socketio.encode(packet)
    frame = engineio.encode(EnginePacket(engineio.EnginePacketType.MESSAGE, text))
    assert TheirEnginePacket(engineio.EnginePacketType.MESSAGE, text).encode() == frame
    theirs = TheirEnginePacket(encoded_packet=frame)
    assert (theirs.packet_type, theirs.data) == (engineio.EnginePacketType.MESSAGE, text)


@pytest.mark.parametrize("packet_type", engineio.EnginePacketType)
@pytest.mark.parametrize("data", ["", "probe"])
def test_engineio_signals_are_written_the_same(packet_type: engineio.EnginePacketType, data: str) -> None:
    frame = engineio.encode(EnginePacket(packet_type, data))
    assert TheirEnginePacket(packet_type, data).encode() == frame
    theirs = TheirEnginePacket(encoded_packet=frame)
    assert (theirs.packet_type, theirs.data) == (packet_type, data)


def test_their_client_reads_our_handshake() -> None:
    frame = engineio.open_packet("s1", ping_interval_ms=120_000, ping_timeout_ms=50_000, max_payload=32_768)
    theirs = TheirEnginePacket(encoded_packet=frame)
    assert theirs.packet_type == engineio.EnginePacketType.OPEN
    assert (theirs.data["sid"], theirs.data["upgrades"], theirs.data["pingTimeout"]) == ("s1", [], 50_000)


def test_they_would_take_more_attachments_than_we_send() -> None:
    head, *parts = TheirPacket(PacketType.EVENT, data=["up", *[b"x"] * ATTACHMENTS_MAX]).encode()
    assert socketio.decode(head).attachments == len(parts) == ATTACHMENTS_MAX
