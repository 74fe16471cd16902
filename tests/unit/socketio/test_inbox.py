"""Frames in."""

import json
import logging
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.binary import NO_ROOM
from serverless_socketio.codec.errors import PacketError
from serverless_socketio.exceptions import ConnectionRefusedError
from serverless_socketio.inbox import CACHE_ENTRIES_MAX, Inbox
from serverless_socketio.model import PART_TTL_S
from tests.unit.socketio.world import World

SAY = '42["say","hi"]'


@pytest.fixture
def said(world: World) -> list[Any]:
    said: list[Any] = []

    @world.sio.event
    def say(sid: str, *args: Any) -> None:
        said.append(args)

    return said


def refuse_by_false() -> bool:
    return False


def refuse_with_words() -> None:
    raise ConnectionRefusedError("Not today")


def refuse_with_data() -> None:
    raise ConnectionRefusedError("Not today", {"code": "forbidden"})


def refuse_with_more() -> None:
    raise ConnectionRefusedError("Not today", 1, 2)


class TestConnect:
    def test_is_answered_with_a_sid_of_its_own(self, world: World) -> None:
        alice, bob = world.connect("alice"), world.connect("bob")
        assert alice != bob

    @pytest.mark.parametrize(
        ("refusal", "error"),
        [
            (refuse_by_false, {"message": "Connection rejected by server"}),
            (refuse_with_words, {"message": "Not today"}),
            (refuse_with_data, {"message": "Not today", "data": {"code": "forbidden"}}),
            (refuse_with_more, {"message": "Not today", "data": [1, 2]}),
        ],
    )
    def test_refused_by_its_handler_tells_the_client_why(
        self, world: World, refusal: Callable[[], Any], error: dict[str, Any]
    ) -> None:
        world.sio.on("connect", lambda sid, environ: refusal())
        world.open("alice")
        (answer,) = world.send("alice", "40")
        assert answer.startswith("44")
        assert json.loads(answer[2:]) == error
        connection = world.store.connections.find("alice")
        assert connection is not None
        assert connection.sockets == {}
        assert world.transport.closed == []

    def test_hidden_by_a_defect_closes_the_connection_and_is_logged(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.sio.on("connect", lambda sid: 1 / 0)
        world.open("alice")
        with caplog.at_level(logging.ERROR):
            assert world.send("alice", "40") == []  # nothing final: stock clients stop for good after a refusal
        assert (world.transport.closed, world.store.connections.find("alice")) == (["alice"], None)
        assert "division by zero" in caplog.text

    def test_to_an_unknown_namespace_is_refused(self, world: World) -> None:
        world.open("alice")
        (answer,) = world.send("alice", "40/nowhere,")
        assert answer.startswith("44/nowhere,")
        assert json.loads(answer[len("44/nowhere,") :]) == {"message": "Invalid namespace", "data": {"code": "invalid"}}

    def test_gets_what_was_kept_of_the_handshake_and_what_the_client_says(self, world: World) -> None:
        seen: list[Any] = []
        world.sio.on("connect", lambda sid, environ, auth: seen.append((environ, auth)))
        world.open("alice", key="k")
        world.send("alice", '40{"token":"t"}')
        assert seen == [({"key": "k"}, {"token": "t"})]

    def test_of_a_connection_that_ended_meanwhile_closes_it(self, world: World) -> None:
        world.sio.on("connect", lambda sid: world.sio.manager.closed("alice", "transport close"))
        world.open("alice")
        assert world.send("alice", "40") == []
        assert world.transport.closed == ["alice"]

    def test_what_its_handler_saves_and_enters_is_there_from_the_start(self, world: World) -> None:
        @world.sio.event
        def connect(sid: str, environ: dict[str, Any]) -> None:
            world.sio.enter_room(sid, "lobby")
            world.sio.enter_room(sid, "den")
            world.sio.leave_room(sid, "lobby")
            assert world.sio.rooms(sid) == [sid, "den"]
            world.sio.save_session(sid, {"name": "Alice"})
            assert world.sio.get_session(sid) == {"name": "Alice"}

        alice = world.connect("alice")
        assert [member.sid for member in world.store.rooms.members("/", "den")] == [alice]
        assert world.store.rooms.members("/", "lobby") == []
        assert world.sio.get_session(alice) == {"name": "Alice"}

    def test_of_a_native_client_is_its_handshake(self, world: World) -> None:
        world.sio.on("connect", lambda sid, environ, auth: world.sio.save_session(sid, {"key": environ["key"]}))
        connection = world.open("nora", "native", key="k")
        world.inbox.accept_native(connection, "handshake")
        stored = world.store.connections.find("nora")
        assert stored is not None
        assert stored.sessions == {"/": {"key": "k"}}

    def test_of_a_native_client_may_be_refused(self, world: World) -> None:
        world.sio.on("connect", lambda sid: False)
        with pytest.raises(ConnectionRefusedError):
            world.inbox.accept_native(world.open("nora", "native"), "handshake")


class TestEvents:
    @pytest.mark.parametrize(
        ("result", "ack"),
        [
            (None, "437[]"),
            ("ok", '437["ok"]'),
            ((), "437[]"),
            ((1, 2), "437[1,2]"),
            ([1, 2], "437[[1,2]]"),
            ({"ok": True}, '437[{"ok":true}]'),
            (False, "437[false]"),
        ],
    )
    def test_what_a_handler_returns_is_the_ack(self, world: World, result: Any, ack: str) -> None:
        world.sio.on("say", lambda sid: result)
        world.connect("alice")
        assert world.send("alice", '427["say"]') == [ack]
        assert world.send("alice", '42["say"]') == []

    def test_bytes_in_an_ack_travel_as_attachments(self, world: World) -> None:
        world.sio.on("say", lambda sid: b"\x01\x02\x03")
        world.connect("alice")
        assert world.send("alice", '427["say"]') == ['461-7[{"_placeholder":true,"num":0}]', "bAQID"]

    @pytest.mark.parametrize(
        ("result", "ack"),
        [(None, {}), ({"ok": True}, {"ok": True}), ("ok", {"data": "ok"}), (({"a": 1}, 2), {"a": 1})],
    )
    def test_a_native_client_gets_the_fields_beside_its_id(self, world: World, result: Any, ack: Any) -> None:
        world.sio.on("say", lambda sid, data: result)
        world.connect_native()
        (frame,) = world.send("nora", '{"action":"say","id":"7"}')
        assert json.loads(frame) == {"id": "7"} | ack
        assert world.send("nora", '{"action":"say"}') == []

    def test_without_a_handler_is_dropped(self, world: World) -> None:
        world.connect("alice")
        assert world.send("alice", '427["nobody"]') == []
        assert world.sent_to("alice") == []

    def test_too_large_an_ack_is_never_sent_but_its_client_is_told(self) -> None:
        world = World(max_message_out=100)
        world.sio.on("say", lambda sid: "x" * 100)
        world.sio.on("shout", lambda sid: world.sio.request.ack("x" * 100))
        world.connect("alice")
        for frame in ('427["say"]', '427["shout"]'):
            assert world.send("alice", frame) == []
        assert [frame[:24] for _, frame in world.transport.sent] == [
            '42["error",{"event":"say',
            '42["error",{"event":"sho',
        ]


class TestBadFrames:
    def test_before_connect_close_the_connection(self, world: World, said: list[Any]) -> None:
        world.open("alice")
        assert world.send("alice", SAY) == []
        assert world.transport.closed == ["alice"]
        assert world.store.connections.find("alice") is None
        assert said == []

    def test_of_an_unknown_connection_close_it(self, world: World, said: list[Any]) -> None:
        assert world.send("alice", SAY) == []
        assert world.transport.closed == ["alice"]

    @pytest.mark.parametrize("cache_s", [0, 30])
    def test_are_answered_and_the_connection_lives_on(self, world: World, said: list[Any], cache_s: float) -> None:
        world.use_inbox(cache_s=cache_s)
        world.connect("alice")
        world.send("alice", '42["say"')
        (error,) = world.sent_to("alice")
        event, body = json.loads(error[2:])
        assert (event, body["event"], body["code"]) == ("error", "say", "invalid")
        world.send("alice", SAY)
        assert said == [("hi",)]

    def test_are_answered_in_their_own_namespace_if_it_is_connected(self, world: World) -> None:
        world.sio.on("say", print, namespace="/chat")
        world.connect("alice")
        world.connect("alice", "/chat")
        world.send("alice", '42/chat,["say"')
        world.send("alice", '42/other,["say"')
        assert [frame[:8] for frame in world.sent_to("alice")] == ["42/chat,", '42["erro']

    def test_may_be_answered_on_their_ack_by_the_application(self, world: World) -> None:
        def bad_frame(error: PacketError) -> None:
            world.sio.request.ack({"ok": False, "reason": error.reason})

        world.use_inbox(bad_frame=bad_frame)
        world.connect("alice")
        world.send("alice", '427["say",\\ud800')
        (ack,) = world.sent_to("alice")
        assert ack.startswith('437[{"ok":false')

    def test_of_a_namespace_not_connected_settle_no_ack_of_another(self, world: World) -> None:
        asked: list[Any] = []
        world.use_inbox(bad_frame=lambda error: asked.append(world.sio.request.ack_id))
        world.connect("alice")
        world.send("alice", '42/other,7["say"')
        assert asked == [None]

    def test_a_close_packet_ends_the_connection(self, world: World) -> None:
        left: list[str] = []
        world.sio.on("disconnect", lambda sid, reason: left.append(reason))
        world.connect("alice")
        world.send("alice", "1")
        assert left == ["client disconnect"]

    def test_a_probe_is_answered_and_a_pong_noted(self, world: World) -> None:
        world.connect("alice")
        assert world.send("alice", "2probe") == ["3probe"]
        world.clock.advance(100)
        world.send("alice", "3")
        connection = world.store.connections.find("alice")
        assert connection is not None
        assert connection.seen_ms == world.clock.now_ms()

    @given(st.lists(st.text(st.characters()) | st.from_regex(r"\A4[0-6].{0,30}\Z") | st.just(SAY), max_size=5))
    def test_nothing_that_a_client_sends_raises(self, frames: list[str]) -> None:
        for form in ("opened", "connected", "native"):
            world = World()
            world.sio.on("*", lambda event, sid, *args: len(args))
            if form == "native":
                world.connect_native("alice")
            elif form == "connected":
                world.connect("alice")
            else:
                world.open("alice")
            for frame in frames:
                world.send("alice", frame)


class TestCache:
    def test_spares_the_reading_for_a_while(self, world: World, said: list[Any]) -> None:
        world.use_inbox(cache_s=30)
        world.connect("alice")
        world.send("alice", SAY)
        world.store.connections.end("alice")  # in another process
        world.send("alice", SAY)
        assert len(said) == 2
        world.clock.advance(31)
        world.send("alice", SAY)
        assert len(said) == 2
        assert world.transport.closed == ["alice"]

    def test_never_refuses_what_another_process_accepted(self, world: World) -> None:
        world.sio.on("say", lambda sid: "ok", namespace="/chat")
        world.use_inbox(cache_s=30)
        world.connect("alice")
        world.send("alice", '42["warm up"]')
        elsewhere = Inbox(world.sio.manager)
        world.send("alice", "40/chat,", inbox=elsewhere)
        assert world.send("alice", '42/chat,1["say"]') == ['43/chat,1["ok"]']
        assert world.sent_to("alice") == []

    def test_never_refuses_a_connect_for_a_socket_that_is_gone(self, world: World) -> None:
        world.sio.on("say", print, namespace="/chat")
        world.use_inbox(cache_s=30)
        world.connect("alice")
        chat = world.connect("alice", "/chat")
        world.send("alice", '42/chat,["say"]')
        elsewhere = Inbox(world.sio.manager)
        world.send("alice", "41/chat,", inbox=elsewhere)
        assert world.connect("alice", "/chat") != chat

    def test_does_not_keep_what_is_not_accepted(self, world: World) -> None:
        world.use_inbox(cache_s=30)
        world.open("alice")
        world.send("alice", "3")
        world.send("alice", "40", inbox=Inbox(world.sio.manager))
        assert world.send("alice", "2probe") == ["3probe"]

    def test_is_bounded(self, world: World, said: list[Any]) -> None:
        world.use_inbox(cache_s=3600)
        world.connect("alice")
        world.send("alice", SAY)
        world.store.connections.end("alice")
        for number in range(CACHE_ENTRIES_MAX):
            world.connect(f"client{number}")
            world.send(f"client{number}", "6")
        world.send("alice", SAY)
        assert said == [("hi",)]


HEAD = '451-1["file",{"_placeholder":true,"num":0}]'
TWO = '452-2["file",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'


class TestBinaryEvents:
    @pytest.fixture
    def files(self, world: World) -> list[tuple[Any, ...]]:
        files: list[tuple[Any, ...]] = []

        @world.sio.event
        def file(sid: str, *contents: bytes) -> int:
            files.append((world.sio.request.received_ms, *contents))
            return len(contents)

        world.connect("alice")
        return files

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_are_whole_in_whatever_order_their_frames_are_handled(
        self, world: World, files: list[Any], order: tuple[int, ...]
    ) -> None:
        now_ms = world.clock.now_ms()
        frames = [(TWO, now_ms), ("bAQ==", now_ms + 1), ("bAg==", now_ms + 2)]
        replies = [reply for index in order for reply in self.arrive(world, *frames[index])]
        assert files == [(now_ms, b"\x01", b"\x02")]
        assert replies == ["432[2]"]
        assert world.sent_to("alice") == []
        assert world.clock.slept == []

    @staticmethod
    def arrive(world: World, text: str, received_ms: int) -> list[str]:
        return world.send("alice", text, received_ms=received_ms)

    def test_that_cannot_be_put_in_order_are_an_error_on_their_ack(self, world: World, files: list[Any]) -> None:
        refused: list[Any] = []
        world.use_inbox(bad_frame=lambda error: refused.append((world.sio.request.event, world.sio.request.ack_id)))
        now_ms = world.clock.now_ms()
        for text, received_ms in [(TWO, now_ms), ("bAQ==", now_ms + 1), ("bAg==", now_ms + 1)]:
            self.arrive(world, text, received_ms)
        assert files == []
        assert refused == [("file", 2)]

    def test_without_their_head_wait_for_it_and_keep_no_frame_waiting(self, world: World, files: list[Any]) -> None:
        now_ms = world.clock.now_ms()
        assert self.arrive(world, "bAQ==", now_ms + 5) == []
        assert world.clock.slept == []
        world.clock.advance(9)
        assert self.arrive(world, HEAD, now_ms + 4) == ["431[1]"]
        assert files == [(now_ms + 4, b"\x01")]

    def test_that_are_not_whole_after_ten_seconds_are_dropped(self, world: World, files: list[Any]) -> None:
        world.send("alice", HEAD)
        world.clock.advance(PART_TTL_S)
        world.send("alice", "bAQ==")
        assert files == []
        assert world.sent_to("alice") == []

    def test_for_which_there_is_no_room_are_an_error_on_their_ack(self, world: World, files: list[Any]) -> None:
        refused: list[Any] = []
        world.use_inbox(bad_frame=lambda error: refused.append((error.reason, world.sio.request.ack_id)))
        for number in range(4):
            world.send("alice", TWO.replace("452-2", f"452-{number}"))
        assert refused == [(NO_ROOM, 2), (NO_ROOM, 3)]

    @pytest.mark.parametrize("text", [HEAD, "bAQ=="])
    def test_are_counted_before_they_cost_anything(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        world, spent = World(), list[Any]()
        monkeypatch.setattr(world.store.pending, "collect", lambda *_: pytest.fail("kept before it was counted"))

        def spend() -> bool:
            spent.append((world.sio.request.event, world.sio.request.ack_id, world.sio.request.sid))
            return False

        world.inbox = Inbox(world.sio.manager, spend=spend)
        sid = world.connect("alice")
        assert world.send("alice", text.replace("451-1", "451-17")) == []
        assert spent == [("file", 17, sid) if text == HEAD else (None, None, sid)]

    def test_of_another_namespace_are_refused_when_whole(self, world: World, files: list[Any]) -> None:
        world.send("alice", HEAD.replace("451-1", "451-/other,1"))
        world.send("alice", "bAQ==")
        assert "not connected" in world.sent_to("alice")[0]
        assert files == []

    def test_taken_by_another_invocation_are_left_to_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = World()
        collect = world.store.pending.collect
        monkeypatch.setattr(world.store.pending, "collect", lambda *part: (collect(*part)[0], []))
        world.sio.on("file", lambda sid, content: pytest.fail("handled twice"))
        world.connect("alice")
        assert world.send("alice", HEAD) == []
        assert world.send("alice", "bAQ==") == []
        assert world.send("alice", "bAQ==") == []
        assert world.transport.sent == []

    def test_acks_with_bytes_reach_their_callback(self, world: World, files: list[Any]) -> None:
        heard: list[Any] = []

        @world.sio.callback
        def answered(*args: Any) -> None:
            heard.extend(args)

        connection = world.store.connections.find("alice")
        assert connection is not None
        world.sio.emit("ask", to=connection.sockets["/"], callback=answered)
        world.send("alice", '461-1[{"_placeholder":true,"num":0}]')
        world.send("alice", "bAQ==")
        assert heard == [b"\x01"]
