"""API Gateway's events in, responses out; the events are those recorded in `tests/events`."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from serverless_socketio.aws.gateway import Gateway, Handshake
from serverless_socketio.exceptions import ConnectionRefusedError
from serverless_socketio.model import Ping
from tests.unit.socketio.world import World

EVENTS = Path(__file__).parents[2] / "events"
PING = Ping(120_000, 50_000)
ADDRESS = "L0SM9cOFvHcCIhw="


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event | changes


def frame(text: str | None) -> dict[str, Any]:
    return recorded("message", body=text)


class Outside:
    """A gateway with what an application gives it."""

    def __init__(self, world: World, *, answer_in_response: bool = False) -> None:
        self.handshakes: list[Handshake] = []
        self.opened: list[str] = []
        self.refusal: ConnectionRefusedError | None = None
        self.gateway = Gateway(
            world.sio.manager,
            world.inbox,
            ping=PING,
            handshake=self.judge,
            opener=self.opened.append,
            answer_in_response=answer_in_response,
        )

    def judge(self, handshake: Handshake) -> Mapping[str, Any]:
        self.handshakes.append(handshake)
        if self.refusal is not None:
            raise self.refusal
        return {"ip": handshake.source_ip}


@pytest.fixture
def outside(world: World) -> Outside:
    return Outside(world)


class TestConnect:
    def test_lets_a_socket_io_client_in_and_has_its_open_packet_posted(self, world: World, outside: Outside) -> None:
        assert outside.gateway.connect(recorded("connect")) == {"statusCode": 200}
        connection = world.store.connections.find(ADDRESS)
        assert connection is not None
        assert (connection.form, connection.sockets, connection.environ) == ("socketio", {}, {"ip": "203.0.113.7"})
        assert outside.opened == [ADDRESS]
        (handshake,) = outside.handshakes
        assert handshake.query["EIO"] == "4"
        assert handshake.headers["host"] == "abcdef1234.execute-api.us-east-1.amazonaws.com"

    def test_accepts_a_native_client_at_once(self, world: World, outside: Outside) -> None:
        sids: list[str] = []
        world.sio.on("connect", lambda sid, environ: sids.append(sid))
        assert outside.gateway.connect(recorded("connect", queryStringParameters=None)) == {"statusCode": 200}
        connection = world.store.connections.find(ADDRESS)
        assert connection is not None
        assert (connection.form, connection.sockets) == ("native", {"/": sids[0]})
        assert outside.opened == []

    def test_refuses_another_engine_io(self, world: World, outside: Outside) -> None:
        answer = outside.gateway.connect(recorded("connect", queryStringParameters={"EIO": "3"}))
        assert answer["statusCode"] == 400
        assert json.loads(answer["body"])["message"] == "Unsupported protocol version"
        assert world.store.connections.find(ADDRESS) is None
        assert outside.opened == []

    @pytest.mark.parametrize(
        ("query", "reason"),
        [
            ({"transport": "polling"}, "Transport unknown"),
            ({"transport": "webtransport"}, "Transport unknown"),
            ({"transport": ""}, "Transport unknown"),
            ({"transport": "polling", "sid": "x"}, "Transport unknown"),
            ({"transport": "websocket", "sid": "x"}, "Session ID unknown"),
            ({"transport": "websocket", "EIO": "5"}, "Unsupported protocol version"),
        ],
    )
    def test_refuses_another_transport_and_a_session_that_it_never_began(
        self, world: World, outside: Outside, query: dict[str, str], reason: str
    ) -> None:
        answer = outside.gateway.connect(recorded("connect", queryStringParameters={"EIO": "4", **query}))
        assert (answer["statusCode"], json.loads(answer["body"])["message"]) == (400, reason)
        assert world.store.connections.find(ADDRESS) is None
        assert (outside.opened, outside.handshakes) == ([], [])

    @pytest.mark.parametrize("query", [{"EIO": "4"}, {"EIO": "4", "transport": "websocket", "sid": ""}])
    def test_lets_in_who_says_no_more_than_is_needed(
        self, world: World, outside: Outside, query: dict[str, str]
    ) -> None:
        assert outside.gateway.connect(recorded("connect", queryStringParameters=query)) == {"statusCode": 200}

    @pytest.mark.parametrize("status", [401, 403, 503])
    def test_refuses_with_the_status_that_the_handshake_is_judged_with(
        self, world: World, outside: Outside, status: int
    ) -> None:
        outside.refusal = ConnectionRefusedError("No", status=status)
        answer = outside.gateway.connect(recorded("connect", queryStringParameters={}))
        assert answer == {"statusCode": status, "body": '{"message": "No"}'}
        assert world.store.connections.find(ADDRESS) is None

    @pytest.mark.parametrize(("fails", "status"), [(lambda sid: False, 401), (lambda sid: 1 / 0, 500)])
    def test_refuses_a_native_client_whose_connect_handler_does(
        self, world: World, outside: Outside, fails: Any, status: int
    ) -> None:
        world.sio.on("connect", fails)
        assert outside.gateway.connect(recorded("connect", queryStringParameters={}))["statusCode"] == status
        assert world.store.connections.find(ADDRESS) is None

    @pytest.mark.parametrize(("offered", "taken"), [("chat", "chat"), ("chat.v2, chat.v1", "chat.v2"), ("", None)])
    def test_takes_the_first_subprotocol_that_is_offered(self, world: World, offered: str, taken: str | None) -> None:
        answer = Gateway(world.sio.manager, world.inbox, ping=PING).connect(
            recorded("connect", headers={"Sec-WebSocket-Protocol": offered} if offered else {})
        )
        assert answer.get("headers", {}).get("Sec-WebSocket-Protocol") == taken
        assert answer["statusCode"] == 200

    def test_needs_neither_headers_nor_an_opener(self, world: World) -> None:
        gateway = Gateway(world.sio.manager, world.inbox, ping=PING)
        assert gateway.connect(recorded("connect", headers=None)) == {"statusCode": 200}


class TestReceive:
    @pytest.fixture
    def joined(self, world: World) -> list[Any]:
        joined: list[Any] = []

        @world.sio.on("chat:join")
        def join(sid: str, body: dict[str, Any]) -> dict[str, bool]:
            joined.append((body, world.sio.request.received_ms, world.sio.request.id))
            return {"ok": True}

        world.connect(ADDRESS)
        return joined

    def test_handles_a_frame_and_posts_the_answer(self, world: World, outside: Outside, joined: list[Any]) -> None:
        assert outside.gateway.receive(recorded("message")) == {"statusCode": 200}
        assert joined == [({"agentId": "echo"}, 1795510805123, "JKJbJHNqPHcEaBw=")]
        assert world.sent_to(ADDRESS) == ['430[{"ok":true}]']

    def test_answers_in_the_response_where_that_is_switched_on(self, world: World, joined: list[Any]) -> None:
        gateway = Outside(world, answer_in_response=True).gateway
        assert gateway.receive(recorded("message")) == {"statusCode": 200, "body": '430[{"ok":true}]'}
        assert gateway.receive(frame("3")) == {"statusCode": 200}
        assert world.transport.sent == []

    @pytest.mark.parametrize("answer_in_response", [False, True])
    def test_posts_several_answers_in_order(self, world: World, answer_in_response: bool) -> None:
        world.connect(ADDRESS)
        world.sio.on("file", lambda sid: b"\x01\x02\x03")
        gateway = Outside(world, answer_in_response=answer_in_response).gateway
        assert gateway.receive(frame('421["file"]')) == {"statusCode": 200}
        assert world.sent_to(ADDRESS) == ['461-1[{"_placeholder":true,"num":0}]', "bAQID"]

    def test_ends_a_connection_that_is_gone_when_it_is_answered(
        self, world: World, outside: Outside, joined: list[Any]
    ) -> None:
        world.transport.gone.add(ADDRESS)
        assert outside.gateway.receive(recorded("message")) == {"statusCode": 200}
        assert world.store.connections.find(ADDRESS) is None

    @pytest.mark.parametrize("text", [None, "", "hello", "42", "\ud800", "b"])
    def test_survives_what_is_no_packet(self, world: World, outside: Outside, text: str | None) -> None:
        world.connect(ADDRESS)
        assert outside.gateway.receive(frame(text)) == {"statusCode": 200}
        assert world.store.connections.find(ADDRESS) is not None

    def test_logs_a_defect_of_the_application_and_tells_the_client_only_that_there_is_one(
        self, world: World, outside: Outside, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.connect(ADDRESS)
        world.sio.on("chat:join", lambda sid, body: body["missing"])
        with caplog.at_level(logging.ERROR):
            assert outside.gateway.receive(recorded("message")) == {"statusCode": 200}
        ((_, told),) = world.transport.sent
        assert told.startswith('42["error",{"event":"chat:join","code":"internal"')
        assert "missing" not in told
        assert "KeyError" in caplog.text


class TestDisconnect:
    def test_tells_the_handlers_why_once(self, world: World, outside: Outside) -> None:
        left: list[str] = []
        world.sio.on("disconnect", lambda sid, reason: left.append(reason))
        world.connect(ADDRESS)
        for _ in range(2):
            assert outside.gateway.disconnect(recorded("disconnect")) == {"statusCode": 200}
        assert left == ["Client-side close frame status not set"]
        assert world.store.connections.find(ADDRESS) is None

    def test_without_a_reason_is_a_transport_close(self, world: World, outside: Outside) -> None:
        left: list[str] = []
        world.sio.on("disconnect", lambda sid, reason: left.append(reason))
        world.connect(ADDRESS)
        event = recorded("disconnect")
        event["requestContext"]["disconnectReason"] = ""
        outside.gateway.disconnect(event)
        assert left == ["transport close"]

    @pytest.mark.parametrize(("code", "is_alive"), [(1000, True), (1001, True), (1005, True), (1006, False)])
    def test_by_a_close_frame_is_a_sign_of_life(
        self, world: World, outside: Outside, code: int, is_alive: bool
    ) -> None:
        seen: list[int] = []
        world.sio.hooks.on_ending(lambda member, session, seen_ms: seen.append(seen_ms))
        world.connect(ADDRESS)
        opened_ms = world.clock.now_ms() - 1  # its CONNECT came a millisecond later
        world.clock.advance(100)
        event = recorded("disconnect")
        event["requestContext"]["disconnectStatusCode"] = code
        outside.gateway.disconnect(event)
        assert seen == [world.clock.now_ms() if is_alive else opened_ms]
