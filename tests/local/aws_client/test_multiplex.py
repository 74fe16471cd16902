"""A room's frames from one thread: in order, one in flight for each connection, and with threads' own outcomes."""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from serverless_socketio.adaptors import transport as transports
from serverless_socketio.adaptors.transport import ApiGatewayTransport, MultiplexedTransport
from serverless_socketio.aws import client as lean
from serverless_socketio.aws.client import connection as connections
from serverless_socketio.aws.client import multiplex
from serverless_socketio.aws.client.connections import Frame
from serverless_socketio.aws.client.service import Bounds
from serverless_socketio.ports import Delivery
from tests.local.aws_client.stub import Server, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

POSTS = Bounds(connect_s=0.5, read_s=0.5, tries=1)
GONE = answer(b'{"message": "Gone"}', "410 Gone", x_amzn_ErrorType="GoneException")
THROTTLED = answer(b'{"message": "slow down"}', "429 Too Many Requests")
BROKEN = answer(b"", "503 Service Unavailable")
FORBIDDEN = answer(b'{"message": "Forbidden"}', "403 Forbidden")
CUT, SILENT = b"cut", b"silent"
SENT, FAILED, REFUSED = Delivery.SENT, Delivery.FAILED, Delivery.REFUSED


@dataclass
class Endpoint:
    """What it answers each address with is written down; all is well when that is used up. Notes what it took."""

    takes_s: float = 0.0
    answers: dict[str, list[bytes]] = field(default_factory=dict)
    taken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    at_a_time: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, server: Server) -> None:
        server.behave = lambda connection: self._behave(connection, server)

    def _behave(self, connection: socket.socket, server: Server) -> bool:
        mine = self._request(connection, server)
        address = unquote(mine.split(b" ")[1].decode().rpartition("/")[2])
        with self._lock:
            self.at_a_time += 1
            self.most = max(self.most, self.at_a_time)
            self.tries[address] += 1
            told = self.answers.get(address)
            reply = told.pop(0) if told else None
        time.sleep(self.takes_s)
        with self._lock:
            self.at_a_time -= 1
            if reply is None:
                self.taken[address].append(mine.partition(b"\r\n\r\n")[2].decode())
        if reply == SILENT:
            time.sleep(1)
        if reply in {CUT, SILENT}:
            return False
        connection.sendall(answer(b"") if reply is None else reply)
        return True

    @staticmethod
    def _request(connection: socket.socket, server: Server) -> bytes:
        """The request that this thread has just read."""
        return server.latest[threading.get_ident()]


@pytest.fixture
def endpoint(server: Server) -> Endpoint:
    made = Endpoint()
    made.serve(server)
    return made


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    made = lean.client("apigatewaymanagementapi", endpoint_url=f"{server.url}/live", bounds=POSTS)
    yield made
    made.service.pool.close()


@pytest.fixture(params=[MultiplexedTransport, ApiGatewayTransport], ids=["one thread", "threads"])
def transport(request: pytest.FixtureRequest, client: Any) -> Iterator[ApiGatewayTransport]:
    made: ApiGatewayTransport = request.param(lambda: client)
    yield made
    if "_senders" in made.__dict__:
        made._senders.shutdown()


def test_a_room_has_its_frames_each_in_order(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    room = [(f"listener{number}=", ["1", "2é", "3"]) for number in range(100)]
    assert transport.post_all(room) == [SENT] * 100
    assert endpoint.taken == dict(room)


@pytest.mark.parametrize(
    ("answers", "repeatable", "outcome", "tries"),
    [
        ([GONE], False, Delivery.GONE, 1),
        ([THROTTLED, THROTTLED], False, SENT, 3),
        ([THROTTLED] * 100, False, REFUSED, 6),
        ([BROKEN], False, FAILED, 1),
        ([BROKEN, BROKEN], True, SENT, 3),
        ([CUT], False, FAILED, 1),
        ([CUT], True, SENT, 2),
        ([SILENT], False, FAILED, 1),
        ([SILENT], True, SENT, 2),
        ([FORBIDDEN], True, FAILED, 1),
        ([answer(b"x")[:-1] + b"", GONE], True, Delivery.GONE, 2),
    ],
)
def test_what_becomes_of_one_is_its_own(
    transport: ApiGatewayTransport,
    endpoint: Endpoint,
    answers: list[bytes],
    repeatable: bool,
    outcome: Delivery,
    tries: int,
) -> None:
    endpoint.answers["other="] = list(answers)
    room = [("first=", ["1", "2"]), ("other=", ["1"]), ("last=", ["1", "2"])]
    assert transport.post_all(room, repeatable=repeatable) == [SENT, outcome, SENT]
    assert (endpoint.taken["first="], endpoint.taken["last="]) == (["1", "2"], ["1", "2"])
    assert endpoint.tries["other="] == tries


def test_nothing_follows_a_frame_that_was_lost(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    endpoint.answers["other="] = [BROKEN]
    assert transport.post_all([("first=", ["1"]), ("other=", ["1", "2"])]) == [SENT, FAILED]
    assert endpoint.taken["other="] == []


def test_half_an_event_is_failed(transport: ApiGatewayTransport, endpoint: Endpoint, server: Server) -> None:
    class AfterTheFirst(dict[str, list[bytes]]):
        def get(self, address: str, default: Any = None) -> Any:
            return [THROTTLED] if endpoint.taken[address] else default

    endpoint.answers = AfterTheFirst()
    assert transport.post_all([("first=", ["1", "2"]), ("other=", ["1"])]) == [FAILED, SENT]


def test_nothing_is_begun_for_one_when_its_time_is_up(
    transport: ApiGatewayTransport, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "POST_FOR_S", 0.5)
    endpoint.takes_s = 0.2
    assert transport.post_all([("first=", list("12345678")), ("other=", ["1"])]) == [FAILED, SENT]
    assert 2 <= endpoint.tries["first="] <= 4


def test_nobody_listens(transport: ApiGatewayTransport, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.close()
    monkeypatch.setattr(transports, "POST_FOR_S", 0.2)
    assert transport.post_all([("first=", ["1"]), ("other=", ["1"])]) == [REFUSED] * 2


def test_nothing_to_sign_with(transport: ApiGatewayTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert transport.post_all([("first=", ["1"]), ("other=", ["1"])]) == [FAILED] * 2


class TestOneThread:
    def test_sends_so_many_at_a_time(self, client: Any, endpoint: Endpoint, server: Server) -> None:
        endpoint.takes_s = 0.01
        room = [(f"listener{number}=", ["1"]) for number in range(4 * multiplex.AT_A_TIME)]
        began = time.monotonic()
        assert MultiplexedTransport(lambda: client).post_all(room) == [SENT] * len(room)
        assert 8 < endpoint.most <= multiplex.AT_A_TIME
        assert time.monotonic() - began < len(room) * endpoint.takes_s / 4
        assert server.connections <= multiplex.AT_A_TIME

    def test_keeps_its_connections_for_the_next_room_and_for_single_posts(
        self, client: Any, endpoint: Endpoint, server: Server
    ) -> None:
        transport = MultiplexedTransport(lambda: client)
        for _ in range(5):
            assert transport.post_all([(f"{number}=", ["1"]) for number in range(10)]) == [SENT] * 10
            assert transport.post("single=", "1") is SENT
        assert server.connections <= 10

    def test_a_kept_connection_that_breaks_while_it_is_sent_on_is_replaced(
        self, client: Any, endpoint: Endpoint, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        transport = MultiplexedTransport(lambda: client)
        transport.post("single=", "1")
        client.service.pool._kept[0][1].shutdown(socket.SHUT_WR)
        monkeypatch.setattr(connections, "_has_news", lambda _: False)
        assert transport.post_all([("first=", ["1"]), ("other=", ["1"])]) == [SENT] * 2

    def test_a_frame_may_be_larger_than_what_a_socket_takes_at_once(self, client: Any, endpoint: Endpoint) -> None:
        frame = "é" * 60_000
        room = [(f"{number}=", [frame, frame]) for number in range(8)]
        assert MultiplexedTransport(lambda: client).post_all(room) == [SENT] * 8
        assert all(frames == [frame, frame] for frames in endpoint.taken.values())

    def test_many_threads_may_post_at_a_time(self, client: Any, endpoint: Endpoint) -> None:
        transport = MultiplexedTransport(lambda: client)
        outcomes: list[list[Delivery]] = []

        def post(room: int) -> None:
            outcomes.append(transport.post_all([(f"{room}/{number}=", ["1"]) for number in range(20)]))

        threads = [threading.Thread(target=post, args=(room,)) for room in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == [[SENT] * 20] * 8
        assert len(endpoint.taken) == 160

    def test_a_job_that_goes_wrong_leaves_nothing_open(self, client: Any, endpoint: Endpoint) -> None:
        class Wrong:
            def begin(self) -> bytes:
                request: bytes = client.post_request("first=", Frame.of("1"))
                return request

            def end(self, came: object) -> float:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            multiplex.run([Wrong(), Wrong()], client.service.pool, POSTS)
