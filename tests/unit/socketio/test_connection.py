"""What a frame means, for every packet in every state a connection can be in."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio.codec.socketio import Packet, PacketType, decode
from serverless_socketio.connection import (
    Acknowledge,
    Alive,
    Close,
    Collect,
    Connect,
    Disconnect,
    Dispatch,
    Effect,
    Ignore,
    Reject,
    Send,
    State,
    receive,
    receive_assembled,
)

OPENED = State("socketio")
CONNECTED = State("socketio", {"/": "sid"})
ELSEWHERE = State("socketio", {"/chat": "sid"})
LEFT = State("socketio", has_left=True)
NATIVE = State("native", {"/": "sid"})
REFUSED_NATIVE = State("native")

FILE = '451-["file",{"_placeholder":true,"num":0}]'
CONTENT = '461-0[{"_placeholder":true,"num":0}]'
CLOSED: list[Effect] = [Close()]


@pytest.mark.parametrize(
    ("frame", "effects"),
    [
        ("40", [Connect("/", None)]),
        ('40{"token":"t"}', [Connect("/", {"token": "t"})]),
        ('40/chat,{"token":"t"}', [Connect("/chat", {"token": "t"})]),
        ("3", [Alive()]),
        ("41", CLOSED),
        ('42["say","hi"]', CLOSED),
        ("430[]", CLOSED),
        ('44{"message":"no"}', CLOSED),
        ('451-["file",{"_placeholder":true,"num":0}]', CLOSED),
        ('461-0[{"_placeholder":true,"num":0}]', CLOSED),
        ("bAQID", CLOSED),
        ("0{}", CLOSED),
        ("1", CLOSED),
        ("2", CLOSED),
        ("5", CLOSED),
        ("6", CLOSED),
        ("", CLOSED),
        ("hello", CLOSED),
        ('{"action":"say"}', CLOSED),
        ("4", CLOSED),
        ("40[]", CLOSED),
    ],
)
def test_before_the_first_socket_only_connect_and_pongs_are_let_in(frame: str, effects: list[Effect]) -> None:
    assert receive(OPENED, frame) == effects


@pytest.mark.parametrize(
    "frame", ["41", '42["say","hi"]', '427["say"]', "430[]", "bAQID", "0{}", "2", "5", "6", "", "4"]
)
def test_after_the_last_socket_what_was_sent_to_it_is_ignored(frame: str) -> None:
    assert receive(LEFT, frame) == [Ignore()]


@pytest.mark.parametrize(
    ("frame", "effects"),
    [("40", [Connect("/", None)]), ("40/chat,", [Connect("/chat", None)]), ("3", [Alive()])],
)
def test_after_the_last_socket_there_may_be_another(frame: str, effects: list[Effect]) -> None:
    assert receive(LEFT, frame) == effects
    assert receive(LEFT, "1") == [Close("client disconnect")]


@pytest.mark.parametrize(
    ("frame", "effects"),
    [
        ('42["say","hi"]', [Dispatch("/", "say", ("hi",), None)]),
        ('427["say"]', [Dispatch("/", "say", (), 7)]),
        ('420["",1,null]', [Dispatch("/", "", (1, None), 0)]),
        ('437["yes"]', [Acknowledge("/", 7, ["yes"])]),
        ("41", [Disconnect("/")]),
        ("40/chat,", [Connect("/chat", None)]),
        (FILE, [Collect(decode(FILE[1:]))]),
        (CONTENT, [Collect(decode(CONTENT[1:]))]),
        ("bAQID", [Collect()]),
        ("1", [Close("client disconnect")]),
        ("2", [Send("3")]),
        ("2probe", [Send("3probe")]),
        ("3", [Alive()]),
        ("6", [Ignore()]),
    ],
)
def test_a_connected_socket_speaks_the_whole_protocol(frame: str, effects: list[Effect]) -> None:
    assert receive(CONNECTED, frame) == effects


@pytest.mark.parametrize(
    "frame",
    [
        '42/chat,["say"]',  # not connected there
        "41/chat,",
        '43/chat,0["yes"]',
        '44{"message":"no"}',  # the server's to say
        "0{}",
        "5",
        "",
        "9",
        "b*",
        '{"action":"say"}',
        "42{}",
        '42["say"',
    ],
)
def test_a_bad_frame_is_refused_and_the_connection_lives_on(frame: str) -> None:
    (effect,) = receive(CONNECTED, frame)
    assert isinstance(effect, Reject)


def test_a_second_connect_leaves_the_namespace_it_names_first() -> None:
    effects = receive(State("socketio", {"/": "sid", "/chat": "other"}), "40/chat,")
    assert effects == [Disconnect("/chat", is_overtaken=True), Connect("/chat", None)]


@pytest.mark.parametrize(
    ("frame", "effects"),
    [
        ('42/chat,1["say"]', [Dispatch("/chat", "say", (), 1)]),
        ("43/chat,1[]", [Acknowledge("/chat", 1, [])]),
        ("41/chat,", [Disconnect("/chat")]),
        ("40", [Connect("/", None)]),
    ],
)
def test_a_namespace_other_than_the_main_one_is_as_good(frame: str, effects: list[Effect]) -> None:
    assert receive(ELSEWHERE, frame) == effects


@pytest.mark.parametrize(
    ("frame", "effects"),
    [
        ('{"action":"say","id":"7","data":{"a":1}}', [Dispatch("/", "say", ({"a": 1},), "7")]),
        ('{"action":"say"}', [Dispatch("/", "say", (None,), None)]),
    ],
)
def test_a_native_client_speaks_json(frame: str, effects: list[Effect]) -> None:
    assert receive(NATIVE, frame) == effects


@pytest.mark.parametrize("frame", ['42["say"]', "2", "[]", "", '{"action":1}', '{"action":"say","id":7}'])
def test_a_bad_frame_of_a_native_client_is_refused(frame: str) -> None:
    (effect,) = receive(NATIVE, frame)
    assert isinstance(effect, Reject)


def test_a_native_client_that_was_not_accepted_is_closed() -> None:
    assert receive(REFUSED_NATIVE, '{"action":"say"}') == CLOSED


def test_an_assembled_event_is_dispatched_like_any_other() -> None:
    event = Packet(PacketType.EVENT, id=3, data=["file", b"\x01"])
    assert receive_assembled(CONNECTED, event) == [Dispatch("/", "file", (b"\x01",), 3)]
    ack = Packet(PacketType.ACK, id=3, data=[b"\x01"])
    assert receive_assembled(CONNECTED, ack) == [Acknowledge("/", 3, [b"\x01"])]


@pytest.mark.parametrize(
    "packet",
    [Packet(PacketType.EVENT, "/chat", data=["file"]), Packet(PacketType.ACK, data=[]), Packet(PacketType.CONNECT)],
)
def test_an_assembled_packet_that_makes_no_sense_is_refused(packet: Packet) -> None:
    (effect,) = receive_assembled(CONNECTED, packet)
    assert isinstance(effect, Reject)


STATES = st.sampled_from([OPENED, CONNECTED, ELSEWHERE, LEFT, NATIVE, REFUSED_NATIVE])
FRAMES = (
    st.text(st.characters())
    | st.from_regex(r"\A4[0-6]([0-9]+-)?(/[a-z]{0,5},)?[0-9]{0,3}(\[.{0,20}\]|\{.{0,20}\})?\Z")
    | st.from_regex(r"\A[0-6b]?[0-6]?.{0,20}\Z")
)


@given(STATES, FRAMES)
@example(NATIVE, '{"action":"\\ud800"}')
@example(CONNECTED, "2\ud800")
def test_no_text_makes_it_raise(state: State, frame: str) -> None:
    assert isinstance(receive(state, frame), list)


@given(FRAMES.filter(lambda frame: frame[:1] != "3" and frame[:2] != "40"))
def test_nothing_else_gets_past_the_door_before_connect(frame: str) -> None:
    assert receive(OPENED, frame) == CLOSED
