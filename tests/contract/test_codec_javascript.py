"""Our codec and the stock JavaScript client's: frames recorded from the client, and its parsers as a judge."""

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.codec import engineio, socketio
from serverless_socketio.codec.engineio import EnginePacket
from serverless_socketio.codec.errors import PacketError
from serverless_socketio.codec.socketio import ACK_ID_MAX, ATTACHMENTS_MAX, Packet, PacketType

HERE = Path(__file__).parent
RECORDED = [json.loads(line) for line in (HERE / "frames/javascript.jsonl").read_text().splitlines()]
RESERVED = {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

Judge = Callable[[dict[str, Any]], Any]

# Where the languages differ, neither codec is wrong: JavaScript has no integer beyond ACK_ID_MAX, though it writes
# larger doubles with all their digits, and `__proto__` is no ordinary key there.
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-ACK_ID_MAX, ACK_ID_MAX),
    st.floats(-ACK_ID_MAX, ACK_ID_MAX) | st.sampled_from([1e21, 1.7e308, 5e-324]),
    st.text(),
    st.binary(max_size=20),
)
KEYS = st.text().filter(lambda key: key not in {"_placeholder", "__proto__", "$bytes"})
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=3)
NAMES = st.text().filter(lambda name: name not in RESERVED)
IDS = st.integers(0, ACK_ID_MAX)
NAMESPACES = st.sampled_from(["/", "/chat", "/cha-t/żółw"])
EVENTS = st.builds(lambda name, arguments: [name, *arguments], NAMES, st.lists(VALUES, max_size=3))
PACKETS = st.builds(Packet, st.just(PacketType.EVENT), NAMESPACES, st.none() | IDS, EVENTS) | st.builds(
    Packet, st.just(PacketType.ACK), NAMESPACES, IDS, st.lists(VALUES, max_size=3)
)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """One Node process that answers a line of JSON with a line of JSON."""
    command = ["node", str(HERE / "javascript_codec.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as node:
        pipe_in, pipe_out = node.stdin, node.stdout
        assert pipe_in is not None
        assert pipe_out is not None

        def ask(request: dict[str, Any]) -> Any:
            pipe_in.write(json.dumps(request, default=mark_bytes) + "\n")
            pipe_in.flush()
            return json.loads(pipe_out.readline(), object_hook=revive_bytes)

        yield ask
        pipe_in.close()


def mark_bytes(value: bytes) -> dict[str, str]:
    return {"$bytes": base64.b64encode(value).decode()}


def revive_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value


def write(packet: Packet) -> list[str]:
    """The frames of a whole packet, attachments behind it."""
    data, buffers = socketio.deconstruct(packet.data)
    binary = {PacketType.EVENT: PacketType.BINARY_EVENT, PacketType.ACK: PacketType.BINARY_ACK}
    if buffers:
        packet = replace(packet, type=binary[packet.type], data=data, attachments=len(buffers))
    parts: list[str | bytes] = [socketio.encode(packet), *buffers]
    return [engineio.encode(EnginePacket(engineio.EnginePacketType.MESSAGE, part)) for part in parts]


def read(frames: list[str]) -> Packet:
    """The whole packet of such frames."""
    head, *parts = [engineio.decode(frame).data for frame in frames]
    assert isinstance(head, str)
    return socketio.reconstruct(socketio.decode(head), [part for part in parts if isinstance(part, bytes)])


def meaning(packet: Packet) -> dict[str, Any]:
    return {"type": packet.type.name, "namespace": packet.namespace, "id": packet.id, "data": packet.data}


@pytest.mark.parametrize("exchange", RECORDED, ids=lambda exchange: exchange["what"])
def test_a_recorded_frame_says_what_its_client_was_asked_to_say(exchange: dict[str, Any]) -> None:
    means = json.loads(json.dumps(exchange["means"]), object_hook=revive_bytes)
    frames = exchange["frames"]
    if "engine" in means:
        packet = engineio.decode(frames[0])
        assert {"engine": packet.type.name, "data": packet.data} == means
    elif "refused" in means:
        with pytest.raises(PacketError) as caught:
            read(frames)
        error = caught.value
        assert {"namespace": error.namespace, "ackId": error.ack_id, "event": error.event} == means["refused"]
    else:
        assert meaning(read(frames)) == means


@pytest.mark.parametrize(
    "exchange",
    [exchange for exchange in RECORDED if "type" in exchange["means"]],
    ids=lambda exchange: exchange["what"],
)
def test_a_recorded_packet_is_written_as_its_client_wrote_it(exchange: dict[str, Any]) -> None:
    frames = write(read(exchange["frames"]))
    assert frames == exchange["frames"]


@given(packet=PACKETS)
def test_the_client_reads_what_we_write(judge: Judge, packet: Packet) -> None:
    seen = judge({"frames": write(packet)})
    assert (seen["type"], seen["nsp"], seen.get("id"), seen["data"]) == (
        packet.type,
        packet.namespace,
        packet.id,
        packet.data,
    )


@given(packet=PACKETS)
def test_we_read_what_the_client_writes(judge: Judge, packet: Packet) -> None:
    request = {"type": packet.type, "nsp": packet.namespace, "id": packet.id, "data": packet.data}
    assert read(judge({"packet": request})) == packet


@pytest.mark.parametrize(
    ("packet", "seen"),
    [
        (Packet(PacketType.CONNECT, data={"sid": "s1"}), {"type": 0, "nsp": "/", "data": {"sid": "s1"}}),
        (Packet(PacketType.CONNECT, "/chat", data={"sid": "s"}), {"type": 0, "nsp": "/chat", "data": {"sid": "s"}}),
        (Packet(PacketType.DISCONNECT, "/chat"), {"type": 1, "nsp": "/chat"}),
        (
            Packet(PacketType.CONNECT_ERROR, "/chat", data={"message": "no", "data": {"code": "unauthorized"}}),
            {"type": 4, "nsp": "/chat", "data": {"message": "no", "data": {"code": "unauthorized"}}},
        ),
        (Packet(PacketType.EVENT, data=["half", "\ud800"]), {"type": 2, "nsp": "/", "data": ["half", "\ud800"]}),
    ],
    ids=["connected", "connected to a namespace", "disconnected", "refused", "half a surrogate pair"],
)
def test_the_client_reads_what_only_a_server_writes(judge: Judge, packet: Packet, seen: dict[str, Any]) -> None:
    assert judge({"frames": write(packet)}) == seen


def test_the_client_reads_the_handshake_and_the_ping(judge: Judge) -> None:
    handshake = engineio.open_packet("s1", ping_interval_ms=120_000, ping_timeout_ms=50_000, max_payload=32_768)
    seen = judge({"frames": [handshake]})
    assert seen["engine"] == "open"
    assert json.loads(seen["data"])["pingInterval"] == 120_000
    ping = engineio.encode(EnginePacket(engineio.EnginePacketType.PING))
    assert judge({"frames": [ping]}) == {"engine": "ping", "data": ""}


def test_the_client_takes_as_many_attachments_as_we_do(judge: Judge) -> None:
    placeholders = [{"_placeholder": True, "num": number} for number in range(ATTACHMENTS_MAX + 1)]
    too_many = Packet(PacketType.BINARY_EVENT, data=["up", *placeholders], attachments=ATTACHMENTS_MAX + 1)
    frame = f"4{socketio.encode(too_many)}"
    assert judge({"frames": [frame]}) == {"error": "too many attachments"}
    with pytest.raises(PacketError, match="at most"):
        read([frame])
    most = Packet(PacketType.EVENT, data=["up", *[b"x"] * ATTACHMENTS_MAX])
    assert judge({"frames": write(most)})["data"] == most.data


@pytest.mark.parametrize(
    "frame",
    ['42["hi"', "42{}", "42[]", "43{}", "40[]", "40null", "41{}", "44[]", "47", "4", '45["hi"]', '450-["hi"]', "9"],
)
def test_what_the_client_refuses_we_refuse(judge: Judge, frame: str) -> None:
    seen = judge({"frames": [frame]})
    assert "error" in seen or seen.get("engine") == "error"
    with pytest.raises(PacketError):
        read([frame])
