"""Socket.IO packets: text, attachments, and what a refusal knows."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio.codec.errors import PacketError
from serverless_socketio.codec.socketio import (
    ACK_ID_MAX,
    ATTACHMENTS_MAX,
    NAMESPACE_LENGTH_MAX,
    Packet,
    PacketType,
    decode,
    deconstruct,
    encode,
    reconstruct,
)

LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
KEYS = st.text().filter(lambda key: key != "_placeholder")
JSON = st.recursive(LEAVES | st.text(), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=10)
WITH_BYTES = st.recursive(
    LEAVES | st.text() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=3
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=3)
NAMESPACES = st.just("/") | st.text(
    st.characters(exclude_characters=",?", exclude_categories=["Cs"]), max_size=NAMESPACE_LENGTH_MAX - 1
).map("/{}".format)
IDS = st.integers(0, ACK_ID_MAX)
EVENTS = st.builds(lambda name, arguments: [name, *arguments], st.text(), st.lists(JSON, max_size=3))


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """Every type, namespace, id and body that the protocol has."""
    packet_type = draw(st.sampled_from(PacketType))
    ack_id: st.SearchStrategy[int | None] = st.none()
    attachments = st.just(0)
    body: st.SearchStrategy[Any]
    match packet_type:
        case PacketType.CONNECT:
            body = st.none() | OBJECTS
        case PacketType.DISCONNECT:
            body = st.none()
        case PacketType.CONNECT_ERROR:
            body = OBJECTS | st.text()
        case PacketType.EVENT | PacketType.BINARY_EVENT:
            ack_id, body = st.none() | IDS, EVENTS
        case PacketType.ACK | PacketType.BINARY_ACK:
            ack_id, body = IDS, st.lists(JSON, max_size=3)
    if packet_type in {PacketType.BINARY_EVENT, PacketType.BINARY_ACK}:
        attachments = st.integers(1, ATTACHMENTS_MAX)
    return Packet(packet_type, draw(NAMESPACES), draw(ack_id), draw(body), draw(attachments))


@given(packets())
def test_decode_undoes_encode(packet: Packet) -> None:
    assert decode(encode(packet)) == packet


@given(st.text(st.characters()) | st.text('0123456-/,?[]{}"\\un:_ ', max_size=60))
@example("2" + "9" * 5000)
@example("5" + "9" * 5000 + "-[]")
@example("2٣[]")  # a digit to int(), none to the protocol
def test_decode_accepts_or_raises_packet_error(frame: str) -> None:
    with suppress(PacketError):
        decode(frame)


@given(packets(), st.data())
def test_a_frame_that_was_tampered_with_is_accepted_or_raises_packet_error(packet: Packet, data: st.DataObject) -> None:
    frame = encode(packet)
    start = data.draw(st.integers(0, len(frame)))
    end = data.draw(st.integers(start, len(frame)))
    with suppress(PacketError):
        encode(decode(frame[:start] + data.draw(st.text(st.characters(), max_size=5)) + frame[end:])).encode()


@pytest.mark.parametrize(
    ("frame", "packet"),
    [
        ("0", Packet(PacketType.CONNECT)),
        ('0{"token":"k"}', Packet(PacketType.CONNECT, data={"token": "k"})),
        ('0/chat,{"token":"k"}', Packet(PacketType.CONNECT, "/chat", data={"token": "k"})),
        ("1/chat,", Packet(PacketType.DISCONNECT, "/chat")),
        ('2["hi"]', Packet(PacketType.EVENT, data=["hi"])),
        ('2[""]', Packet(PacketType.EVENT, data=[""])),
        (f'2/chat,{ACK_ID_MAX}["hi",1]', Packet(PacketType.EVENT, "/chat", ACK_ID_MAX, ["hi", 1])),
        ("30[]", Packet(PacketType.ACK, id=0, data=[])),
        ('4{"message":"no"}', Packet(PacketType.CONNECT_ERROR, data={"message": "no"})),
        (
            '51-/chat,7["up",{"_placeholder":true,"num":0}]',
            Packet(PacketType.BINARY_EVENT, "/chat", 7, ["up", {"_placeholder": True, "num": 0}], 1),
        ),
        (
            '61-7[{"_placeholder":true,"num":0}]',
            Packet(PacketType.BINARY_ACK, "/", 7, [{"_placeholder": True, "num": 0}], 1),
        ),
    ],
)
def test_frames_of_the_protocol(frame: str, packet: Packet) -> None:
    assert decode(frame) == packet
    assert encode(packet) == frame


@pytest.mark.parametrize(
    ("frame", "namespace"),
    [("0/chat", "/chat"), ("0/chat?token=1,", "/chat"), ("0/chat?a,{}", "/chat"), ("0/?x=1", "/"), ("0/,", "/")],
)
def test_a_namespace_ends_at_its_query_its_comma_or_the_end(frame: str, namespace: str) -> None:
    assert decode(frame).namespace == namespace


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "no known type"),
        ("7", "no known type"),
        ("²", "no known type"),
        (f"0/{'a' * NAMESPACE_LENGTH_MAX},", "namespace is too long"),
        ("0/\ud800,", "namespace is not valid"),
        (f'2{ACK_ID_MAX + 1}["hi"]', "ack id is too large"),
        (f'2{"0" * 17}["hi"]', "ack id is too large"),
        ("0[]", "CONNECT carries"),
        ("0null", "CONNECT carries"),
        ("01", "Only events and acks"),
        ("1{}", "DISCONNECT carries"),
        ("1null", "DISCONNECT carries"),
        ("2", "begins with"),
        ("2[]", "begins with"),
        ("2[7]", "begins with"),
        ('2{"a":1}', "begins with"),
        ('2-["hi"]', "valid JSON"),
        ('2["hi"', "valid JSON"),
        ('2["hi"]]', "valid JSON"),
        ('21-["hi"]', "Only binary"),
        ("31", "An ack is a list"),
        ("3[]", "needs the id"),
        ('31{"a":1}', "An ack is a list"),
        ("4", "CONNECT_ERROR carries"),
        ("4[]", "CONNECT_ERROR carries"),
        ('5["hi"]', "needs the number"),
        ('50-["hi"]', "needs the number"),
        ('511-["hi"]', "at most"),
        (f'5{"1" * 5000}-["hi"]', "at most"),
        ('5-1["hi"]', "needs the number"),
    ],
)
def test_what_is_no_packet_is_refused_with_a_reason(frame: str, reason: str) -> None:
    with pytest.raises(PacketError, match=reason) as caught:
        decode(frame)
    assert caught.value.reason == str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        "[" * 66 + "]" * 66,
        "[" * 50_000,
        "NaN",
        "1e999",
        r'"\ud800"',
        r'{"\udfff":1}',
        "oops",
    ],
    ids=["too deep", "bottomless", "NaN", "1e999", "lone surrogate", "lone surrogate in a key", "no JSON"],
)
def test_a_refused_body_can_be_answered_on_its_ack(arguments: str) -> None:
    with pytest.raises(PacketError) as caught:
        decode(f'2/chat,7["chat:\\u006aoin",{arguments}]')
    refused = caught.value
    assert (refused.namespace, refused.ack_id, refused.event) == ("/chat", 7, "chat:join")


@pytest.mark.parametrize(
    ("body", "event"),
    [("", None), ("{}", None), ("[7]", None), ('["a', None), (r'["\x"', None), (r'["\ud800"]', "\ud800")],
)
def test_a_refusal_names_the_event_where_it_can_be_read(body: str, event: str | None) -> None:
    with pytest.raises(PacketError) as caught:
        decode(f"27{body}")
    assert (caught.value.ack_id, caught.value.event) == (7, event)


def test_a_refused_ack_is_not_to_be_answered() -> None:
    with pytest.raises(PacketError) as caught:
        decode("3/chat,7oops")
    assert (caught.value.namespace, caught.value.ack_id) == ("/chat", None)


def test_a_payload_of_64_levels_is_read() -> None:
    assert decode('27["hi",' + "[" * 64 + "]" * 64 + "]").id == 7


@given(st.text(), st.binary(), st.lists(WITH_BYTES, max_size=3), NAMESPACES, st.none() | IDS)
def test_reconstruct_undoes_deconstruct(
    event: str, first: bytes, rest: list[Any], namespace: str, ack_id: int | None
) -> None:
    whole = [event, first, *rest]
    data, buffers = deconstruct(whole)
    sent = Packet(PacketType.BINARY_EVENT, namespace, ack_id, data, len(buffers))
    received = reconstruct(decode(encode(sent)), buffers)
    assert received == Packet(PacketType.EVENT, namespace, ack_id, whole)


@given(EVENTS)
def test_data_without_bytes_is_left_as_it_is(data: list[Any]) -> None:
    assert deconstruct(data) == (data, [])
    packet = Packet(PacketType.EVENT, data=data)
    assert reconstruct(packet, []) is packet


def test_bytes_are_taken_out_in_order_wherever_they_are() -> None:
    data, buffers = deconstruct(["up", b"1", {"a": (bytearray(b"2"), memoryview(b"3"))}])
    assert buffers == [b"1", b"2", b"3"]
    assert data == [
        "up",
        {"_placeholder": True, "num": 0},
        {"a": [{"_placeholder": True, "num": 1}, {"_placeholder": True, "num": 2}]},
    ]


def test_a_binary_ack_becomes_an_ack() -> None:
    packet = decode('61-7[{"_placeholder":true,"num":0}]')
    assert reconstruct(packet, [b"1"]) == Packet(PacketType.ACK, id=7, data=[b"1"])


def test_more_attachments_than_a_client_takes_are_not_sent() -> None:
    deconstruct([b""] * ATTACHMENTS_MAX)
    with pytest.raises(ValueError, match="11"):
        deconstruct([b""] * (ATTACHMENTS_MAX + 1))


def test_what_looks_like_a_placeholder_is_not_sent_beside_bytes() -> None:
    forged = {"_placeholder": True, "num": 9}
    assert deconstruct(["up", forged]) == (["up", forged], [])
    with pytest.raises(ValueError, match="_placeholder"):
        deconstruct(["up", forged, b"1"])


@pytest.mark.parametrize(
    "placeholder",
    [
        {},
        {"num": 1},
        {"num": -1},
        {"num": 0.0},
        {"num": "0"},
        {"num": True},
        {"num": None},
        {"num": [0]},
    ],
    ids=str,
)
def test_a_placeholder_that_names_no_attachment_is_refused(placeholder: dict[str, Any]) -> None:
    packet = Packet(PacketType.BINARY_EVENT, "/chat", 7, ["up", {"_placeholder": True, **placeholder}], 1)
    with pytest.raises(PacketError, match="names no attachment") as caught:
        reconstruct(packet, [b"1"])
    refused = caught.value
    assert (refused.namespace, refused.ack_id, refused.event) == ("/chat", 7, "up")


@pytest.mark.parametrize("numbers", [[0], [0, 0], [0, 1, 1]], ids=["one unused", "one twice", "one too many"])
def test_placeholders_and_attachments_are_one_to_one(numbers: list[int]) -> None:
    data = [{"_placeholder": True, "num": number} for number in numbers]
    packet = Packet(PacketType.BINARY_ACK, id=7, data=data, attachments=2)
    with pytest.raises(PacketError) as caught:
        reconstruct(packet, [b"1", b"2"])
    assert (caught.value.namespace, caught.value.ack_id) == ("/", None)


@pytest.mark.parametrize("buffers", [[], [b"1", b"2"]])
def test_the_number_of_attachments_is_the_one_announced(buffers: list[bytes]) -> None:
    packet = decode('51-["up",{"_placeholder":true,"num":0}]')
    with pytest.raises(PacketError, match="another number"):
        reconstruct(packet, buffers)
    with pytest.raises(PacketError, match="another number"):
        reconstruct(replace(packet, type=PacketType.EVENT, attachments=0), [b"1"])


def test_only_true_marks_a_placeholder() -> None:
    data = ["up", {"_placeholder": "yes", "num": 0}, {"_placeholder": True, "num": 0}]
    packet = Packet(PacketType.BINARY_EVENT, data=data, attachments=1)
    assert reconstruct(packet, [b"1"]).data == ["up", {"_placeholder": "yes", "num": 0}, b"1"]
