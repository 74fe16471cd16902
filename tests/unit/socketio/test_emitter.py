"""Events from a process that serves no frames."""

import pytest

from serverless_socketio import Emitter
from serverless_socketio.memory.transport import MemoryTransport
from tests.unit.socketio.test_batches import Line
from tests.unit.socketio.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.sio.on("connect", lambda sid, environ, auth: world.sio.enter_room(sid, "lobby"))
    return world


@pytest.fixture
def emitter(world: World) -> Emitter:
    return Emitter(world.store, world.transport, clock=world.clock)


def test_reaches_rooms_sockets_and_everybody_as_the_server_does(world: World, emitter: Emitter) -> None:
    alice, bob = world.connect("alice"), world.connect("bob")
    world.sio.enter_room(bob, "attic")
    emitter.emit("said", {"a": 1}, room="attic")
    emitter.emit("said", (1, 2), to=alice)
    emitter.emit("said", to=[alice, "lobby", "attic"], skip_sid=bob)
    emitter.emit("said", room=[])
    emitter.emit("said")
    assert world.sent_to("bob") == ['42["said",{"a":1}]', '42["said"]']
    assert world.sent_to("alice") == ['42["said",1,2]', '42["said"]', '42["said"]']


def test_stays_in_its_namespace(world: World, emitter: Emitter) -> None:
    world.sio.on("connect", lambda sid, environ, auth: world.sio.enter_room(sid, "lobby", "/chat"), namespace="/chat")
    world.connect("alice")
    world.connect("alice", "/chat")
    emitter.emit("said", 1, "/chat", "lobby")
    assert world.sent_to("alice") == ['42/chat,["said",1]']


def test_leaves_who_is_gone_to_the_server(world: World, emitter: Emitter) -> None:
    left: list[str] = []
    world.sio.on("disconnect", lambda sid, reason: left.append(reason))
    world.connect("alice")
    assert isinstance(world.transport, MemoryTransport)
    world.transport.gone.add("alice")
    emitter.emit("said", room="lobby")
    assert world.store.connections.find("alice") is not None
    world.sio.emit("said", room="lobby")
    assert left == ["transport close"]


def test_lets_sockets_enter_and_leave_rooms_and_closes_them(world: World, emitter: Emitter) -> None:
    alice, bob = world.connect("alice"), world.connect("bob")
    for sid in (alice, bob):
        emitter.enter_room(sid, "/", "attic")
    emitter.leave_room(bob, None, "lobby")
    assert (world.sio.rooms(alice), world.sio.rooms(bob)) == ([alice, "lobby", "attic"], [bob, "attic"])
    emitter.close_room("attic")
    assert (world.sio.rooms(alice), world.sio.rooms(bob)) == ([alice, "lobby"], [bob])


def test_disconnects_a_socket_and_leaves_its_handlers_to_the_server(world: World, emitter: Emitter) -> None:
    left: list[str] = []
    world.sio.on("disconnect", lambda sid, reason: left.append(reason))
    sid = world.connect("alice")
    emitter.disconnect(sid)
    assert world.sent_to("alice") == ["41"]
    assert isinstance(world.transport, MemoryTransport)
    assert (world.transport.closed, left) == (["alice"], [])
    world.sio.manager.closed("alice", "transport close")  # API Gateway's report
    assert left == ["transport close"]
    emitter.disconnect(sid)
    assert world.sent_to("alice") == ["41"]


def test_disconnects_one_socket_of_several(world: World, emitter: Emitter) -> None:
    world.sio.on("connect", lambda sid, environ, auth: None, namespace="/chat")
    main, chat = world.connect("alice"), world.connect("alice", "/chat")
    emitter.disconnect(chat, "/chat")
    emitter.disconnect(main, "/chat")  # of another namespace
    assert world.sent_to("alice") == ["41/chat,"]
    connection = world.store.connections.find("alice")
    assert connection is not None
    assert connection.sockets == {"/": main}


def test_leaves_a_disconnection_to_the_server_where_it_has_a_relay(world: World) -> None:
    line = Line()
    emitter, sid = Emitter(world.store, world.transport, relay=line), world.connect("alice")
    emitter.disconnect(sid)
    assert (line.disconnected, world.sent_to("alice")) == ([(sid, "/")], [])
