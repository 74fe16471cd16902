"""The short way's beginning: to botocore it is a session like its own, in good days and bad."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from local.workers.inside import short_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.e2e

KEY = {"pk": {"S": "é"}}
OK = b'{"Item": {"pk": {"S": "found"}}}'
LONG, SHORT = "botocore's own", "short"


def answer(body: bytes = OK, status: str = "200 OK", **headers: str) -> bytes:
    fields = {"Content-Type": "application/x-amz-json-1.0", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def say(connection: socket.socket, what: bytes | None = None, *, goes_on: bool = True) -> bool:
    """Send an answer; returns whether the connection goes on."""
    connection.sendall(answer() if what is None else what)
    return goes_on


@dataclass
class Server:
    """Answers each request as it is told, in a thread for each connection; notes what came."""

    behave: Callable[[socket.socket], bool] = lambda connection: say(connection)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):  # it is closed
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while (request := _request(connection)) is not None:
                self.requests.append(request)
                if not self.behave(connection):
                    return


def _request(connection: socket.socket) -> bytes | None:
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return None
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(body) < size:
            body += connection.recv(65536)
    except OSError:
        return None
    return head + b"\r\n\r\n" + body


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@contextmanager
def client_of(server: Server, way: str, base: str = "") -> Iterator[Any]:
    """A client whose requests go one way or the other."""
    own = URLLib3Session.send, URLLib3Session.close
    if way == SHORT:
        short_way.install(base or f"{server.url}/")
    config = Config(connect_timeout=0.5, read_timeout=0.5, retries={"total_max_attempts": 1})
    made: Any = boto3.client(
        "dynamodb",
        endpoint_url=server.url,
        region_name="us-east-1",
        config=config,
        aws_access_key_id="k",
        aws_secret_access_key="s",
        aws_session_token="t",
    )
    yield made
    made.close()
    URLLib3Session.send, URLLib3Session.close = own  # type: ignore[method-assign]


@pytest.fixture(params=[LONG, SHORT])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[Any]:
    with client_of(server, request.param) as made:
        yield made


def get(client: Any) -> Any:
    return client.get_item(TableName="t", Key=KEY)


def test_a_request_is_answered_and_its_connection_kept(client: Any, server: Server) -> None:
    assert [get(client)["Item"]["pk"]["S"] for _ in range(5)] == ["found"] * 5
    assert server.connections == 1


def test_what_is_sent_is_the_same(server: Server) -> None:
    """Line by line, but for the time and what follows from it."""
    for way in (LONG, SHORT):
        with client_of(server, way) as client:
            get(client)
    long, short = (sorted(request.decode().split("\r\n")) for request in server.requests)
    volatile = ("x-amz-date", "authorization", "amz-sdk-invocation-id", "accept-encoding")

    def recoverable(lines: list[str]) -> list[str]:
        return [line for line in lines if line.partition(":")[0].lower() not in volatile]

    assert recoverable(short) == recoverable(long)


def test_an_error_of_the_service_is_an_error_of_the_client(client: Any, server: Server) -> None:
    refusal = (
        b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": {"pk": {"S": "x"}}}'
    )
    server.behave = lambda connection: say(connection, answer(refusal, "400 Bad Request"))
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
        get(client)
    assert refused.value.response["Item"] == {"pk": {"S": "x"}}


@pytest.mark.parametrize("parts", [1, 7, 1000])
def test_an_answer_may_come_in_parts(client: Any, server: Server, parts: int) -> None:
    whole = answer(b'{"Item": {"pk": {"S": "' + b"x" * 100_000 + b'"}}}')
    size = -(-len(whole) // parts)

    def behave(connection: socket.socket) -> bool:
        for at in range(0, len(whole), size):
            connection.sendall(whole[at : at + size])
        return True

    server.behave = behave
    assert len(get(client)["Item"]["pk"]["S"]) == 100_000
    assert get(client)


@pytest.mark.parametrize("sent", [b"", answer()[:-3]], ids=["nothing", "a part"])
def test_a_connection_that_ends_in_mid_answer_is_said_so(client: Any, server: Server, sent: bytes) -> None:
    server.behave = lambda connection: say(connection, sent, goes_on=False)
    with pytest.raises((exceptions.ConnectionClosedError, exceptions.ResponseStreamingError)):
        get(client)
    server.behave = say
    assert get(client)


def test_silence_is_a_time_out(client: Any, server: Server) -> None:
    def be_silent(_: socket.socket) -> bool:
        time.sleep(2)
        return False

    server.behave = be_silent
    began = time.monotonic()
    with pytest.raises(exceptions.ReadTimeoutError):
        get(client)
    assert time.monotonic() - began < 1.8


def test_a_server_that_is_not_there_is_said_so(client: Any, server: Server) -> None:
    server.close()
    with pytest.raises(exceptions.EndpointConnectionError):
        get(client)


def test_a_kept_connection_that_the_server_has_closed_is_replaced(client: Any, server: Server) -> None:
    server.behave = lambda connection: say(connection, goes_on=False)
    for _ in range(3):
        get(client)
        time.sleep(0.05)
    assert server.connections == 3


def test_a_server_that_asks_for_the_end_gets_it(client: Any, server: Server) -> None:
    server.behave = lambda connection: say(connection, answer(Connection="close"))
    get(client)
    get(client)
    assert server.connections == 2


def test_threads_use_connections_of_their_own(client: Any, server: Server) -> None:
    def slowly(connection: socket.socket) -> bool:
        time.sleep(0.05)
        return say(connection)

    server.behave = slowly
    with ThreadPoolExecutor(8) as threads:
        assert all(list(threads.map(lambda _: get(client)["Item"], range(24))))
    assert server.connections <= 8


def test_other_addresses_go_the_long_way(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(short_way, "exchange")
    with client_of(server, SHORT, base="http://127.0.0.1:1/") as client:
        assert get(client)
