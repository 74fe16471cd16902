"""Posting through the management endpoint, which throttles, forgets connections and sometimes does not answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from serverless_socketio.aws.sending import TRIES
from serverless_socketio.aws.transport import POST_FOR_S, ApiGatewayTransport
from serverless_socketio.model import PostResult
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Sequence

URL = "https://example.com"


def answer(status: int, code: str) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PostToConnection")


GONE = answer(410, "GoneException")
THROTTLED = answer(429, "LimitExceededException")
BROKEN = answer(503, "ServiceUnavailable")
FORBIDDEN = answer(403, "ForbiddenException")
TIMED_OUT = ReadTimeoutError(endpoint_url=URL)
CUT = ConnectionClosedError(endpoint_url=URL)
NO_CONNECTION = EndpointConnectionError(endpoint_url=URL)


class Endpoint:
    """A client of the management endpoint.

    What it answers each address with is written down, all is well when that is used up; each call `takes_s`.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.takes_s = 0.0
        self.answers: dict[str, list[Exception]] = {}
        self.sent: dict[str, list[str]] = {}
        self.tries: dict[str, int] = {}
        self.deleted: list[str] = []
        self.made = 0
        self._lock = threading.Lock()

    def make(self) -> Any:
        self.made += 1
        return self

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's own names
        self._answer(ConnectionId)
        self.sent.setdefault(ConnectionId, []).append(Data.decode())

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803
        self._answer(ConnectionId)
        self.deleted.append(ConnectionId)

    def _answer(self, address: str) -> None:
        with self._lock:
            self.clock.advance(self.takes_s)
            self.tries[address] = self.tries.get(address, 0) + 1
            answers = self.answers.get(address)
            if answers:
                raise answers.pop(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def endpoint(clock: FakeClock) -> Endpoint:
    return Endpoint(clock)


@pytest.fixture
def transport(endpoint: Endpoint, clock: FakeClock) -> ApiGatewayTransport:
    return ApiGatewayTransport(endpoint.make, sleep=clock.sleep, monotonic=clock.monotonic)


def test_a_frame_is_posted_as_utf8(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    assert endpoint.made == 0
    assert transport.post("alice", '42["é"]') is PostResult.SENT
    assert endpoint.sent == {"alice": ['42["é"]']}
    assert endpoint.made == 1


@pytest.mark.parametrize("refusals", [[THROTTLED], [THROTTLED] * 5, [NO_CONNECTION, THROTTLED]])
def test_what_surely_did_not_arrive_is_posted_again(
    transport: ApiGatewayTransport, endpoint: Endpoint, clock: FakeClock, refusals: list[Exception]
) -> None:
    endpoint.answers["alice"] = list(refusals)
    assert transport.post("alice", "2") is PostResult.SENT
    assert endpoint.sent == {"alice": ["2"]}
    assert len(clock.slept) == len(refusals)


def test_who_throttles_for_ever_is_given_up(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    endpoint.answers["alice"] = [THROTTLED] * 100
    assert transport.post("alice", "2") is PostResult.REFUSED
    assert 1 < endpoint.tries["alice"] <= TRIES


def test_what_may_have_arrived_once_is_not_called_refused_afterwards(
    transport: ApiGatewayTransport, endpoint: Endpoint
) -> None:
    endpoint.answers["alice"] = [TIMED_OUT, *[THROTTLED] * 100]
    assert transport.post_all([("alice", ["1"])], repeatable=True) == [PostResult.FAILED]


def test_a_second_frame_that_is_refused_leaves_half_an_event_and_so_failed(clock: FakeClock) -> None:
    class AfterTheFirst(Endpoint):
        def _answer(self, address: str) -> None:
            if self.sent.get(address):
                raise THROTTLED

    half = AfterTheFirst(clock)
    transport = ApiGatewayTransport(half.make, sleep=clock.sleep, monotonic=clock.monotonic)
    assert transport.post_all([("alice", ["1", "2"])]) == [PostResult.FAILED]
    assert half.sent == {"alice": ["1"]}


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [(THROTTLED, PostResult.REFUSED), (NO_CONNECTION, PostResult.REFUSED), (TIMED_OUT, PostResult.FAILED)],
)
def test_of_a_listener_who_hangs_nothing_is_begun_when_the_time_is_up(
    transport: ApiGatewayTransport, endpoint: Endpoint, clock: FakeClock, trouble: Exception, outcome: PostResult
) -> None:
    endpoint.takes_s = 1.5
    endpoint.answers["alice"] = [trouble] * 100
    assert transport.post_all([("alice", ["1", "2"])], repeatable=True) == [outcome]
    assert endpoint.tries == {"alice": 2}
    assert clock.monotonic() <= POST_FOR_S + endpoint.takes_s


def test_the_time_is_for_all_frames_of_one_call_together(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    endpoint.takes_s = 0.7
    assert transport.post_all([("alice", list("abcdef"))]) == [PostResult.FAILED]
    assert endpoint.sent == {"alice": ["a", "b", "c"]}
    assert transport.post("alice", "g") is PostResult.SENT


def test_who_is_gone_is_said_to_be(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    endpoint.answers["alice"] = [GONE]
    assert transport.post("alice", "2") is PostResult.GONE
    assert endpoint.tries == {"alice": 1}


@pytest.mark.parametrize("unsure", [TIMED_OUT, CUT, BROKEN])
def test_what_may_have_arrived_is_posted_again_only_if_that_does_no_harm(
    transport: ApiGatewayTransport, endpoint: Endpoint, unsure: Exception
) -> None:
    endpoint.answers["alice"] = [unsure]
    assert transport.post_all([("alice", ["2"])]) == [PostResult.FAILED]
    assert endpoint.sent == {}
    endpoint.answers["alice"] = [unsure]
    assert transport.post_all([("alice", ["2"])], repeatable=True) == [PostResult.SENT]
    assert endpoint.sent == {"alice": ["2"]}


@pytest.mark.parametrize("refusal", [answer(400, "BadRequestException"), FORBIDDEN, answer(413, "PayloadTooLarge")])
def test_a_post_that_is_refused_for_good_fails_alone_and_is_an_error_in_the_log(
    transport: ApiGatewayTransport, endpoint: Endpoint, caplog: pytest.LogCaptureFixture, refusal: Exception
) -> None:
    endpoint.answers["alice"] = [refusal]
    outcomes = transport.post_all([("bob", ["2"]), ("alice", ["2"]), ("carol", ["2"])], repeatable=True)
    assert outcomes == [PostResult.SENT, PostResult.FAILED, PostResult.SENT]
    assert endpoint.tries["alice"] == 1
    assert "refused" in caplog.text
    endpoint.answers["alice"] = [refusal]
    transport.close("alice")


def test_frames_of_an_address_arrive_in_order(endpoint: Endpoint) -> None:
    transport = ApiGatewayTransport(endpoint.make, sleep=lambda _: None)  # its threads share no time
    texts = [str(number) for number in range(20)]
    endpoint.answers = {f"client{number}": [THROTTLED] * (number % 3) for number in range(50)}
    targets: list[tuple[str, Sequence[str]]] = [(f"client{number}", texts) for number in range(50)]
    assert transport.post_all(targets) == [PostResult.SENT] * 50
    assert endpoint.sent == dict(targets)
    assert endpoint.made == 1


def test_many_are_posted_to_at_a_time(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    everybody = threading.Barrier(4, timeout=10)
    endpoint.post_to_connection = lambda **_: everybody.wait()  # type: ignore[assignment,method-assign]
    assert transport.post_all([(f"client{number}", ["2"]) for number in range(4)]) == [PostResult.SENT] * 4


def test_nothing_follows_a_frame_that_was_lost(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    endpoint.answers["alice"] = [TIMED_OUT]
    assert transport.post_all([("alice", ["1", "2"]), ("bob", ["1", "2"])]) == [PostResult.FAILED, PostResult.SENT]
    assert endpoint.sent == {"bob": ["1", "2"]}


def test_one_that_is_gone_does_not_keep_the_others_waiting(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    endpoint.answers = {"bob": [GONE], "carol": [THROTTLED]}
    outcomes = transport.post_all([("alice", ["1"]), ("bob", ["1", "2"]), ("carol", ["1"]), ("dave", [])])
    assert outcomes == [PostResult.SENT, PostResult.GONE, PostResult.SENT, PostResult.SENT]
    assert endpoint.sent == {"alice": ["1"], "carol": ["1"]}
    assert endpoint.tries["bob"] == 1


def test_to_no_address_nothing_is_posted(transport: ApiGatewayTransport, endpoint: Endpoint) -> None:
    assert transport.post_all([]) == []
    assert endpoint.made == 0


@pytest.mark.parametrize("answers", [[], [GONE], [THROTTLED], [TIMED_OUT], [BROKEN], [THROTTLED] * 100])
def test_closing_is_no_error_where_it_is_done_or_must_wait(
    transport: ApiGatewayTransport, endpoint: Endpoint, answers: list[Exception]
) -> None:
    endpoint.answers["alice"] = list(answers)
    transport.close("alice")
    assert endpoint.deleted == ([] if answers[:1] == [GONE] or len(answers) == 100 else ["alice"])
