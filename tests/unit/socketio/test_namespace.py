"""Class-based namespaces: the server's methods, with the namespace filled in."""

from typing import Any

import pytest

from serverless_socketio.exceptions import DisconnectedError, TimeoutError
from serverless_socketio.namespace import Namespace
from tests.unit.socketio.world import World


class Chat(Namespace):
    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.left: list[tuple[str, str]] = []

    def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        self.save_session(sid, {"auth": auth})
        self.enter_room(sid, "lobby")

    def on_disconnect(self, sid: str, reason: str) -> None:
        self.left.append((sid, reason))

    def on_say(self, sid: str, text: str) -> str:
        self.emit("said", text, room="lobby", skip_sid=sid)
        return "ok"


@pytest.fixture
def chat(world: World) -> Chat:
    chat = Chat("/chat")
    world.sio.register_namespace(chat)
    return chat


def test_without_a_server_it_says_what_to_do() -> None:
    assert Namespace().namespace == "/"
    with pytest.raises(RuntimeError, match="Register the namespace"):
        Namespace().emit("said")


def test_its_methods_handle_the_events_of_its_namespace(world: World, chat: Chat) -> None:
    world.connect("alice", "/chat")
    world.connect("bob", "/chat")
    assert world.send("alice", '42/chat,1["say","hi"]') == ['43/chat,1["ok"]']
    assert world.sent_to("bob") == ['42/chat,["said","hi"]']
    assert world.sent_to("alice") == []


def test_its_rooms_sessions_and_sockets_are_those_of_its_namespace(world: World, chat: Chat) -> None:
    main, sid = world.connect("alice"), world.connect("alice", "/chat")
    assert chat.rooms(sid) == [sid, "lobby"]
    chat.leave_room(sid, "lobby")
    chat.enter_room(sid, "den")
    assert chat.rooms(sid) == [sid, "den"]
    assert world.sio.rooms(main) == [main]
    chat.save_session(sid, {"name": "Alice"})
    with chat.session(sid) as session:
        session["age"] = 7
    assert chat.get_session(sid) == {"name": "Alice", "age": 7}
    chat.close_room("den")
    assert chat.rooms(sid) == [sid]
    chat.send("hello", to=sid)
    assert world.sent_to("alice") == ['42/chat,["message","hello"]']
    chat.disconnect(sid)
    assert chat.left == [(sid, "server disconnect")]
    assert world.store.connections.find("alice") is not None
    with pytest.raises(DisconnectedError):
        chat.get_session(sid)


@pytest.mark.parametrize(("timeout", "waited"), [(2, 2), (None, 60)])
def test_its_call_waits_as_long_as_the_servers(world: World, chat: Chat, timeout: float | None, waited: float) -> None:
    sid = world.connect("alice", "/chat")
    before = world.clock.monotonic()
    with pytest.raises(TimeoutError):
        chat.call("ask", to=sid, timeout=timeout)
    assert world.clock.monotonic() - before == pytest.approx(waited, abs=0.1)
