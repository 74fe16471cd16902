"""Bad frames: each is answered as clearly as it can be, costs nobody else anything, and the connection lives on."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.answers import fail, hear, join, say, succeed, words
from tests.e2e.conftest import Stack, World
from tests.e2e.raw import RawClient, close_code, raw_client

pytestmark = pytest.mark.e2e

FRAME_MAX, MESSAGE_MAX = 32 * 1024, 128 * 1024
TEXT = words(24)
HALF = "\ud83d"  # of a surrogate pair


@pytest.fixture(scope="module")
def sender(session_world: World) -> str:
    """Who sends what is bad."""
    return session_world.crowd[-1]


@pytest.fixture
def raw(world: World, sender: str) -> Iterator[RawClient]:
    """A connection of that user."""
    with raw_client(world.stack, sender) as client:
        yield client


@pytest.fixture(autouse=True)
def bystander(world: World, turns: Iterator[str]) -> Iterator[None]:
    """Somebody else's answer runs meanwhile; it is whole."""
    device = world.connect(next(turns))
    reply_id = say(device, TEXT)["replyId"]
    yield
    hear(device, reply_id).check(TEXT)


def nested(levels: int) -> Any:
    """Return a list so many levels deep."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


ECHO = {"agentId": "echo"}
MESSAGE = {"agentId": "echo", "message": "hi"}

PAYLOADS: dict[str, tuple[str, Any, str, str | None]] = {
    # what is wrong: event, payload, code, the path of the issue
    "null": ("chat:join", None, "invalid", ""),
    "a number": ("chat:join", 5, "invalid", ""),
    "a string": ("chat:join", "echo", "invalid", ""),
    "a list": ("chat:join", [ECHO], "invalid", ""),
    "true": ("chat:message", True, "invalid", ""),
    "empty": ("chat:message", {}, "invalid", "agentId"),
    "no message": ("chat:message", ECHO, "invalid", "message"),
    "agent is a number": ("chat:join", {"agentId": 5}, "invalid", "agentId"),
    "agent is null": ("chat:join", {"agentId": None}, "invalid", "agentId"),
    "agent is empty": ("chat:join", {"agentId": ""}, "invalid", "agentId"),
    "agent is too long": ("chat:join", {"agentId": "x" * 129}, "invalid", "agentId"),
    "agent is unknown": ("chat:message", {"agentId": "x" * 128, "message": "hi"}, "not_found", None),
    "message is empty": ("chat:message", {**MESSAGE, "message": ""}, "invalid", "message"),
    "message is a list": ("chat:message", {**MESSAGE, "message": ["hi"]}, "invalid", "message"),
    "client id is a number": ("chat:message", {**MESSAGE, "clientMessageId": 7}, "invalid", "clientMessageId"),
    "client id is empty": ("chat:message", {**MESSAGE, "clientMessageId": ""}, "invalid", "clientMessageId"),
    "client id is too long": ("chat:message", {**MESSAGE, "clientMessageId": "x" * 129}, "invalid", "clientMessageId"),
    "half a surrogate pair in the message": ("chat:message", {**MESSAGE, "message": HALF}, "invalid", None),
    "half a surrogate pair in a name": ("chat:message", {"agentId": HALF, "message": "hi"}, "invalid", None),
    "half a surrogate pair in a key": ("chat:message", {**MESSAGE, HALF: 1}, "invalid", None),
    "too long": ("chat:message", {**MESSAGE, "message": "x" * 8_001}, "too_large", None),
    "limit is text": ("chat:history", {**ECHO, "limit": "5"}, "invalid", "limit"),
    "limit is too large": ("chat:history", {**ECHO, "limit": 101}, "invalid", "limit"),
    "limit is zero": ("chat:history", {**ECHO, "limit": 0}, "invalid", "limit"),
    "limit is a fraction": ("chat:history", {**ECHO, "limit": 1.5}, "invalid", "limit"),
    "limit is true": ("chat:history", {**ECHO, "limit": True}, "invalid", "limit"),
    "before is too long": ("chat:history", {**ECHO, "before": "x" * 129}, "invalid", "before"),
    "since is a number": ("chat:join", {**ECHO, "since": 5}, "invalid", "since"),
    "index is negative": ("chat:resume", {**ECHO, "messageId": "x", "index": -1}, "invalid", "index"),
    "index is missing": ("chat:resume", {**ECHO, "messageId": "x"}, "invalid", "index"),
    "index is text": ("chat:resume", {**ECHO, "messageId": "x", "index": "0"}, "invalid", "index"),
    "answer is unknown": ("chat:stop", {**ECHO, "messageId": "x"}, "not_found", None),
    "somebody else": ("chat:message", {**MESSAGE, "userId": "alice"}, "forbidden", None),
    "user is a number": ("chat:join", {**ECHO, "userId": 5}, "invalid", "userId"),
    "unknown event": ("chat:nothing", {}, "not_found", None),
    "empty event": ("", {}, "not_found", None),
    "long event": ("e" * 5_000, {}, "not_found", None),
    "internal event": ("connect_error", {}, "not_found", None),
    "65 levels": ("chat:join", {**ECHO, "x": nested(64)}, "invalid", None),
    "many levels": ("chat:join", {**ECHO, "x": nested(500)}, "invalid", None),
}

PACKETS = {
    "no packet type": "4",
    "unknown packet type": "49",
    "unknown Engine.IO type": "9",
    "text": "hello",
    "a JSON object": '{"action": "chat:join", "data": {"agentId": "echo"}}',
    "an open packet": '0{"sid":"x"}',
    "an upgrade": "5",
    "an event without a body": "42",
    "an event that is an object": "42{}",
    "an event that is text": '42"x"',
    "an event without a name": "42[]",
    "an event whose name is a number": "42[5]",
    "an event whose name is null": "42[null,{}]",
    "an event that ends early": '42["chat:join",{"agentId":"ec',
    "an event of brackets alone": "42" + "[" * 30_000,
    "an event with a rest": '42["chat:join"]]',
    "NaN": '42["chat:join",NaN]',
    "a number beyond a double": '42["chat:join",1e999]',
    "an id that is too large": f'42{2**60}["chat:join",{{}}]',
    "an ack without an id": '43["x"]',
    "an ack that is an object": "431{}",
    "a refusal": "44{}",
    "a namespace that is not connected": '42/admin,["chat:join",{}]',
    "an attachment that is no base64": "b!!!",
    "a binary event without a count": '45["x"]',
    "a binary event with too many attachments": '45999999-["x"]',
}


def check_error(error: Any, code: str, path: str | None) -> None:
    assert error["code"] == code
    assert error["message"]
    if code == "too_large":
        assert error["limit"] == 8_000
    if path is not None:
        assert path in [issue["path"] for issue in error["issues"]]
    assert all(issue["message"] for issue in error.get("issues", []))


def test_bad_payloads_are_refused_on_the_ack(raw: RawClient) -> None:
    for wrong, (event, payload, code, path) in PAYLOADS.items():
        ack = raw.call(event, payload)
        assert ack["ok"] is False, wrong
        check_error(ack["error"], code, path)
    assert raw.is_alive()
    assert not raw.others


def test_bad_payloads_are_refused_by_an_event_without_an_ack(raw: RawClient) -> None:
    for event, payload, code, path in PAYLOADS.values():
        error = raw.refused("42" + json.dumps([event, payload]))
        check_error(error, code, path)
        assert error["event"] == event[:128]
    assert raw.is_alive()
    assert not raw.others


def test_an_event_without_a_payload_is_refused(raw: RawClient) -> None:
    check_error(raw.call("chat:join")["error"], "invalid", "agentId")


def test_an_attachment_that_nobody_announced_waits_for_its_head_and_keeps_nobody_waiting(raw: RawClient) -> None:
    raw.websocket.send("bAAAA")
    assert raw.is_alive()
    assert not raw.others


def test_bad_packets_are_told_as_an_error(raw: RawClient) -> None:
    for packet in PACKETS.values():
        check_error(raw.refused(packet), "invalid", "")
        assert raw.is_alive(), packet
    assert not raw.others


def test_what_is_unusual_is_taken(raw: RawClient, sender: str) -> None:
    assert raw.call("chat:join", {**ECHO, "userId": None, "since": None, "unknown": 1})["ok"]
    assert raw.call("chat:join", {**ECHO, "userId": sender})["ok"]
    assert raw.call("chat:join", {**ECHO, "x": nested(63)})["ok"]
    assert raw.call("chat:join", ECHO, "more", ["arguments"])["ok"]
    assert raw.call_text(2**53 - 1, '["chat:join",{"agentId":"echo"}]')["ok"]
    assert raw.call_text(0, ' [ "chat:join" , {"agentId": "ec\\u0068o", "agentId": "echo"} ] ')["ok"]
    raw.websocket.send("2probe")
    assert raw.receive() == "3probe"
    raw.websocket.send("6")
    raw.websocket.send("3")
    assert raw.is_alive()


def test_a_namespace_is_refused_on_a_connection_that_lives_on(raw: RawClient) -> None:
    raw.websocket.send('40/admin,{"token":"x"}')
    refused = raw.receive()
    assert refused.startswith("44/admin,")
    assert json.loads(refused.partition(",")[2])["data"] == {"code": "invalid"}
    assert raw.is_alive()


def test_a_connection_that_left_its_namespace_may_connect_again_and_is_closed_if_it_does_not(
    stack: Stack, user: str
) -> None:
    with raw_client(stack, user) as raw:
        for _ in range(3):
            raw.websocket.send("41")
            raw.websocket.send(f'40{{"token":"{stack.key(user)}"}}')  # which may overtake it
            answer = raw.receive()
            while not answer.startswith("40"):
                answer = raw.receive()
            assert answer.startswith('40{"sid"')
            assert raw.is_alive()
        left = time.monotonic()
        raw.websocket.send("41")
        assert close_code(raw.websocket, 60) == 1000
        assert 15 <= time.monotonic() - left <= 50


def test_a_message_may_have_8000_code_points(world: World, user: str) -> None:
    device = world.connect(user)
    text = "\U0001f600" * 8_000
    hear(device, succeed(device, "chat:message", {**MESSAGE, "message": text}, 10)["replyId"]).check(text)
    assert fail(device, "chat:message", {**MESSAGE, "message": text + "!"})["limit"] == 8_000


def test_a_binary_frame_closes_with_1003(raw: RawClient) -> None:
    raw.websocket.send(b"\x00\x01")
    assert close_code(raw.websocket) == 1003


def test_a_frame_of_32_kb_is_taken_and_a_larger_one_closes_with_1009(raw: RawClient) -> None:
    assert raw.refused(sized(FRAME_MAX))["code"] == "too_large"
    assert raw.is_alive()
    raw.websocket.send(sized(FRAME_MAX + 1))
    assert close_code(raw.websocket) == 1009


def test_a_message_of_128_kb_in_pieces_is_taken_and_a_larger_one_closes_with_1009(raw: RawClient) -> None:
    raw.websocket.send(pieces(sized(MESSAGE_MAX)))
    assert json.loads(raw.receive()[2:])[1]["code"] == "too_large"
    assert raw.is_alive()
    with suppress(ConnectionClosed):  # the close may come while the last piece is being sent
        raw.websocket.send(pieces(sized(MESSAGE_MAX + 1)))
    assert close_code(raw.websocket) == 1009


def sized(length: int) -> str:
    """Return a message that is too large, as a frame of so many bytes."""
    frame = "42" + json.dumps(["chat:message", {**MESSAGE, "message": ""}])
    return frame.replace('""', f'"{"x" * (length - len(frame))}"')


def pieces(text: str) -> Iterator[str]:
    """Cut a text into frames that are small enough."""
    for start in range(0, len(text), FRAME_MAX):
        yield text[start : start + FRAME_MAX]


def binary(*parts: bytes) -> dict[str, Any]:
    """Return a payload with bytes in it, for the JavaScript client."""
    return {**ECHO, "parts": [{"$bytes": base64.b64encode(part).decode()} for part in parts]}


def test_bytes_as_base64_are_taken(world: World, user: str) -> None:
    device = world.connect(user, forceBase64=True)
    assert join(device)["ok"]
    assert succeed(device, "chat:join", binary(b"\x00\xff" * 100))["room"] == f"chat:echo:{user}"
    assert fail(device, "chat:message", binary(b"x"))["code"] == "invalid"
    assert fail(device, "chat:join", binary(b"x")["parts"][0])["code"] == "invalid"


def test_several_attachments_are_taken_or_asked_for_again(world: World, user: str) -> None:
    device = world.connect(user, forceBase64=True)
    for _ in range(10):
        ack = device.call("chat:join", binary(b"one", b"two"))
        assert ack["ok"] or "again" in ack["error"]["message"], ack


def test_bytes_as_they_are_end_the_connection_and_the_client_comes_back(world: World, user: str) -> None:
    device = world.connect(user, reconnectionDelay=50, reconnectionDelayMax=100)
    device.emit("chat:join", binary(b"\x00"))
    lost = device.wait_for("disconnect")
    device.wait_for("connect", after=device.log.index(lost))
    assert join(device)["ok"]
