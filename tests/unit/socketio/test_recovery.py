"""Sockets that outlive their connection, seen from their clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_socketio.emitter import Emitter
from serverless_socketio.exceptions import DisconnectedError, FrameTooLargeError, StoreError
from serverless_socketio.inbox import Inbox
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Member, PostResult
from serverless_socketio.recovery.state import Recovery, StreamSlice
from serverless_socketio.recovery.streams import stream_packets
from serverless_socketio.sid import is_recoverable
from tests.unit.socketio.world import World

WINDOW_S = 60
LOG_MAX = 10
TALE = [("told", {"n": index}) for index in range(6)]


class Client:
    """A client of the stock library's manners: it keeps its pid and the offset of the event it got last."""

    def __init__(self, world: RecoverableWorld, user: str = "alice") -> None:
        self.world = world
        self.user = user
        self.address = ""
        self.sid = ""
        self.pid: str | None = None
        self.offset: str | None = None
        self.recovered = False
        self.events: list[list[Any]] = []
        self._read = 0
        self._seen = 0

    def connect(self, namespace: str = "/", **changes: Any) -> Client:
        """Open another connection and connect on it."""
        self._seen += 1
        self.address = f"{self.user}{self._seen}"
        self.world.open(self.address, recovery=True, user=self.user)
        return self.ask(namespace, **changes)

    def ask(self, namespace: str = "/", **changes: Any) -> Client:
        prefix = "" if namespace == "/" else f"{namespace},"
        auth = {**({"pid": self.pid, "offset": self.offset} if self.pid else {}), **changes}
        returned = self.world.send(self.address, f"40{prefix}{json.dumps(auth)}")
        for frame in [*returned, *self.arrived()]:
            self.hear(frame)
        return self

    def arrived(self) -> list[str]:
        """What was posted to the connection since the last look."""
        frames = self.world.sent_to(self.address)[self._read :]
        self._read += len(frames)
        return frames

    def hear(self, frame: str) -> None:
        if frame.startswith("40"):
            answer = json.loads(frame[frame.index("{") :])
            self.recovered = self.pid is not None and answer["pid"] == self.pid
            self.sid, self.pid = answer["sid"], answer["pid"]
        elif frame.startswith("42"):
            *event, self.offset = json.loads(frame[frame.index("[") :])
            self.events.append(event)

    def look(self) -> list[list[Any]]:
        """Everything that it got."""
        for frame in self.arrived():
            self.hear(frame)
        return self.events

    def lose(self) -> None:
        """Lose the connection, after all that has arrived; the server is told."""
        self.look()
        self.world.transport.gone.add(self.address)
        self.world.sio.manager.closed(self.address, "transport close")
        self._read = 0

    def vanish(self) -> None:
        """Lose the connection without anybody being told: posts are taken, and lost."""
        self.look()
        self._read = 0


class RecoverableWorld(World):
    """A server that lets clients come back."""

    def __init__(self, **given: Any) -> None:
        recovery = Recovery(
            identity=lambda session: session["user"],
            window_ms=WINDOW_S * 1000,
            log_max=LOG_MAX,
            rest=lambda stream, index: TALE[index:] if stream == "tale" else [],
        )
        super().__init__(recovery=recovery, **given)
        self.ended: list[tuple[str, str]] = []
        self.accepted: list[str] = []
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", lambda sid, reason: self.ended.append((sid, reason)))
        self.sio.on("connect", lambda sid: self.sio.save_session(sid, {"user": "anyone"}), namespace="/chat")

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        self.accepted.append(sid)
        self.sio.save_session(sid, {"user": environ["user"], "connects": len(self.accepted)})
        self.sio.enter_room(sid, "lobby")


@pytest.fixture
def world() -> RecoverableWorld:
    return RecoverableWorld()


@pytest.fixture
def alice(world: RecoverableWorld) -> Client:
    return Client(world).connect()


class TestWithout:
    def test_the_wish_there_is_no_pid_and_no_offset_and_nothing_is_written(self, world: RecoverableWorld) -> None:
        world.open("bob", user="bob")
        (answer,) = world.send("bob", '40{"pid":"x","offset":"y"}')
        sid = json.loads(answer[2:])["sid"]
        assert json.loads(answer[2:]).keys() == {"sid"}
        assert not is_recoverable(sid)
        world.sio.emit("said", 1, room="lobby")
        assert world.sent_to("bob") == ['42["said",1]']
        assert world.store.recovery.state(sid) is None
        assert world.store.recovery.entries(sid, 0) == []

    def test_a_promise_of_the_server_the_wish_is_ignored(self) -> None:
        world = World()
        world.open("alice", recovery=True)
        (answer,) = world.send("alice", "40")
        assert json.loads(answer[2:]).keys() == {"sid"}


class TestComingBack:
    def test_brings_the_same_id_rooms_session_and_what_was_missed_in_order(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        sid = alice.sid
        world.sio.enter_room(sid, "later")
        world.sio.enter_room(sid, "left")
        world.sio.leave_room(sid, "left")
        with world.sio.session(sid) as session:
            session["cart"] = ["apple"]
        world.sio.emit("said", 1, room="lobby")
        alice.lose()
        world.sio.emit("said", 2, room="lobby")
        world.sio.emit("said", 3, room="later")
        world.sio.emit("said", 4, to=sid)
        world.sio.emit("said", 5)
        alice.connect()
        assert alice.recovered
        assert alice.sid == sid
        assert alice.events == [["said", n] for n in range(1, 6)]
        assert world.sio.rooms(sid) == [sid, "lobby", "later"]
        assert world.sio.get_session(sid) == {"user": "alice", "cart": ["apple"], "connects": 2}
        assert world.accepted == [sid, sid]
        world.sio.emit("said", 6, room="later")
        world.sio.emit("said", 7, to=sid)
        assert alice.look()[5:] == [["said", 6], ["said", 7]]

    def test_may_happen_again_and_again(self, world: RecoverableWorld, alice: Client) -> None:
        for n in range(5):
            alice.lose()
            world.sio.emit("said", n, room="lobby")
            assert alice.connect().recovered
        assert alice.events == [["said", n] for n in range(5)]
        assert world.ended == [(alice.sid, "transport close")] * 5

    def test_makes_up_for_what_a_dying_connection_swallowed(self, world: RecoverableWorld, alice: Client) -> None:
        alice.vanish()
        world.sio.emit("said", 1, room="lobby")
        alice.connect()
        assert alice.recovered
        assert alice.events == [["said", 1]]
        assert world.ended == [(alice.sid, "transport close")]
        assert world.transport.closed == ["alice1"]

    def test_is_noticed_by_a_post_to_a_connection_that_has_gone(self, world: RecoverableWorld, alice: Client) -> None:
        world.transport.gone.add(alice.address)
        world.sio.emit("said", 1, room="lobby")
        assert world.ended == [(alice.sid, "transport close")]
        world.sio.emit("said", 2, room="lobby")
        alice._read = 0
        assert alice.connect().events == [["said", 1], ["said", 2]]

    def test_works_for_a_namespace_and_for_events_with_attachments(self, world: RecoverableWorld) -> None:
        alice = Client(world).connect("/chat")
        alice.lose()
        world.sio.emit("file", b"\x01", to=alice.sid, namespace="/chat")
        alice.connect("/chat")
        head, attachment = world.sent_to(alice.address)[-2:]
        assert head.startswith('451-/chat,["file",{"_placeholder":true,"num":0},"1.0.')
        assert attachment == "bAQ=="

    def test_counts_from_the_start_for_a_client_that_got_nothing_yet(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        other = alice.offset = "7.0.another1"  # of an earlier session of this client
        world.sio.emit("said", 1, room="lobby")
        alice.vanish()
        alice.events.clear()
        alice.offset = other
        assert alice.connect().events == [["said", 1]]
        assert alice.recovered

    def test_an_acknowledgement_is_not_kept(self, world: RecoverableWorld, alice: Client) -> None:
        world.sio.callback(print)
        world.sio.emit("asked", 1, to=alice.sid, callback=print)
        assert world.sent_to(alice.address)[-1] == '421["asked",1]'
        assert world.store.recovery.entries(alice.sid, 0) == []

    def test_events_of_another_process_have_offsets_too(self, world: RecoverableWorld, alice: Client) -> None:
        Emitter(world.store, world.transport).emit("said", 1, room="lobby")
        Emitter(world.store, world.transport).emit("said", 2, to=alice.sid)
        alice.lose()
        Emitter(world.store, world.transport).emit("said", 3, room="lobby")
        Emitter(world.store, world.transport).emit("said", 4, to=alice.sid)
        assert alice.connect().events == [["said", n] for n in (1, 2, 3, 4)]

    def test_many_are_told_at_once(self, world: RecoverableWorld) -> None:
        clients = [Client(world, f"user{n}-").connect() for n in range(40)]
        for n in range(3):
            world.sio.emit("said", n, room="lobby")
        assert all(client.look() == [["said", n] for n in range(3)] for client in clients)

    def test_leaves_no_room_for_a_frame_without_its_offset(self) -> None:
        world = RecoverableWorld(max_message_out=1_000)
        alice = Client(world).connect()
        with pytest.raises(FrameTooLargeError):
            world.sio.emit("said", "x" * 900, to=alice.sid)
        assert world.store.recovery.entries(alice.sid, 0) == []


class TestNewSession:
    """A client that cannot be recovered gets a new session; CONNECT is never refused for it."""

    def assert_new(self, alice: Client, sid: str) -> None:
        assert not alice.recovered
        assert alice.sid != sid
        assert alice.pid

    def test_after_the_window(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.lose()
        world.clock.advance(WINDOW_S - 1)
        world.sio.emit("said", 1, room="lobby")
        world.clock.advance(3)
        assert world.store.rooms.members("/", "lobby") == []
        assert list(world.store.connections.everyone("/")) == []
        world.sio.emit("said", 2, room="lobby")
        self.assert_new(alice.connect(), sid)
        assert alice.events == []

    def test_for_the_key_of_another_user(self, world: RecoverableWorld, alice: Client) -> None:
        mallory = Client(world, "mallory")
        sid = alice.sid
        alice.lose()
        world.sio.emit("secret", 1, room="lobby")
        mallory.pid, mallory.offset = alice.pid, alice.offset
        self.assert_new(mallory.connect(), sid)
        assert mallory.events == []
        assert alice.connect().recovered
        assert alice.events == [["secret", 1]]

    @pytest.mark.parametrize("pid", ["", "nonsense", 5, None, [], "x" * 44 + "~alice1"])
    def test_for_a_pid_that_is_none(self, world: RecoverableWorld, alice: Client, pid: Any) -> None:
        sid = alice.sid
        alice.lose()
        self.assert_new(alice.connect(pid=pid), sid)

    def test_for_a_sid_without_its_secret(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.lose()
        self.assert_new(alice.connect(pid="0" * 22 + sid), sid)

    @pytest.mark.parametrize("offset", ["nonsense", 7, "9.0.00000000", {}])
    def test_for_an_offset_that_is_none(self, world: RecoverableWorld, alice: Client, offset: Any) -> None:
        sid = alice.sid
        alice.lose()
        self.assert_new(alice.connect(offset=offset), sid)
        assert world.store.recovery.state(sid) is None

    def test_for_who_missed_more_than_is_kept(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.lose()
        for n in range(LOG_MAX + 2):
            world.sio.emit("said", n, room="lobby")
        assert len(world.store.recovery.entries(sid, 0)) == LOG_MAX
        assert world.store.rooms.members("/", "lobby") == []
        self.assert_new(alice.connect(), sid)

    def test_for_who_swallowed_more_than_is_kept(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.vanish()
        for n in range(LOG_MAX + 1):
            world.sio.emit("said", n, room="lobby")
        self.assert_new(alice.connect(), sid)

    def test_where_an_event_was_lost_before_it_was_kept(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.lose()
        world.store.recovery.number(sid)  # by a function that dies here
        world.sio.emit("said", 2, room="lobby")
        self.assert_new(alice.connect(), sid)

    @pytest.mark.parametrize("call", ["number", "append"])
    def test_for_whom_an_event_could_not_be_kept_and_the_others_get_it(
        self, world: RecoverableWorld, alice: Client, call: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bob, real = Client(world, "bob").connect(), getattr(world.store.recovery, call)

        def fail_for_alice(sid: str, *args: Any, **kwargs: Any) -> Any:
            if sid == alice.sid:
                raise StoreError("down")
            return real(sid, *args, **kwargs)

        monkeypatch.setattr(world.store.recovery, call, fail_for_alice)
        world.sio.emit("said", 1, room="lobby")
        assert bob.look() == [["said", 1]]
        assert world.transport.closed == [alice.address]
        alice._read = 0
        assert not alice.connect().recovered

    def test_in_another_namespace(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.lose()
        self.assert_new(alice.connect("/chat"), sid)

    def test_after_either_side_disconnected(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        world.send(alice.address, "41")
        assert world.ended == [(sid, "client disconnect")]
        self.assert_new(alice.connect(), sid)
        world.sio.disconnect(alice.sid)
        second = alice.sid
        alice._read = 0
        self.assert_new(alice.connect(), second)

    def test_after_a_disconnect_that_was_handled_after_the_close(self, world: RecoverableWorld, alice: Client) -> None:
        sid, address = alice.sid, alice.address
        alice.lose()
        for frame in ("41/chat,", "42[]", "3", "bAQID", "nonsense"):
            world.send(address, frame)
        assert world.store.recovery.state(sid) is not None
        world.send(address, "41")
        self.assert_new(alice.connect(), sid)

    def test_after_a_disconnect_that_the_report_of_the_close_overtakes_half_way(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        def overtake(*_: Any) -> None:
            if not overtaken:
                overtaken.append(True)
                world.sio.manager.closed(alice.address, "transport close")

        overtaken: list[bool] = []
        world.sio.hooks.on_ending(overtake)
        sid = alice.sid
        world.send(alice.address, "41")
        alice.lose()
        alice.connect()
        assert alice.sid != sid
        assert world.ended == [(sid, "transport close")]

    def test_after_a_disconnect_on_a_connection_that_is_remembered_as_alive(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        sid, address = alice.sid, alice.address
        warm = Inbox(world.sio.manager, cache_s=60)
        world.send(address, '42["hello"]', inbox=warm)
        alice.look()
        world.store.connections.end(address)  # by another process
        world.send(address, "41", inbox=warm)
        alice._read = 0
        self.assert_new(alice.connect(), sid)

    def test_after_the_server_disconnected_one_that_was_away(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.lose()
        world.sio.disconnect(sid)
        assert world.store.rooms.members("/", "lobby") == []
        self.assert_new(alice.connect(), sid)

    def test_one_socket_of_several_may_disconnect(self, world: RecoverableWorld, alice: Client) -> None:
        sid = alice.sid
        alice.ask("/chat", pid=None)
        world.send(alice.address, "41")
        assert world.store.recovery.state(sid) is None
        assert world.store.recovery.state(alice.sid) is not None


class TestWhileAway:
    def test_a_socket_is_gone_for_all_that_ask(self, world: RecoverableWorld, alice: Client) -> None:
        alice.lose()
        with pytest.raises(DisconnectedError):
            world.sio.get_session(alice.sid)
        with pytest.raises(DisconnectedError):
            world.sio.enter_room(alice.sid, "other")
        assert world.sio.rooms(alice.sid) == []
        assert world.sio.get_environ(alice.sid) is None
        assert [member.detached for member in world.store.rooms.members("/", "lobby")] == [True]
        assert [member.detached for member in world.store.connections.everyone("/")] == [True]
        alice.connect()
        assert [member.detached for member in world.store.rooms.members("/", "lobby")] == [False]

    def test_its_new_connection_is_found_by_its_sid(self, world: RecoverableWorld, alice: Client) -> None:
        alice.lose()
        alice.connect()
        world.sio.enter_room(alice.sid, "other")
        assert world.sio.rooms(alice.sid) == [alice.sid, "lobby", "other"]
        world.sio.disconnect(alice.sid)
        assert world.ended[-1] == (alice.sid, "server disconnect")
        assert world.store.connections.find("alice2").sockets == {}  # type: ignore[union-attr]


class TestStreams:
    """Series that are not kept, since the application can tell them again."""

    def tell(self, world: RecoverableWorld, alice: Client, *indexes: int) -> None:
        """Tell a part of the tale, as an application does that looked a moment ago."""
        state = world.store.recovery.follow(alice.sid, "tale", indexes[0])
        assert state is not None
        assert state.phase == "live"
        turn = StreamSlice(state, "tale", indexes[0], world.clock.now_ms())
        payloads = [TALE[index][1] for index in indexes]
        fanout = world.sio.manager.fanout
        fanout.send(stream_packets(fanout, "told", [(Member(alice.sid, alice.address), payloads)], {alice.sid: turn}))

    def test_are_told_to_the_end_before_the_event_that_ends_them(self, world: RecoverableWorld, alice: Client) -> None:
        self.tell(world, alice, 0, 1, 2)
        alice.lose()
        world.sio.emit("said", 1, to=alice.sid)
        world.sio.manager.fanout.emit(world.store.rooms.members("/", "lobby"), "end", closes="tale")
        assert alice.connect().events == [
            *[["told", {"n": n}] for n in range(3)],
            ["said", 1],
            *map(list, TALE[3:]),
            ["end"],
        ]
        assert world.store.recovery.state(alice.sid).streams == {}  # type: ignore[union-attr]

    def test_go_on_from_where_the_client_is(self, world: RecoverableWorld, alice: Client) -> None:
        self.tell(world, alice, 0, 1)
        alice.vanish()
        self.tell(world, alice, 2, 3)
        alice.connect()
        state = world.store.recovery.follow(alice.sid, "tale", 4)
        assert state is not None
        assert state.streams == {"tale": 2}

    def test_a_client_cut_in_what_is_left_of_a_run_gets_the_rest_of_it(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        self.tell(world, alice, 0)
        alice.lose()
        world.sio.manager.fanout.emit(world.store.rooms.members("/", "lobby"), "end", closes="tale")
        alice.connect()
        frames = world.sent_to(alice.address)[1:4]  # it got so many of them
        alice.events = [json.loads(frame[2:])[:-1] for frame in frames]
        alice.offset = json.loads(frames[-1][2:])[-1]
        alice.vanish()
        alice.connect()
        assert alice.events == [*map(list, TALE[1:]), ["end"]]

    def test_events_in_between_are_not_sent_twice(self, world: RecoverableWorld, alice: Client) -> None:
        state = world.store.recovery.follow(alice.sid, "tale", 0)
        assert state is not None
        world.sio.emit("said", 1, to=alice.sid)
        world.clock.advance(0.5)
        turn = StreamSlice(state, "tale", 0, world.clock.now_ms())  # it has not looked since
        fanout, member = world.sio.manager.fanout, Member(alice.sid, alice.address)
        fanout.send(stream_packets(fanout, "told", [(member, [{"n": 0}])], {alice.sid: turn}))
        alice.lose()
        world.clock.advance(0.5)
        world.sio.emit("said", 2, to=alice.sid)
        assert alice.connect().events == [["said", 1], ["told", {"n": 0}], ["said", 2]]

    def test_nothing_is_sent_to_who_came_or_went_since_it_was_looked_at(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        state = world.store.recovery.state(alice.sid)
        assert state is not None
        members = world.store.rooms.members("/", "lobby")
        alice.lose()
        emit = world.sio.manager.fanout.emit
        assert emit(members, "end", closes="tale", seen={alice.sid: state}) == {alice.sid: PostResult.MOVED}
        assert emit(members, "end", closes="tale") == {alice.sid: PostResult.LOGGED}
        assert alice.connect().events == [*map(list, TALE), ["end"]]


class Interrupted(MemoryTransport):
    """A transport at which something happens right before a post."""

    before: Any = None
    fails = False

    def post_all(self, frames: Any, *, repeatable: bool = False) -> list[PostResult]:
        if self.fails:
            return [PostResult.FAILED for _ in frames]
        before, self.before = self.before, None
        if before:
            before()
        return super().post_all(frames, repeatable=repeatable)


class TestInTheMiddle:
    def test_what_is_sent_while_a_client_is_replayed_to_comes_after_it(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        alice.lose()
        world.sio.emit("said", 1, room="lobby")
        transport.before = lambda: world.sio.emit("said", 2, room="lobby")
        assert alice.connect().events == [["said", 1], ["said", 2]]

    def test_a_post_that_failed_ends_the_connection_so_that_nothing_is_missed(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        transport.fails = True
        world.sio.emit("said", 1, room="lobby")
        assert transport.closed == ["alice1"]
        assert world.ended == [(alice.sid, "transport close")]
        transport.fails = False
        alice._read = 0
        assert alice.connect().events == [["said", 1]]

    def test_a_client_that_is_lost_again_meanwhile_comes_back_again(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        alice.lose()
        world.sio.emit("said", 1, room="lobby")
        transport.before = lambda: transport.gone.add("alice2")
        alice.connect()
        assert alice.events == []
        alice._read = 0
        assert alice.connect().recovered
        assert alice.events == [["said", 1]]

    def test_a_defect_in_the_middle_ends_the_connection_so_that_the_client_tries_again(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        alice.lose()
        world.sio.emit("said", 1, room="lobby")
        transport.before = lambda: 1 / 0
        assert alice.connect().events == []
        assert transport.closed == ["alice2"]
        alice._read = 0
        assert alice.connect().events == [["said", 1]]

    def test_an_event_that_is_lost_meanwhile_ends_the_session(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        sid = alice.sid
        alice.lose()
        transport.before = lambda: world.store.recovery.number(sid)  # by a function that dies here
        alice.connect()
        assert transport.closed == ["alice2"]
        assert world.store.recovery.state(sid) is None

    def test_a_flood_ends_the_connection_and_is_caught_up_with_later(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        alice.lose()
        floods = iter(range(20))

        def flood() -> None:
            if (number := next(floods, None)) is not None:
                world.sio.emit("said", number, room="lobby")
                transport.before = flood

        transport.before = flood
        alice.connect()
        assert transport.closed == ["alice2"]
        alice._read = 0
        alice.connect()
        assert alice.recovered
        assert alice.events == [["said", number] for number in range(20)]

    def test_of_two_connections_the_newer_one_has_the_socket(self) -> None:
        transport = Interrupted()
        world = RecoverableWorld(transport=transport)
        alice = Client(world).connect()
        again = Client(world)
        alice.lose()
        world.sio.emit("said", 1, room="lobby")
        again.pid, again.offset, again._seen = alice.pid, alice.offset, 7

        def overtake() -> None:
            world.clock.advance(0.01)
            again.connect()

        transport.before = overtake
        alice.connect()
        assert again.recovered
        assert again.events == [["said", 1]]
        assert transport.closed[0] == "alice2"
        world.sio.emit("said", 2, room="lobby")
        assert again.look() == [["said", 1], ["said", 2]]

    def test_a_late_connect_of_an_older_connection_takes_nothing_away(
        self, world: RecoverableWorld, alice: Client
    ) -> None:
        late = Client(world)
        world.open("late", recovery=True, user="alice")
        alice.lose()
        world.clock.advance(1)
        alice.connect()
        late.address, late.pid, late.offset = "late", alice.pid, alice.offset
        late.ask()
        assert not late.recovered
        world.sio.emit("said", 1, to=alice.sid)
        assert alice.look() == [["said", 1]]
