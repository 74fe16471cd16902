"""What a `connect` handler does to its own socket, as python-socketio's users are used to it."""

from __future__ import annotations

import errno
import json
from typing import Any

import pytest

from serverless_socketio.exceptions import DisconnectedError, FrameTooLargeError
from serverless_socketio.namespace import Namespace
from serverless_socketio.recovery.state import Recovery
from tests.unit.socketio.world import World


def connect(world: World, address: str = "alice", auth: Any = None, *, recovery: bool = False) -> list[str]:
    """Connect; every frame that the client gets for it, in order."""
    world.open(address, recovery=recovery)
    before = len(world.sent_to(address))
    returned = world.send(address, "40" + ("" if auth is None else json.dumps(auth)))
    return [*world.sent_to(address)[before:], *returned]


@pytest.mark.parametrize("targets", ["sid", "room", "both", "everybody", "namespace"])
def test_what_is_emitted_to_oneself_comes_after_the_answer_and_once(world: World, targets: str) -> None:
    def handler(sid: str, environ: dict[str, Any]) -> None:
        world.sio.enter_room(sid, "lobby")
        to = {"sid": sid, "room": "lobby", "both": ["lobby", sid], "everybody": None, "namespace": None}[targets]
        world.sio.emit("hello", "you", to=to)
        world.sio.emit("hello", ("again", 2), to=to)

    world.sio.on("connect", handler)
    answer, *events = connect(world)
    assert answer.startswith('40{"sid":"')
    assert events == ['42["hello","you"]', '42["hello","again",2]']


def test_others_get_it_at_once_and_who_is_skipped_or_elsewhere_does_not(world: World) -> None:
    world.connect("bob")

    def handler(sid: str, environ: dict[str, Any]) -> None:
        world.sio.enter_room(sid, "lobby")
        world.sio.emit("came", 1)
        world.sio.emit("came", 2, skip_sid=sid)
        world.sio.emit("came", 3, room="lobby", skip_sid=[sid])
        world.sio.emit("came", 4, room="elsewhere")
        world.sio.emit("came", 5, namespace="/other")
        world.sio.leave_room(sid, "lobby")
        world.sio.emit("came", 6, room="lobby")
        world.sio.emit("came", 7, to=[])

    world.sio.on("connect", handler)
    _, *events = connect(world)
    assert events == ['42["came",1]']
    assert world.sent_to("bob") == ['42["came",1]', '42["came",2]']


def test_it_is_sent_as_it_was_and_bytes_and_acknowledgements_too(world: World) -> None:
    heard: list[Any] = []

    @world.sio.callback
    def answered(*args: Any) -> None:
        heard.append(args)

    def handler(sid: str, environ: dict[str, Any]) -> None:
        data = {"n": 1}
        world.sio.emit("state", data, to=sid)
        data["n"] = 2
        world.sio.emit("file", b"\x01", to=sid)
        world.sio.emit("ask", to=sid, callback=answered)
        world.sio.send("text", to=sid)

    world.sio.on("connect", handler)
    _, *events = connect(world)
    assert events == [
        '42["state",{"n":1}]',
        '451-["file",{"_placeholder":true,"num":0}]',
        "bAQ==",
        '421["ask"]',
        '42["message","text"]',
    ]
    world.send("alice", '431["yes"]')
    assert heard == [("yes",)]


def test_what_cannot_be_sent_is_refused_where_it_is_emitted(world: World) -> None:
    caught: list[type[Exception]] = []

    def handler(sid: str, environ: dict[str, Any]) -> None:
        for event, data in (("disconnecting", 1), ("much", "x" * 200_000)):
            try:
                world.sio.emit(event, data, to=sid)
            except (ValueError, FrameTooLargeError) as error:
                caught.append(type(error))
        with pytest.raises(DisconnectedError):
            world.sio.call("ask", to=sid)

    world.sio.on("connect", handler)
    assert len(connect(world)) == 1
    assert caught == [ValueError, FrameTooLargeError]
    assert world.clock.slept == []


@pytest.mark.parametrize("how", ["refuse", "disconnect"])
def test_a_client_that_is_not_accepted_gets_nothing_else(world: World, how: str) -> None:
    def handler(sid: str, environ: dict[str, Any]) -> bool:
        world.sio.emit("hello", to=sid)
        if how == "disconnect":
            world.sio.disconnect(sid)
        return how != "refuse"

    world.sio.on("connect", handler)
    (answer,) = connect(world)
    assert answer.startswith("44")
    connection = world.store.connections.find("alice")
    assert connection is not None
    assert connection.sockets == {}


def test_hooks_of_the_accepted_socket_come_after_what_its_handler_emitted(world: World) -> None:
    world.sio.on("connect", lambda sid, environ: world.sio.emit("hello", to=sid))
    world.sio.hooks.on_accepted(lambda member, session: world.sio.emit("accepted", to=member.sid))
    answer, *events = connect(world)
    assert answer.startswith("40")
    assert events == ['42["hello"]', '42["accepted"]']


def test_a_class_emits_in_its_own_namespace(world: World) -> None:
    class Chat(Namespace):
        def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
            self.emit("hello", to=sid)

    world.sio.register_namespace(Chat("/chat"))
    world.open("alice")
    world.send("alice", "40/chat,")
    assert world.sent_to("alice")[1:] == ['42/chat,["hello"]']


def test_a_client_that_comes_back_gets_it_after_what_it_missed() -> None:
    world = World(recovery=Recovery(identity=lambda session: session["user"], window_ms=60_000))

    def handler(sid: str, environ: dict[str, Any]) -> None:
        world.sio.save_session(sid, {"user": "alice"})
        world.sio.enter_room(sid, "lobby")
        world.sio.emit("hello", room="lobby")

    world.sio.on("connect", handler)
    answer, hello = connect(world, recovery=True)
    pid, offset = json.loads(answer[2:])["pid"], json.loads(hello[2:])[-1]
    world.sio.manager.closed("alice", "transport close")
    world.sio.emit("missed", room="lobby")
    answer, *events = connect(world, "alice2", {"pid": pid, "offset": offset}, recovery=True)
    assert json.loads(answer[2:])["pid"] == pid
    assert [json.loads(event[2:])[0] for event in events] == ["missed", "hello"]


def test_a_native_client_cannot_be_told_inside_its_handshake(world: World) -> None:
    world.sio.on("connect", lambda sid, environ: world.sio.emit("hello", to=sid))
    world.connect_native("nora")
    assert world.sent_to("nora") == []


def test_a_handler_may_ask_about_the_handshake(world: World) -> None:
    said: list[Any] = []
    world.sio.on("connect", lambda sid, environ: said.extend([world.sio.get_environ(sid), world.sio.transport(sid)]))
    world.open("alice", HTTP_ORIGIN="https://example.com")
    world.connect("alice")
    assert said == [{"HTTP_ORIGIN": "https://example.com"}, "websocket"]


def test_a_database_that_refuses_the_handler_does_not_refuse_its_client(world: World) -> None:
    """A refusal is final for its client; a fault closes the connection, and the client comes again."""

    @world.sio.event
    def connect(sid: str, environ: dict[str, Any]) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")  # as a socket raises it

    world.open("alice")
    assert world.send("alice", "40") == []
    assert world.transport.closed == ["alice"]
