"""Long-polling as a client meets it: requests in, answers out; the upgrade, its races and its cuts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from engineio.payload import Payload

from serverless_socketio.codec.engineio import SEPARATOR
from serverless_socketio.emitter import Emitter
from serverless_socketio.exceptions import DisconnectedError
from serverless_socketio.inbox import Arrival, Inbox
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Connection, Ping, PostResult
from serverless_socketio.polling.server import BODY_MAX, HttpAnswer, HttpRequest, PollingServer
from serverless_socketio.polling.session import IDLE_MS, address_and_digest
from serverless_socketio.polling.sweep import IdleSessions
from serverless_socketio.recovery.state import Recovery
from serverless_socketio.server import Server
from tests.fakes import CountingIds, FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

WS, OTHER_WS = "L0SM9cOFvHcCIhw=", "L0SM9cOFvHcCIhx="


class World:
    """A server with its polling transport. Time passes only while a GET is held."""

    def __init__(self, *, held_max: int = 5, recovery: Recovery | None = None) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore(self.clock)
        self.transport = MemoryTransport()
        self.sio = Server(self.store, self.transport, clock=self.clock, ids=CountingIds(), recovery=recovery)
        self.manager = self.sio.manager
        self.inbox = Inbox(self.manager, cache_s=30)
        self.http = PollingServer(
            self.manager,
            ping=Ping(120_000, 50_000),
            environ_of=lambda request: {"origin": request.headers.get("origin")},
            receive=self.receive,
            held_max=held_max,
        )
        self.later: list[tuple[list[str], int]] = []
        self.idle = IdleSessions(
            self.manager, lambda portions: self.later.extend((list(addresses), s) for addresses, s in portions)
        )
        self._requests = count(1)
        self.ended: list[tuple[str, str]] = []
        self.sio.on("disconnect", lambda sid, reason: self.ended.append((sid, reason)))

    def receive(self, address: str, text: str, received_ms: int, request_id: str) -> None:
        where, frames = self.inbox.arrive(Arrival(address, text, received_ms, request_id))
        if frames:
            self.manager.transport.post_all([(where, frames)])

    def ask(self, method: str = "GET", query: str = "EIO=4&transport=polling", body: str = "", **headers: str) -> Any:
        request = HttpRequest(
            method, query, headers, body.encode(), self.clock.now_ms(), f"request-{next(self._requests)}"
        )
        return self.http.serve(request)

    def frame(self, websocket: str, text: str) -> None:
        """A frame on a WebSocket, as `Gateway` takes it."""
        self.receive(websocket, text, self.clock.now_ms(), f"request-{next(self._requests)}")

    def sent(self, websocket: str = WS) -> list[str]:
        return [frame for address, frame in self.transport.sent if address == websocket]


class Client:
    """A client of long-polling."""

    def __init__(self, world: World, more: str = "") -> None:
        self.world = world
        answer = world.ask(query=f"EIO=4&transport=polling{more}")
        assert answer.status == 200
        self.open = json.loads(answer.body[1:])
        self.sid: str = self.open["sid"]
        found = address_and_digest(self.sid)
        assert found is not None
        self.address = found[0]

    @property
    def query(self) -> str:
        return f"EIO=4&transport=polling&sid={self.sid}"

    def get(self) -> list[str]:
        answer = self.world.ask("GET", self.query)
        assert answer.status == 200, answer
        return str(answer.body).split(SEPARATOR)

    def post(self, *frames: str) -> HttpAnswer:
        answer = self.world.ask("POST", self.query, SEPARATOR.join(frames))
        assert isinstance(answer, HttpAnswer)
        return answer

    def connect(self, namespace: str = "") -> str:
        self.post(f"40{namespace}")
        (answer,) = self.get()
        return str(json.loads(answer[answer.index("{") :])["sid"])

    def probe(self, websocket: str = WS) -> None:
        now_ms = self.world.clock.now_ms()
        self.world.store.connections.open(Connection(websocket, "socketio", now_ms, now_ms, session=self.address))
        self.world.frame(websocket, "2probe")


def refused(answer: HttpAnswer) -> int:
    assert answer.status == 400
    return int(json.loads(answer.body)["code"])


@contextmanager
def beside_each_call(world: World, meanwhile: Any) -> Iterator[None]:
    """Other functions act before each call of the store of sessions."""
    store = world.store.polling
    for name in ("take", "settle", "move", "find"):
        original = getattr(store, name)

        def call(*args: Any, original: Any = original, **named: Any) -> Any:
            meanwhile()
            return original(*args, **named)

        setattr(store, name, call)
    yield
    for name in ("take", "settle", "move", "find"):
        delattr(store, name)


def test_the_open_packet_names_a_secret_that_nothing_else_holds() -> None:
    world = World()
    client = Client(world)
    assert client.open == {
        "sid": client.sid,
        "upgrades": ["websocket"],
        "pingInterval": 120_000,
        "pingTimeout": 50_000,
        "maxPayload": 100_000,
    }
    sid = client.connect()
    assert client.sid not in client.address + sid
    session = world.store.polling.find(client.address)
    assert client.sid not in repr(session)
    assert client.sid not in repr(world.store.connections.find(client.address))


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", "EIO=4&transport=websocket", 0),
        ("GET", "EIO=4", 0),
        ("GET", "EIO=4&transport=polling&j=0", 3),
        ("POST", "EIO=4&transport=polling&j=0&sid=x", 3),
        ("GET", "EIO=4&transport=polling&sid=x", 1),
        ("GET", f"EIO=4&transport=polling&sid={'x' * 44}", 1),
        ("POST", f"EIO=4&transport=polling&sid={'é' * 44}", 1),
        ("POST", "EIO=4&transport=polling", 2),
        ("PUT", "EIO=4&transport=polling", 2),
        ("GET", "EIO=3&transport=polling", 5),
        ("GET", "transport=polling", 5),
    ],
)
def test_what_is_not_served_is_refused_in_engine_io_s_words(method: str, query: str, code: int) -> None:
    answer = World().ask(method, query)
    assert refused(answer) == code
    assert answer.content_type == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_every_page_may_read_every_answer_and_none_sends_credentials() -> None:
    world = World()
    client = Client(world)
    answers = [
        world.ask("OPTIONS", client.query, origin="https://x", **{"access-control-request-headers": "authorization"}),
        world.ask("GET", client.query),
        client.post("3"),
        client.post("x"),
    ]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    assert answers[0].status == 204
    assert answers[0].headers["access-control-allow-headers"] == "authorization"


class TestASession:
    def test_has_sockets_acks_events_and_several_namespaces_in_one_order(self) -> None:
        world = World()
        world.sio.on("say", lambda sid, text: ("heard", text))
        world.sio.on("say", lambda sid, text: text, namespace="/chat")
        client = Client(world)
        client.connect()
        assert client.post("40/chat,").body == "ok"
        client.post('421["say","a"]', '42/chat,2["say","b"]')
        world.sio.emit("news", 1)
        namespace, *rest = client.get()
        assert namespace.startswith("40/chat,{")
        assert rest == ['431["heard","a"]', '43/chat,2["b"]', '42["news",1]']

    def test_is_found_by_the_sids_of_its_sockets(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        world.sio.enter_room(sid, "lobby")
        world.sio.emit("one", room="lobby")
        Emitter(world.store, world.transport).emit("two", to=sid)
        assert client.get() == ['42["one"]', '42["two"]']
        assert world.sio.get_session(sid) == {}
        world.sio.disconnect(sid)
        assert client.get() == ["41"]
        assert world.ended == [(sid, "server disconnect")]

    def test_carries_bytes_both_ways(self) -> None:
        world = World()
        got: list[Any] = []
        world.sio.on("bytes", lambda sid, *args: got.append(args))
        client = Client(world)
        sid = client.connect()
        client.post('452-["bytes",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', "bAQ==", "bAg==")
        assert got == [(b"\x01", b"\x02")]
        world.sio.emit("back", b"\x03", to=sid)
        assert client.get() == ['451-["back",{"_placeholder":true,"num":0}]', "bAw=="]

    def test_frames_of_posts_that_come_at_once_keep_their_order(self) -> None:
        world = World()
        got: list[Any] = []
        world.sio.on("bytes", lambda sid, *args: got.append(args))
        client = Client(world)
        client.connect()
        head = '451-["bytes",{"_placeholder":true,"num":0}]'
        for body in ("bAQ==", "bAg==", "bAw=="):  # each POST in the millisecond of the one before
            client.post(head)
            client.post(body)
        assert got == [(b"\x01",), (b"\x02",), (b"\x03",)]

    def test_ends_with_its_close_packet(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        assert client.post("1", '42["lost"]').status == 200
        assert world.ended == [(sid, "client disconnect")]
        assert refused(world.ask("GET", client.query)) == 1
        assert refused(client.post("3")) == 1

    def test_says_what_a_bad_body_is(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        for body in ("", "hello", "42[1]\x1e", "b!"):
            assert refused(client.post(body)) == 3
        too_large = world.ask("POST", client.query, "4" * (BODY_MAX + 1))
        assert too_large.status == 413
        assert client.post('42["still there"]').status == 200

    def test_is_let_in_whatever_the_page_and_judged_at_connect(self) -> None:
        world = World()
        seen: list[Any] = []

        def refuse(sid: str, environ: dict[str, Any], auth: Any) -> bool:
            seen.append((environ["origin"], auth))
            return False

        world.sio.on("connect", refuse)
        answer = world.ask(origin="https://elsewhere.example")
        client = Client.__new__(Client)
        client.world, client.sid = world, json.loads(answer.body[1:])["sid"]
        client.post('40{"token":"x"}')
        assert client.get() == ['44{"message":"Connection rejected by server"}']
        assert seen == [("https://elsewhere.example", {"token": "x"})]

    def test_has_a_connection_s_faults(self) -> None:
        world = World()
        client = Client(world)
        world.store.polling.find = lambda address: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        answer = world.ask("GET", client.query)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (503, "*")


class TestAGet:
    def test_waits_for_what_comes(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        began = world.clock.monotonic()
        world.clock.on_sleep(0.4, lambda: world.sio.emit("news"))
        assert client.get() == ['42["news"]']
        assert 0.4 <= world.clock.monotonic() - began < 0.66

    @pytest.mark.parametrize(("age_s", "held_s"), [(0, 1), (9.9, 1), (10, 20)])
    def test_is_held_for_a_second_while_the_session_is_young(self, age_s: float, held_s: float) -> None:
        world = World()
        client = Client(world)
        client.connect()
        world.clock.advance(age_s)
        began = world.clock.monotonic()
        assert client.get() == ["6"]
        assert world.clock.monotonic() - began == pytest.approx(held_s, abs=0.01)

    def test_is_held_for_a_second_where_too_many_are_held_long(self) -> None:
        world = World(held_max=1)
        first, second = Client(world), Client(world)
        for client in (first, second):
            client.connect()
        world.clock.advance(10)
        lasted: list[float] = []

        def meanwhile() -> None:
            began = world.clock.monotonic()
            assert second.get() == ["6"]
            lasted.append(world.clock.monotonic() - began)

        world.clock.on_sleep(0.1, meanwhile)
        first.get()
        second.get()
        assert lasted == [pytest.approx(1, abs=0.01)]
        assert world.clock.monotonic() >= 50  # the place was given back

    def test_of_a_session_without_a_socket_takes_no_place_from_those_who_were_let_in(self) -> None:
        world = World(held_max=1)
        stranger, client = Client(world), Client(world)
        client.connect()
        world.clock.advance(10)
        began = world.clock.monotonic()
        assert stranger.get() == ["6"]
        assert world.clock.monotonic() - began == pytest.approx(1, abs=0.01)
        assert client.get() == ["6"]
        assert world.clock.monotonic() - began == pytest.approx(21, abs=0.02)

    def test_beside_another_is_refused_and_ends_the_session(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        codes: list[int] = []
        world.clock.on_sleep(0.1, lambda: codes.append(refused(world.ask("GET", client.query))))
        assert client.get() == ["1"]
        assert codes == [3]
        assert refused(world.ask("GET", client.query)) == 1
        assert world.manager.transport.post(client.address, "x") is PostResult.GONE
        assert world.idle.tick(world.clock.now_ms()) == 1
        assert world.ended == [(sid, "ping timeout")]
        assert world.idle.tick(world.clock.now_ms()) == 0

    def test_takes_no_more_than_an_answer_holds(self) -> None:
        world = World()
        client = Client(world)
        for number in range(12):
            world.manager.transport.post(client.address, f"4{number}" + "x" * 100_000)
        assert [len(client.get()), len(client.get())] == [9, 3]

    @pytest.mark.parametrize("is_over", [False, True])
    def test_has_no_more_packets_than_pythons_client_takes(self, is_over: bool) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        for number in range(40):
            world.sio.emit("n", number)
        if is_over:
            world.sio.disconnect(sid)
            world.manager.close(client.address, "transport close")
        answers = [Payload(encoded_payload=SEPARATOR.join(client.get())) for _ in range(3)]  # one too many raises
        heard = [packet.data for answer in answers for packet in answer.packets]
        assert heard[:40] == [f'2["n",{number}]' for number in range(40)]


class TestTheUpgrade:
    def test_ends_the_get_that_is_held(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        world.clock.on_sleep(0.3, client.probe)
        began = world.clock.monotonic()
        assert client.get() == ["6"]
        assert world.clock.monotonic() - began < 0.6
        assert world.sent() == ["3probe"]

    def test_ends_every_get_soon_while_the_client_probes(self) -> None:
        world = World()
        client = Client(world)
        client.probe()
        began = world.clock.monotonic()
        assert client.get() == ["6"]
        assert world.clock.monotonic() - began < 0.3

    @pytest.mark.parametrize("first", ["5", '42["say","x"]'])
    def test_drains_what_waits_before_anything_is_posted_directly(self, first: str) -> None:
        world = World()
        said: list[str] = []
        world.sio.on("say", lambda sid, text: said.append(text))
        client = Client(world)
        client.connect()
        client.probe()
        world.sio.emit("one")
        world.sio.emit("two")
        world.frame(WS, first)
        world.sio.emit("three")
        assert world.sent() == ["3probe", '42["one"]', '42["two"]', '42["three"]']
        assert said == (["x"] if first != "5" else [])
        assert refused(world.ask("GET", client.query)) == 3
        assert refused(client.post("3")) == 3

    def test_keeps_sockets_rooms_sessions_and_sids(self) -> None:
        world = World()
        world.sio.on("say", lambda sid, text: text)
        client = Client(world)
        sid = client.connect()
        world.sio.enter_room(sid, "lobby")
        world.sio.save_session(sid, {"name": "alice"})
        client.probe()
        world.frame(WS, "5")
        world.frame(WS, '427["say","x"]')
        world.sio.emit("news", room="lobby")
        world.sio.emit("own", to=sid)
        assert world.sent() == ["3probe", '437["x"]', '42["news"]', '42["own"]']
        assert world.sio.get_session(sid) == {"name": "alice"}
        assert world.sio.rooms(sid) == [sid, "lobby"]

    def test_loses_and_overtakes_nothing_however_sends_cross_it(self) -> None:
        """Something is sent by another function at each step of the drain: at each of its calls of the store."""
        for step in range(12):
            world = World()
            client = Client(world)
            client.connect()
            client.probe()
            numbers = count()
            for _ in range(3):
                world.sio.emit("n", next(numbers))
            steps = count()

            def meanwhile(steps: Iterator[int] = steps, step: int = step, world: World = world) -> None:
                if next(steps) == step:
                    world.sio.emit("n", next(numbers))  # noqa: B023

            with beside_each_call(world, meanwhile):
                world.frame(WS, "5")
            world.sio.emit("n", next(numbers))
            got = [json.loads(frame[2:])[1] for frame in world.sent() if frame.startswith("42")]
            assert got == list(range(next(numbers))), step

    def test_the_server_can_tell_what_carries_a_socket(self) -> None:
        world, said = World(), []
        world.sio.on("connect", lambda sid, environ: said.append(world.sio.transport(sid)))
        client = Client(world)
        sid = client.connect()
        client.probe()
        assert [*said, world.sio.transport(sid)] == ["polling", "polling"]
        world.frame(WS, "5")
        assert world.sio.transport(sid) == "websocket"
        world.manager.closed(WS, "transport close")
        with pytest.raises(DisconnectedError):
            world.sio.transport(sid)

    def test_a_client_that_is_cut_while_it_probes_goes_on_by_polling(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        client.probe()
        world.sio.emit("one")
        world.manager.closed(WS, "transport close")
        world.sio.emit("two")
        assert client.get() == ['42["one"]', '42["two"]']
        assert client.post('42["x"]').status == 200
        assert world.ended == []
        began = world.clock.monotonic()
        assert client.get() == ["6"]
        assert world.clock.monotonic() - began == pytest.approx(1, abs=0.1)  # no probe any more
        client.probe(OTHER_WS)
        world.frame(OTHER_WS, "5")
        world.sio.emit("three")
        assert world.sent(OTHER_WS) == ["3probe", '42["three"]']

    def test_the_end_of_the_websocket_ends_the_session(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        client.probe()
        world.frame(WS, "5")
        world.manager.closed(WS, "transport close")
        assert world.ended == [(sid, "transport close")]
        world.manager.closed(WS, "transport close")
        assert len(world.ended) == 1

    def test_a_websocket_that_is_gone_ends_the_session(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        client.probe()
        world.frame(WS, "5")
        world.transport.gone.add(WS)
        world.sio.emit("news")
        assert world.ended == [(sid, "transport close")]

    def test_a_session_that_is_closed_closes_its_websocket(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        client.probe()
        world.frame(WS, "5")
        world.manager.close(client.address, "ping timeout")
        assert world.transport.closed == [WS]
        world.frame(WS, '42["late"]')
        assert world.ended[0][1] == "ping timeout"

    def test_a_second_websocket_is_closed(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        client.probe()
        client.probe(OTHER_WS)
        world.frame(WS, "5")
        world.frame(OTHER_WS, "5")
        assert world.transport.closed == [OTHER_WS]
        world.sio.emit("news")
        assert world.sent()[-1] == '42["news"]'
        assert world.ended == []

    def test_a_drain_whose_function_died_is_taken_over_by_a_later_frame(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        client.probe()
        session = world.store.polling.find(client.address)
        assert session is not None
        world.store.polling.move(session, WS, world.clock.now_ms())  # and nothing after that
        world.sio.emit("news")
        world.frame(WS, '42["early"]')
        assert world.sent() == ["3probe"]
        world.clock.advance(5)
        world.frame(WS, "3")
        assert world.sent() == ["3probe", '42["news"]']
        world.sio.emit("more")
        assert world.sent()[-1] == '42["more"]'

    def test_a_websocket_that_dies_under_the_drain_ends_the_session(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        client.probe()
        world.sio.emit("news")
        world.transport.gone.add(WS)
        world.frame(WS, "5")
        assert world.ended == [(sid, "transport close")]

    def test_a_move_that_the_store_fails_closes_the_websocket(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        client.probe()
        world.store.polling.move = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
        world.frame(WS, "5")
        assert WS in world.transport.closed


class TestRecovery:
    """A client that asked for it loses nothing, wherever it was cut."""

    def come_back(self, world: World, pid: str, offset: str) -> list[str]:
        again = Client(world, "&recovery=1")
        again.post(f'40{{"pid":"{pid}","offset":"{offset}"}}')
        connect, *events = again.get()
        assert json.loads(connect[2:])["sid"] == pid[22:]
        return [frame[: frame.index(',"')] for frame in events]

    @pytest.mark.parametrize("upgrades", [True, False])
    def test_brings_what_was_sent_to_a_connection_that_was_dead(self, upgrades: bool) -> None:
        world = World(recovery=Recovery(identity=lambda session: "anyone"))
        client = Client(world, "&recovery=1")
        client.post("40")
        (answer,) = client.get()
        pid = json.loads(answer[2:])["pid"]
        world.sio.emit("n", 1)
        (first,) = client.get()
        offset = json.loads(first[2:])[-1]
        if upgrades:
            client.probe()
            world.frame(WS, "5")
        world.sio.emit("n", 2)  # into the dead connection
        world.manager.closed(WS if upgrades else client.address, "transport close")
        world.sio.emit("n", 3)
        assert self.come_back(world, pid, offset) == ['42["n",2', '42["n",3']

    @pytest.mark.parametrize(("goodbye", "is_missed"), [(["1"], True), (["41", "1"], False)])
    def test_is_for_whoever_closed_the_session_but_left_no_namespace(self, goodbye: list[str], is_missed: bool) -> None:
        """A stock client says `1` when its GET has failed, and comes back; `socket.disconnect()` says `41` first."""
        world = World(recovery=Recovery(identity=lambda session: "anyone"))
        client = Client(world, "&recovery=1")
        client.post("40")
        pid = json.loads(client.get()[0][2:])["pid"]
        world.sio.emit("n", 1)
        offset = json.loads(client.get()[0][2:])[-1]
        client.post(*goodbye)
        world.sio.emit("n", 2)
        again = Client(world, "&recovery=1")
        again.post(f'40{{"pid":"{pid}","offset":"{offset}"}}')
        answer, *events = again.get()
        assert (json.loads(answer[2:])["pid"] == pid, len(events)) == (is_missed, int(is_missed))


class TestTheEndOfASessionThatIsIdle:
    def test_comes_thirty_seconds_after_its_last_get_to_the_second(self) -> None:
        world = World()
        client = Client(world)
        sid = client.connect()
        client.get()
        began_ms = world.clock.now_ms()
        for _ in range(2):
            world.clock.advance(8)
            assert world.idle.tick(world.clock.now_ms()) == 0
            assert world.later == []
        world.clock.advance(8)
        assert world.idle.tick(world.clock.now_ms()) == 0
        assert world.later == [([client.address], 6)]
        world.clock.advance(6)
        assert world.clock.now_ms() == began_ms + IDLE_MS
        assert world.idle.end([client.address]) == 1
        assert world.ended == [(sid, "ping timeout")]

    def test_does_not_come_if_its_client_asked_meanwhile(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        world.clock.advance(29)
        client.get()
        world.clock.advance(2)
        assert world.idle.end([client.address]) == 0
        assert world.idle.tick(world.clock.now_ms()) == 0

    def test_counts_from_the_end_of_a_get_that_was_dropped(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        world.clock.advance(10)
        seen: list[int] = []
        world.clock.on_sleep(15, lambda: seen.append(world.idle.tick(world.clock.now_ms())))
        client.get()  # to which nobody listens
        world.clock.advance(29.9)
        assert world.idle.end([client.address]) == 0
        world.clock.advance(0.2)
        assert (seen, world.idle.end([client.address])) == ([0], 1)

    def test_leaves_those_alone_that_have_upgraded(self) -> None:
        world = World()
        client = Client(world)
        client.connect()
        client.probe()
        world.frame(WS, "5")
        world.clock.advance(3_600)
        assert world.idle.tick(world.clock.now_ms()) == 0
        assert world.idle.end([client.address]) == 0
        assert world.ended == []
