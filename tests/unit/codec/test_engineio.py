"""Engine.IO text frames."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio.codec.engineio import (
    FRAME_LENGTH_MAX,
    EnginePacket,
    EnginePacketType,
    decode,
    encode,
    open_packet,
)
from serverless_socketio.codec.errors import PacketError

PACKETS = st.builds(EnginePacket, st.sampled_from(EnginePacketType), st.text()) | st.builds(
    EnginePacket, st.just(EnginePacketType.MESSAGE), st.binary()
)


@given(PACKETS)
def test_decode_undoes_encode(packet: EnginePacket) -> None:
    assert decode(encode(packet)) == packet


@given(st.text(st.characters()) | st.builds("b{}".format, st.text("ABab01+/=\n ")))
@example("²")  # a digit to str.isdigit, none to int
@example("bé")
def test_decode_accepts_or_raises_packet_error(frame: str) -> None:
    with suppress(PacketError):
        decode(frame)


@pytest.mark.parametrize(
    ("frame", "packet"),
    [
        ("1", EnginePacket(EnginePacketType.CLOSE)),
        ("2probe", EnginePacket(EnginePacketType.PING, "probe")),
        ("3", EnginePacket(EnginePacketType.PONG)),
        ('42["hello"]', EnginePacket(EnginePacketType.MESSAGE, '2["hello"]')),
        ("bAQID", EnginePacket(EnginePacketType.MESSAGE, b"\x01\x02\x03")),
        ("b", EnginePacket(EnginePacketType.MESSAGE, b"")),
    ],
)
def test_frames_of_the_protocol(frame: str, packet: EnginePacket) -> None:
    assert decode(frame) == packet
    assert encode(packet) == frame


@pytest.mark.parametrize("frame", ["", "7", "B", " 2", '{"action":"chat:join"}', "٣"])
def test_a_frame_of_no_known_type_is_refused(frame: str) -> None:
    with pytest.raises(PacketError, match="is not an Engine"):
        decode(frame)


@pytest.mark.parametrize("text", ["A", "AQI", "AQ==AQ==", "AQI=\n", "A QI", "-_8=", "=", "é"])
def test_base64_is_strict(text: str) -> None:
    with pytest.raises(PacketError, match="base64"):
        decode(f"b{text}")


def test_a_frame_longer_than_the_gateway_passes_is_refused() -> None:
    decode("4".ljust(FRAME_LENGTH_MAX))
    with pytest.raises(PacketError, match="too long"):
        decode("4".ljust(FRAME_LENGTH_MAX + 1))


def test_only_a_message_carries_bytes() -> None:
    with pytest.raises(ValueError, match="PING"):
        encode(EnginePacket(EnginePacketType.PING, b"probe"))


def test_the_handshake_offers_no_upgrade() -> None:
    frame = open_packet("s1", ping_interval_ms=120_000, ping_timeout_ms=50_000, max_payload=32_768)
    assert frame[0] == "0"
    assert json.loads(frame[1:]) == {
        "sid": "s1",
        "upgrades": [],
        "pingInterval": 120_000,
        "pingTimeout": 50_000,
        "maxPayload": 32_768,
    }
