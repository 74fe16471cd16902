"""Events from a process that serves no frames."""

import pytest

from serverless_socketio import Emitter
from serverless_socketio.memory.transport import MemoryTransport
from tests.unit.socketio.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.sio.on("connect", lambda sid, environ, auth: world.sio.enter_room(sid, "lobby"))
    return world


@pytest.fixture
def emitter(world: World) -> Emitter:
    return Emitter(world.store, world.transport)


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
