"""What an application hears of sockets beside `connect` and `disconnect`: once they are there, before they go."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.exceptions import ConnectionRefusedError
from serverless_socketio.manager import HANDSHAKE_MS

if TYPE_CHECKING:
    from serverless_socketio.model import Member, Session
    from tests.unit.socketio.world import World


def save_name(world: World) -> None:
    world.sio.on("connect", lambda sid, environ, auth: world.sio.save_session(sid, {"name": "Alice"}))


class TestAccepted:
    def test_comes_after_the_answer_to_connect(self, world: World) -> None:
        save_name(world)
        heard: list[tuple[str, Session, int]] = []

        def hear(member: Member, session: Session) -> None:
            heard.append((member.address, session, len(world.transport.sent)))

        world.sio.hooks.on_accepted(hear)
        world.open("alice")
        assert world.send("alice", "40") == []
        ((address, answer),) = world.transport.sent
        assert (address, answer[:9]) == ("alice", '40{"sid":')
        assert heard == [("alice", {"name": "Alice"}, 1)]

    def test_finds_the_socket_in_its_rooms(self, world: World) -> None:
        world.sio.on("connect", lambda sid, environ, auth: world.sio.enter_room(sid, "lobby"))
        found: list[list[Member]] = []
        world.sio.hooks.on_accepted(lambda member, _: found.append(world.store.rooms.members("/", "lobby")))
        world.connect_native("nora")
        assert [member.address for member in found[0]] == ["nora"]

    def test_is_not_told_of_who_was_refused(self, world: World) -> None:
        world.sio.on("connect", lambda sid, environ, auth: False)
        world.sio.hooks.on_accepted(lambda member, _: pytest.fail("told of a refused socket"))
        world.open("alice")
        (answer,) = world.send("alice", "40")
        assert answer.startswith("44")

    def test_that_fails_closes_the_connection_so_that_its_client_comes_again(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(member: Member, session: Session) -> None:
            raise RuntimeError("a defect in the application")

        world.sio.hooks.on_accepted(fail)
        world.open("alice")
        with caplog.at_level(logging.ERROR):
            world.send("alice", "40")
        assert "A hook of an accepted socket failed" in caplog.text
        assert (world.transport.closed, world.store.connections.find("alice")) == (["alice"], None)

    def test_that_fails_refuses_a_native_handshake_for_now(self, world: World) -> None:
        world.sio.hooks.on_accepted(lambda member, session: 1 / 0)
        with pytest.raises(ConnectionRefusedError) as refused:
            world.connect_native("nora")
        assert (refused.value.status, world.store.connections.find("nora")) == (503, None)


class TestEnding:
    def test_comes_while_the_rooms_are_still_there(self, world: World) -> None:
        world.sio.on("connect", lambda sid, environ, auth: world.sio.enter_room(sid, "lobby"))
        seen: list[int] = []
        world.sio.hooks.on_ending(lambda *_: seen.append(len(world.store.rooms.members("/", "lobby"))))
        world.connect("alice")
        world.sio.manager.closed("alice", "transport close")
        world.sio.manager.closed("alice", "transport close")
        assert seen == [1]
        assert world.store.rooms.members("/", "lobby") == []

    def test_is_told_of_one_namespace_among_several(self, world: World) -> None:
        world.sio.on("say", print, namespace="/chat")
        ended: list[str] = []
        world.sio.hooks.on_ending(lambda member, *_: ended.append(member.namespace))
        world.connect("alice")
        chat = world.connect("alice", "/chat")
        world.sio.disconnect(chat, "/chat")
        assert ended == ["/chat"]
        world.sio.manager.closed("alice", "transport close")
        assert ended == ["/chat", "/"]

    def test_that_fails_leaves_the_socket_until_its_end_is_noticed_again(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        tries: list[str] = []

        def fail_once(member: Member, session: Session, seen_ms: int) -> None:
            tries.append(member.address)
            if len(tries) == 1:
                raise ConnectionError("the queue is down")

        world.sio.hooks.on_ending(fail_once)
        alice, left = world.connect("alice"), []
        world.sio.on("disconnect", lambda sid, reason: left.append(sid))
        with caplog.at_level(logging.ERROR):
            world.sio.manager.closed("alice", "transport close")
        assert "could not be prepared" in caplog.text
        assert (world.store.connections.find("alice") is not None, left) == (True, [])
        world.sio.manager.closed("alice", "ping timeout")
        assert (world.store.connections.find("alice"), left, tries) == (None, [alice], ["alice", "alice"])

    @pytest.mark.parametrize("reason", ["transport close", "ping timeout"])
    def test_that_was_found_tells_when_the_client_was_there_for_certain(self, world: World, reason: str) -> None:
        seen = remember_signs(world)
        world.connect("alice")
        world.send("alice", "3")
        ponged_ms = world.clock.now_ms()
        world.clock.advance(100)
        world.sio.manager.closed("alice", reason)
        assert seen == [ponged_ms]

    @pytest.mark.parametrize("frame", ["41", "1"])
    def test_by_the_clients_own_word_is_a_sign_of_life(self, world: World, frame: str) -> None:
        seen = remember_signs(world)
        world.connect("alice")
        world.clock.advance(100)
        world.send("alice", frame)
        assert seen == [world.clock.now_ms()]

    def test_that_was_wished_was_not_found(self, world: World) -> None:
        seen = remember_signs(world)
        alice = world.connect("alice")
        world.clock.advance(100)
        world.sio.disconnect(alice)
        assert seen == [world.clock.now_ms()]


def remember_signs(world: World) -> list[int]:
    """When the clients whose sockets end were there for certain."""
    seen: list[int] = []
    world.sio.hooks.on_ending(lambda member, session, seen_ms: seen.append(seen_ms))
    return seen


class TestGone:
    def test_a_native_client_in_its_handshake_cannot_be_posted_to_yet_and_is_kept(self, world: World) -> None:
        world.sio.on("connect", lambda sid, environ, auth: world.sio.enter_room(sid, "lobby"))
        world.connect_native("nora")
        world.connect("alice")
        world.transport.gone |= {"nora", "alice"}
        world.sio.emit("news", 1, room="lobby")
        assert [member.address for member in world.store.rooms.members("/", "lobby")] == ["nora"]
        world.clock.advance(HANDSHAKE_MS / 1000 + 1)
        world.sio.emit("news", 2, room="lobby")
        assert world.store.rooms.members("/", "lobby") == []
