"""The server as its users know python-socketio's, seen from its clients."""

import json
import logging
from typing import Any

import pytest

from serverless_socketio.exceptions import DisconnectedError, FrameTooLargeError, TimeoutError
from serverless_socketio.inbox import Inbox
from serverless_socketio.memory.transport import MemoryTransport
from tests.unit.socketio.world import World


def enter_lobby(world: World) -> None:
    @world.sio.event
    def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        world.sio.enter_room(sid, "lobby")


class TestEmit:
    def test_to_everybody_in_the_namespace(self, world: World) -> None:
        world.sio.on("say", print, namespace="/chat")
        world.connect("alice")
        world.connect("bob")
        world.connect("bob", "/chat")
        world.sio.emit("news", 1)
        world.sio.emit("chat", 2, namespace="/chat")
        assert world.transport.sent == [
            ("alice", '42["news",1]'),
            ("bob", '42["news",1]'),
            ("bob", '42/chat,["chat",2]'),
        ]

    def test_to_a_room_less_the_sender(self, world: World) -> None:
        enter_lobby(world)
        alice, bob, carol = (world.connect(name) for name in ("alice", "bob", "carol"))
        world.sio.leave_room(carol, "lobby")
        world.sio.emit("said", "hi", room="lobby", skip_sid=alice)
        assert world.transport.sent == [("bob", '42["said","hi"]')]
        world.sio.emit("said", "hi", to="lobby", skip_sid=[alice, bob])
        assert len(world.transport.sent) == 1

    def test_to_one_socket_or_a_list_of_rooms_and_sockets_each_once(self, world: World) -> None:
        enter_lobby(world)
        alice = world.connect("alice")
        world.connect("bob")
        world.sio.emit("hello", to=alice)
        assert world.transport.sent == [("alice", '42["hello"]')]
        world.sio.emit("twice?", to=[alice, "lobby", alice])
        assert world.transport.sent[1:] == [("alice", '42["twice?"]'), ("bob", '42["twice?"]')]

    def test_to_no_socket(self, world: World) -> None:
        alice = world.connect("alice")
        world.sio.emit("hello", to=[])
        world.sio.emit("hello", room="empty")
        world.sio.emit("hello", to=alice, namespace="/chat")
        world.sio.emit("hello", to="nobodys-sid-of-22-bytes+address")
        assert world.transport.sent == []

    def test_a_room_may_look_like_a_sid(self, world: World) -> None:
        alice = world.connect("alice")
        room = "x" * 30
        world.sio.enter_room(alice, room)
        world.sio.emit("hello", room=room)
        assert world.sent_to("alice") == ['42["hello"]']

    @pytest.mark.parametrize(
        ("data", "frame"),
        [
            (None, '42["e"]'),
            ((), '42["e"]'),
            ((1, "a"), '42["e",1,"a"]'),
            ([1, 2], '42["e",[1,2]]'),
            ({"a": None}, '42["e",{"a":null}]'),
            (False, '42["e",false]'),
        ],
    )
    def test_a_tuple_is_several_arguments_and_none_is_none(self, world: World, data: Any, frame: str) -> None:
        alice = world.connect("alice")
        world.sio.emit("e", data, to=alice)
        assert world.sent_to("alice") == [frame]

    def test_send_is_the_event_message(self, world: World) -> None:
        world.connect("alice")
        world.sio.send("hi")
        assert world.sent_to("alice") == ['42["message","hi"]']

    def test_too_large_an_event_is_sent_to_no_socket(self) -> None:
        world = World(max_message_out=100)
        world.connect("alice")
        with pytest.raises(FrameTooLargeError):
            world.sio.emit("big", "x" * 100)
        assert world.transport.sent == []

    @pytest.mark.parametrize("event", ["connect", "connect_error", "disconnect", "disconnecting", "newListener"])
    def test_names_that_clients_reserve_are_refused(self, world: World, event: str) -> None:
        with pytest.raises(ValueError, match=event):
            world.sio.emit(event)

    def test_a_socket_found_gone_is_cleaned_up_and_the_others_are_served(self, world: World) -> None:
        enter_lobby(world)
        left: list[tuple[str, str]] = []
        world.sio.on("disconnect", lambda sid, reason: left.append((sid, reason)))
        alice = world.connect("alice")
        world.connect("bob")
        world.transport.gone.add("alice")
        world.sio.emit("said", room="lobby")
        assert world.sent_to("bob") == ['42["said"]']
        assert left == [(alice, "transport close")]
        assert [member.address for member in world.store.rooms.members("/", "lobby")] == ["bob"]


class TestCallbacks:
    def test_the_answer_reaches_the_named_handler_in_another_invocation(self, world: World) -> None:
        heard: list[Any] = []

        @world.sio.callback
        def answered(*args: Any) -> None:
            heard.append((world.sio.request.sid, *args))

        alice = world.connect("alice")
        world.sio.emit("ask", "?", to=alice, callback=answered)
        assert world.sent_to("alice") == ['421["ask","?"]']
        assert world.send("alice", '431["yes",2]', inbox=Inbox(world.sio.manager)) == []
        world.send("alice", '431["again"]')
        world.send("alice", '4399["never asked"]')
        assert heard == [(alice, "yes", 2)]

    def test_only_one_socket_io_socket_can_be_asked(self, world: World) -> None:
        enter_lobby(world)
        world.sio.callback(print)
        world.connect("alice")
        world.connect("bob")
        nora = world.connect_native()
        for target in ("lobby", nora):
            with pytest.raises(ValueError, match="socket only"):
                world.sio.emit("ask", to=target, callback="print")
        with pytest.raises(ValueError, match="not a registered callback"):
            world.sio.emit("ask", to=nora, callback="unknown")

    def test_nothing_is_heard_of_a_socket_that_is_gone(self, world: World) -> None:
        world.sio.callback(print)
        world.sio.emit("ask", to="gone", callback="print")
        assert world.transport.sent == []


class TestCall:
    @pytest.mark.parametrize(("args", "answer"), [("[]", None), ('["yes"]', "yes"), ('["yes",2]', ("yes", 2))])
    def test_returns_what_another_invocation_heard(self, world: World, args: str, answer: Any) -> None:
        alice = world.connect("alice")
        elsewhere = Inbox(world.sio.manager)
        world.clock.on_sleep(1.0, lambda: world.send("alice", f"431{args}", inbox=elsewhere))
        assert world.sio.call("ask", to=alice) == answer
        assert world.clock.monotonic() < 1.2

    def test_gives_up_in_time(self, world: World) -> None:
        alice = world.connect("alice")
        before = world.clock.monotonic()
        with pytest.raises(TimeoutError, match="in time"):
            world.sio.call("ask", sid=alice, timeout=3)
        assert world.clock.monotonic() - before == pytest.approx(3, abs=0.1)

    def test_inside_a_frame_waits_five_seconds_in_all_whatever_the_timeout(self, world: World) -> None:
        alice = world.connect()
        waited: list[float] = []

        @world.sio.event
        def ask(sid: str) -> None:
            for timeout in (2, 60, 60):
                began = world.clock.monotonic()
                with pytest.raises(TimeoutError):
                    world.sio.call("ask", to=alice, timeout=timeout)
                waited.append(round(world.clock.monotonic() - began, 1))

        world.send("alice", '42["ask"]')
        assert waited == [2, 3, 0]
        began = world.clock.monotonic()
        with pytest.raises(TimeoutError):
            world.sio.call("ask", to=alice)
        assert round(world.clock.monotonic() - began) == 60

    def test_does_not_wait_for_who_is_gone(self, world: World) -> None:
        alice = world.connect("alice")
        world.transport.gone.add("alice")
        for _ in ("found gone while asking", "known to be gone"):
            with pytest.raises(DisconnectedError):
                world.sio.call("ask", to=alice)
        assert world.clock.slept == []

    def test_needs_a_socket_to_ask(self, world: World) -> None:
        with pytest.raises(ValueError, match="the sid of one socket"):
            world.sio.call("ask")


class TestSessions:
    def test_are_kept_between_frames_and_for_each_namespace(self, world: World) -> None:
        world.sio.on("x", print, namespace="/chat")
        alice, chat = world.connect("alice"), world.connect("alice", "/chat")
        world.sio.save_session(alice, {"name": "Alice"})
        assert world.sio.get_session(alice) == {"name": "Alice"}
        assert world.sio.get_session(chat, "/chat") == {}

    def test_a_copy_changes_nothing_until_saved(self, world: World) -> None:
        alice = world.connect("alice")
        world.sio.get_session(alice)["name"] = "Eve"
        assert world.sio.get_session(alice) == {}

    def test_a_block_saves_what_it_changed_unless_it_raises(self, world: World) -> None:
        alice = world.connect("alice")
        with world.sio.session(alice) as session:
            session["name"] = "Alice"
        with pytest.raises(KeyError), world.sio.session(alice) as session:
            session["name"] = session["surname"]
        assert world.sio.get_session(alice) == {"name": "Alice"}

    @pytest.mark.parametrize("cache_s", [0, 30])
    def test_a_handler_sees_what_it_saved_and_so_does_the_next_frame(self, world: World, cache_s: float) -> None:
        world.use_inbox(cache_s=cache_s)
        seen: list[Any] = []

        @world.sio.event
        def count(sid: str) -> None:
            for _ in range(2):
                with world.sio.session(sid) as session:
                    session["n"] = session.get("n", 0) + 1
                    seen.append(session["n"])

        world.connect("alice")
        for _ in range(2):
            world.send("alice", '42["count"]')
        assert seen == [1, 2, 3, 4]

    def test_of_a_socket_that_is_gone_there_are_none(self, world: World) -> None:
        alice = world.connect("alice")
        world.sio.disconnect(alice)
        with pytest.raises(DisconnectedError):
            world.sio.get_session(alice)
        with pytest.raises(DisconnectedError):
            world.sio.save_session(alice, {})
        with pytest.raises(DisconnectedError):
            world.sio.get_session("nobody")


class TestRooms:
    def test_a_socket_is_in_its_own_and_those_it_entered(self, world: World) -> None:
        enter_lobby(world)
        alice = world.connect("alice")
        world.sio.enter_room(alice, "den")
        assert world.sio.rooms(alice) == [alice, "lobby", "den"]
        world.sio.leave_room(alice, "lobby")
        assert world.sio.rooms(alice) == [alice, "den"]

    def test_closing_one_takes_everybody_out(self, world: World) -> None:
        enter_lobby(world)
        alice = world.connect("alice")
        world.connect("bob")
        world.clock.advance(1)
        world.sio.close_room("lobby")
        assert world.store.rooms.members("/", "lobby") == []
        assert world.sio.rooms(alice) == [alice]

    def test_who_is_gone_enters_none(self, world: World) -> None:
        alice = world.connect("alice")
        world.sio.disconnect(alice)
        with pytest.raises(DisconnectedError):
            world.sio.enter_room(alice, "lobby")
        with pytest.raises(DisconnectedError):
            world.sio.enter_room(world.connect("bob"), "lobby", "/chat")

    def test_a_join_that_is_handled_after_a_later_leave_has_no_effect(self, world: World) -> None:
        world.sio.on("join", lambda sid: world.sio.enter_room(sid, "den"))
        world.sio.on("leave", lambda sid: world.sio.leave_room(sid, "den"))
        alice = world.connect("alice")
        now_ms = world.clock.now_ms()
        world.send("alice", '42["leave"]', received_ms=now_ms + 20)
        world.send("alice", '42["join"]', received_ms=now_ms + 10)
        assert world.sio.rooms(alice) == [alice]
        world.send("alice", '42["join"]', received_ms=now_ms + 30)
        assert world.sio.rooms(alice) == [alice, "den"]

    def test_frames_of_one_millisecond_are_told_apart_by_their_ack_ids(self, world: World) -> None:
        world.sio.on("join", lambda sid: world.sio.enter_room(sid, "den"))
        world.sio.on("leave", lambda sid: world.sio.leave_room(sid, "den"))
        alice = world.connect("alice")
        now_ms = world.clock.now_ms()
        for frame in ('422["join"]', '421["leave"]', '420["join"]'):
            world.send("alice", frame, received_ms=now_ms + 10)
        assert world.sio.rooms(alice) == [alice, "den"]


class TestDisconnect:
    @pytest.fixture
    def left(self, world: World) -> list[tuple[str, str, str]]:
        left: list[tuple[str, str, str]] = []

        def handler(namespace: str, sid: str, reason: str) -> None:
            assert world.sio.request.sid == sid
            assert world.sio.get_session(sid, namespace) == {"namespace": namespace}
            left.append((namespace, sid, reason))

        def connect(namespace: str, sid: str, environ: dict[str, Any]) -> None:
            world.sio.save_session(sid, {"namespace": namespace}, namespace)

        world.sio.on("connect", connect, namespace="*")
        world.sio.on("disconnect", handler, namespace="*")
        return left

    def test_of_the_last_socket_leaves_the_connection_open(self, world: World, left: list[Any]) -> None:
        alice = world.connect("alice")
        world.sio.disconnect(alice)
        world.sio.disconnect(alice)
        assert world.sent_to("alice") == ["41"]
        assert world.transport.closed == []
        assert left == [("/", alice, "server disconnect")]
        again = world.connect("alice")
        assert again != alice
        assert world.sio.rooms(again) == [again]

    def test_that_cannot_be_prepared_ends_the_connection(self, world: World, left: list[Any]) -> None:
        def fail(*_: Any) -> None:
            raise RuntimeError("the table is down")

        world.sio.hooks.on_ending(fail)
        world.sio.disconnect(world.connect("alice"))
        assert world.transport.closed == ["alice"]
        assert left == []  # the next notice of the connection's end prepares it again
        assert world.store.connections.find("alice") is not None

    def test_of_one_of_two_leaves_the_other(self, world: World, left: list[Any]) -> None:
        main, chat = world.connect("alice"), world.connect("alice", "/chat")
        world.sio.enter_room(chat, "lobby", "/chat")
        world.sio.disconnect(chat, "/chat")
        assert world.sent_to("alice") == ["41/chat,"]
        assert world.transport.closed == []
        assert left == [("/chat", chat, "server disconnect")]
        assert world.store.rooms.members("/chat", "lobby") == []
        assert world.sio.rooms(main) == [main]

    @pytest.mark.parametrize("cache_s", [0, 30])
    def test_by_the_client_of_one_of_two_leaves_the_other(self, world: World, left: list[Any], cache_s: float) -> None:
        world.use_inbox(cache_s=cache_s)
        main = world.connect("alice")
        world.send("alice", '42["warm up the cache"]')
        chat = world.connect("alice", "/chat")
        assert world.send("alice", "41") == []
        assert left == [("/", main, "client disconnect")]
        assert world.transport.closed == []
        world.send("alice", "41/chat,")
        assert left[1:] == [("/chat", chat, "client disconnect")]
        assert world.transport.closed == []
        assert world.sent_to("alice") == []
        world.send("alice", "1")
        assert world.transport.closed == ["alice"]

    @pytest.mark.parametrize("cache_s", [0, 30])
    def test_of_the_last_namespace_keeps_another_connect_that_is_on_its_way(
        self, world: World, left: list[Any], cache_s: float
    ) -> None:
        world.sio.on("say", lambda sid: "ok", namespace="/chat")
        world.use_inbox(cache_s=cache_s)
        world.connect("alice")
        world.send("alice", '42["warm up the cache"]')
        world.send("alice", "41")
        for late in ('42["say"]', '421["say"]', "41", "bAQID", '430["ok"]', "", "6", "5", "2"):
            assert world.send("alice", late) == []  # handled after the close that was sent behind it
        world.connect("alice", "/chat")
        assert world.send("alice", '42/chat,1["say"]') == ['43/chat,1["ok"]']
        assert world.transport.closed == []

    def test_runs_no_handler_when_another_invocation_was_faster(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = World()
        release = world.store.connections.release
        monkeypatch.setattr(world.store.connections, "release", lambda *of, **given: not release(*of, **given))
        world.sio.on("disconnect", lambda sid, reason: pytest.fail("told twice"), namespace="/chat")
        world.connect("alice")
        world.sio.disconnect(world.connect("alice", "/chat"), "/chat")
        assert world.transport.closed == []

    def test_of_a_native_client_just_closes(self, world: World, left: list[Any]) -> None:
        nora = world.connect_native()
        world.sio.disconnect(nora)
        assert world.sent_to("nora") == []
        assert world.transport.closed == ["nora"]
        assert left == [("/", nora, "server disconnect")]

    def test_of_another_sid_does_nothing(self, world: World, left: list[Any]) -> None:
        alice = world.connect("alice")
        world.sio.disconnect(alice, "/chat")
        world.sio.disconnect("x" * 22 + "alice")
        assert left == []
        assert world.transport.closed == []

    def test_in_its_own_handler_takes_effect_at_once(self, world: World, left: list[Any]) -> None:
        world.use_inbox(cache_s=30)
        seen: list[str] = []

        @world.sio.event
        def leave(sid: str) -> None:
            seen.append(sid)
            world.sio.disconnect(sid)

        world.connect("alice")
        world.send("alice", '42["leave"]')
        world.send("alice", '42["leave"]')
        assert len(seen) == len(left) == 1

    def test_of_two_namespaces_tells_each_even_if_one_handler_fails(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        left: list[str] = []

        def fail(sid: str) -> None:
            raise RuntimeError("a defect in the application")

        world.sio.on("disconnect", fail)
        world.sio.on("disconnect", lambda sid, reason: left.append(reason), namespace="/chat")
        world.connect("alice")
        world.connect("alice", "/chat")
        with caplog.at_level(logging.ERROR):
            world.sio.manager.closed("alice", "transport close")
        assert left == ["transport close"]
        assert "A disconnect handler failed" in caplog.text

    def test_has_the_servers_reason_whatever_api_gateway_reports_of_the_close(self) -> None:
        class Reporting(MemoryTransport):
            def close(self, address: str) -> None:
                world.sio.manager.closed(address, "reported")

        world = World(transport=Reporting())
        left: list[str] = []
        world.sio.on("disconnect", lambda sid, reason: left.append(reason))
        world.sio.disconnect(world.connect("alice"))
        assert left == ["server disconnect"]


class TestRequest:
    def test_is_there_while_a_frame_is_handled_and_not_else(self, world: World) -> None:
        seen: list[Any] = []

        @world.sio.event
        def connect(sid: str, environ: dict[str, Any]) -> None:
            seen.append(world.sio.request.sid == sid)

        @world.sio.event
        def say(sid: str) -> None:
            request = world.sio.request
            seen.append((request.sid == sid, request.event, request.ack_id, request.member.address))

        world.connect("alice")
        world.send("alice", '427["say"]')
        assert seen == [True, (True, "say", 7, "alice")]
        with pytest.raises(RuntimeError, match="No frame is being handled"):
            _ = world.sio.request

    def test_an_early_ack_is_posted_at_once_and_not_doubled(self, world: World) -> None:
        @world.sio.event
        def work(sid: str) -> str:
            world.sio.request.ack({"ok": True})
            world.sio.request.ack("again")
            world.sio.emit("working", to=sid)
            return "too late"

        world.connect("alice")
        assert world.send("alice", '425["work"]') == []
        assert world.sent_to("alice") == ['435[{"ok":true}]', '42["working"]']
        world.transport.sent.clear()
        world.send("alice", '42["work"]')
        assert world.sent_to("alice") == ['42["working"]']

    def test_an_early_ack_of_a_native_client_carries_its_id(self, world: World) -> None:
        world.sio.on("work", lambda sid, data: world.sio.request.ack({"ok": True}))
        world.connect_native()
        assert world.send("nora", '{"action":"work","id":"7"}') == []
        assert [json.loads(frame) for frame in world.sent_to("nora")] == [{"id": "7", "ok": True}]
