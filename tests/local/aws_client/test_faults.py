"""A service that is slow, silent, gone or in a mess: what the lean client makes of it, and that boto3 does the same."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from serverless_socketio.adaptors import client_errors
from serverless_socketio.aws import client as lean
from serverless_socketio.aws.client import connection as connections
from serverless_socketio.aws.client.errors import AnswerLostError, ClientError, NotConnectedError
from serverless_socketio.aws.client.service import Bounds
from tests.local.aws_client.stub import Server, answer, get, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.e2e

ONCE = Bounds(connect_s=0.5, read_s=0.5, tries=1)
PATIENT = Bounds(connect_s=0.5, read_s=0.5, tries=4, call_s=6)
BOTH = ["lean", "boto3"]


@pytest.fixture
def make(server: Server) -> Iterator[Callable[[Bounds], Any]]:
    """Makes lean clients."""
    made: list[Any] = []

    def client(bounds: Bounds) -> Any:
        made.append(lean.client("dynamodb", endpoint_url=server.url, bounds=bounds))
        return made[-1]

    yield client
    for each in made:
        each.service.pool.close()


@pytest.fixture(params=BOTH)
def client(request: pytest.FixtureRequest, server: Server, make: Callable[[Bounds], Any]) -> Iterator[Any]:
    """One client after the other, each of which tries once."""
    if request.param == "lean":
        yield make(ONCE)
        return
    config = Config(connect_timeout=0.5, read_timeout=0.5, retries={"total_max_attempts": 1})
    full = boto3.client("dynamodb", endpoint_url=server.url, config=config)
    yield full
    full.close()


@pytest.fixture
def patient(make: Callable[[Bounds], Any]) -> Any:
    """The lean client, which tries again."""
    return make(PATIENT)


class TestBothClients:
    def test_keep_a_connection(self, client: Any, server: Server) -> None:
        assert [get(client)["Item"]["pk"]["S"] for _ in range(5)] == ["found"] * 5
        assert server.connections == 1

    @pytest.mark.parametrize("parts", [1, 7, 1000])
    def test_take_an_answer_in_parts(self, client: Any, server: Server, parts: int) -> None:
        whole = answer(b'{"Item": {"pk": {"S": "' + b"x" * 100_000 + b'"}}}')
        size = -(-len(whole) // parts)

        def behave(connection: socket.socket) -> bool:
            for at in range(0, len(whole), size):
                connection.sendall(whole[at : at + size])
            return True

        server.behave = behave
        assert len(get(client)["Item"]["pk"]["S"]) == 100_000
        assert get(client)

    def test_take_an_answer_in_chunks(self, client: Any, server: Server) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        server.behave = lambda connection: say(
            connection, head + b'A\r\n{"Item": {\r\n12\r\n"pk": {"S": "x"}}}\r\n0\r\n\r\n'
        )
        assert [get(client)["Item"]["pk"]["S"] for _ in range(2)] == ["x"] * 2
        assert server.connections == 1

    @pytest.mark.parametrize("sent", [b"", answer()[:-3]], ids=["nothing", "a part"])
    def test_call_an_answer_lost_whose_connection_ends(self, client: Any, server: Server, sent: bytes) -> None:
        server.behave = lambda connection: say(connection, sent, goes_on=False)
        with pytest.raises(client_errors.lost()):
            get(client)
        server.behave = say
        assert get(client)

    def test_call_silence_a_lost_answer(self, client: Any, server: Server) -> None:
        def be_silent(_: socket.socket) -> bool:
            time.sleep(2)
            return False

        server.behave = be_silent
        began = time.monotonic()
        with pytest.raises(client_errors.lost()):
            get(client)
        assert time.monotonic() - began < 1.8

    def test_know_that_nothing_was_sent_where_nobody_listens(self, client: Any, server: Server) -> None:
        server.close()
        with pytest.raises(client_errors.not_connected()):
            get(client)

    def test_replace_a_connection_that_was_closed_while_it_was_idle(self, client: Any, server: Server) -> None:
        server.behave = lambda connection: say(connection, goes_on=False)
        for _ in range(3):
            get(client)
            time.sleep(0.05)
        assert server.connections == 3

    def test_close_a_connection_when_they_are_asked_to(self, client: Any, server: Server) -> None:
        server.behave = lambda connection: say(connection, answer(Connection="close"))
        get(client)
        get(client)
        assert server.connections == 2

    def test_have_a_connection_for_each_thread_at_work(self, client: Any, server: Server) -> None:
        def slowly(connection: socket.socket) -> bool:
            time.sleep(0.05)
            return say(connection)

        server.behave = slowly
        with ThreadPoolExecutor(8) as threads:
            assert all(list(threads.map(lambda _: get(client)["Item"], range(24))))
        assert server.connections <= 8

    @pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "InvalidSignatureException", "ExpiredTokenException"])
    def test_do_not_try_again_what_was_signed_at_a_wrong_time(self, client: Any, server: Server, code: str) -> None:
        body = f'{{"__type": "com.amazon.coral.service#{code}", "message": "Signature expired"}}'.encode()
        server.behave = lambda connection: say(connection, answer(body, "403 Forbidden"))
        with pytest.raises(client_errors.refusals()) as refused:
            get(client)
        assert refused.value.response["Error"] == {"Code": code, "Message": "Signature expired"}  # type: ignore[attr-defined]
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        answer(b"", "503 Service Unavailable", Retry_After="1"),
        answer(b"<html>busy</html>", "502 Bad Gateway"),
        answer(b'{"__type": "x#ThrottlingException"}', "400 Bad Request"),
        answer(b'{"__type": "x#ProvisionedThroughputExceededException"}', "400 Bad Request"),
        answer(b'{"__type": "x#InternalServerError"}', "500 Internal Server Error"),
        answer(x_amz_crc32="1"),
    ],
)
def test_what_may_pass_is_tried_again(patient: Any, server: Server, fault: bytes) -> None:
    server.say_in_turn(fault, fault)
    assert get(patient)["Item"]
    assert len(server.requests) == 3


def test_half_a_head_is_no_answer_and_a_page_of_a_proxy_is_none(make: Callable[[Bounds], Any], server: Server) -> None:
    """boto3 takes both for an answer that says nothing: an item that is not there."""
    for sent in (answer()[:40], answer(b"<html>a proxy's page</html>")):
        server.behave = lambda connection, sent=sent: say(connection, sent, goes_on=False)  # type: ignore[misc]
        with pytest.raises(AnswerLostError):
            get(make(ONCE))


@pytest.mark.parametrize("sent", [b"", answer()[:-3]], ids=["nothing", "a part"])
def test_a_lost_answer_is_asked_for_again(patient: Any, server: Server, sent: bytes) -> None:
    left = [sent]
    server.behave = lambda connection: say(connection, left.pop() if left else None, goes_on=not left)
    assert get(patient)["Item"]
    assert len(server.requests) == 2


def test_a_refusal_for_good_is_not_tried_again(patient: Any, server: Server) -> None:
    server.behave = lambda connection: say(
        connection, answer(b'{"__type": "x#ValidationException"}', "400 Bad Request")
    )
    with pytest.raises(ClientError, match="ValidationException"):
        get(patient)
    assert len(server.requests) == 1


def test_tries_end_with_their_number(make: Callable[[Bounds], Any], server: Server) -> None:
    server.behave = lambda connection: say(connection, answer(b"", "500 Internal Server Error"))
    with pytest.raises(ClientError, match="500"):
        get(make(Bounds(tries=3)))
    assert len(server.requests) == 3


def test_tries_end_with_their_time(make: Callable[[Bounds], Any], server: Server) -> None:
    def be_silent(_: socket.socket) -> bool:
        time.sleep(1)
        return False

    server.behave = be_silent
    began = time.monotonic()
    with pytest.raises(AnswerLostError):
        get(make(Bounds(read_s=0.3, tries=100, call_s=1)))
    assert 0.6 < time.monotonic() - began < 1.5
    assert 1 < len(server.requests) < 8


def test_a_transaction_has_one_token_in_all_its_tries(patient: Any, server: Server) -> None:
    server.say_in_turn(answer(b"", "500 Internal Server Error"), answer(b"{}"))
    patient.transact_write_items(TransactItems=[])
    tokens = [request.partition(b'"ClientRequestToken":"')[2][:36] for request in server.requests]
    assert len(tokens[0].partition(b'"')[0]) == 32
    assert tokens[0] == tokens[1]


def test_each_try_is_signed_with_the_credentials_of_its_time(
    patient: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(patient)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "renewed")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OTHER")
    get(patient)
    before, after = server.requests
    assert b"x-amz-security-token: test\r\n" in before
    assert b"x-amz-security-token: renewed\r\n" in after
    assert b"Credential=OTHER/" in after


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    patient: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(patient)
    monkeypatch.setattr(connections, "IDLE_MAX_S", 0.0)
    get(patient)
    assert server.connections == 2


def test_a_connection_that_breaks_while_it_is_sent_on_is_replaced_at_once(
    make: Callable[[Bounds], Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What did not go out as a whole did nothing, so that not even a post, which is tried once, is lost by it."""
    client = make(ONCE)
    get(client)
    client.service.pool._kept[0][1].shutdown(socket.SHUT_WR)
    monkeypatch.setattr(connections, "_has_news", lambda _: False)
    assert get(client)["Item"]
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_hundred_calls_at_a_time_get_each_its_own_answer(make: Callable[[Bounds], Any], server: Server) -> None:
    server.echoes = True
    client = make(Bounds())
    with ThreadPoolExecutor(100) as threads:
        asked = [{"pk": {"S": str(number)}} for number in range(500)]
        assert [answer["Key"] for answer in threads.map(lambda key: client.get_item(Key=key), asked)] == asked
    assert server.connections <= 100


def test_a_chain_of_calls_can_be_followed(patient: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-a-b;Parent=c;Sampled=0;Lineage=1:2 é")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    get(patient)
    assert b"x-amzn-trace-id: Root=1-a-b;Parent=c;Sampled=0;Lineage=1:2%20%C3%A9\r\n" in server.requests[0]


def test_a_name_that_is_not_known_is_no_connection() -> None:
    client = lean.client("dynamodb", endpoint_url="http://nowhere.invalid", bounds=ONCE)
    with pytest.raises(NotConnectedError):
        get(client)
