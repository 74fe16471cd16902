"""Lambda's queue of asynchronous invocations, by a clock of the tests' own."""

import threading
import time
from typing import Any

import pytest

from local import aws
from local.engine import borrowed
from local.engine.asynchronous import EXHAUSTED, TOO_OLD, EventQueue, Queued
from local.engine.borrowed import Invocation, Record
from local.engine.destinations import Destinations, attributes, record

FUNCTION = {"config": {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f"}}
DONE: Invocation = {"body": None}
FAILED: Invocation = {"error": True, "body": {"errorType": "ValueError", "errorMessage": "no"}}
THROTTLED: Invocation = {"error": True, "throttle": True}


class Time:
    """A clock that stands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class PendingStore(EventQueue):
    """A queue whose time is the test's: it notes for how long an event waits, and starts nothing by itself."""

    def __init__(self, *results: Invocation) -> None:
        self.time = Time()
        self.given_up: list[tuple[Queued, str]] = []
        self.waits: list[float] = []
        self.next: Queued | None = None
        self.results = list(results)
        super().__init__(lambda queued, why: self.given_up.append((queued, why)), self._end, self.time)

    def _end(self, function: Record, event: Any) -> Invocation:
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]

    def _wait(self, due: float, queued: Queued) -> None:
        self.waits.append(due - self.time.now)
        self.next = queued

    def attempt_next(self) -> None:
        """Let the time pass until the event's next attempt, and make it."""
        assert self.next
        queued, self.next = self.next, None
        self.time.now += self.waits[-1]
        self.attempt(queued)

    def run(self, attempts: int, **settings: int) -> list[float]:
        """Take an event, make so many attempts, and return how long it waited before each."""
        self.put({**FUNCTION, "event_invoke_config": settings}, {"n": 1})
        for _ in range(attempts):
            self.attempt_next()
        return self.waits


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed, "current", lambda function: function)


def test_what_succeeds_is_done() -> None:
    queue = PendingStore(DONE)
    assert queue.run(1) == [0]
    assert not queue.given_up
    assert queue.next is None


def test_an_error_of_the_function_is_retried_twice_and_given_up() -> None:
    queue = PendingStore(FAILED)
    assert queue.run(3) == [0, 1, 2]
    [(given_up, why)] = queue.given_up
    assert (given_up.errors, why) == (3, EXHAUSTED)


def test_as_often_as_the_function_wants() -> None:
    queue = PendingStore(FAILED)
    queue.run(1, MaximumRetryAttempts=0)
    assert [why for _, why in queue.given_up] == [EXHAUSTED]


def test_settings_are_those_of_the_alias_that_is_called() -> None:
    configured = {"$LATEST": {"MaximumRetryAttempts": 1}, "frames": {"MaximumRetryAttempts": 0}}
    for alias, errors in ((None, 2), ("frames", 1), ("other", 3)):
        queue = PendingStore(FAILED)
        queue.put({**FUNCTION, "event_invoke_configs": configured, **({"called_as": alias} if alias else {})}, {})
        while queue.next:
            queue.attempt_next()
        assert [queued.errors for queued, _ in queue.given_up] == [errors]


def test_what_is_dropped_is_counted_by_lambdas_own_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Any] = []

    class CloudWatch:
        def put_metric_data(self, **data: Any) -> None:
            counted.append(data)

    monkeypatch.setattr(aws, "client", lambda *_: CloudWatch())
    Destinations("http://127.0.0.1:1").give_up(Queued(FUNCTION, {}, expires_at=0.0), TOO_OLD)
    (data,) = counted
    (metric,) = data["MetricData"]
    assert (data["Namespace"], metric["MetricName"], metric["Value"]) == ("AWS/Lambda", "AsyncEventsDropped", 1)
    assert metric["Dimensions"] == [{"Name": "FunctionName", "Value": "f"}]


def test_throttling_is_retried_from_a_second_to_five_minutes() -> None:
    queue = PendingStore(THROTTLED)
    assert queue.run(12) == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert not queue.given_up


def test_throttling_uses_up_no_retry() -> None:
    queue = PendingStore(THROTTLED, THROTTLED, FAILED, THROTTLED, FAILED)
    assert queue.run(5, MaximumRetryAttempts=1) == [0, 1, 2, 1, 1]
    assert [(queued.errors, why) for queued, why in queue.given_up] == [(2, EXHAUSTED)]


def test_an_event_is_given_up_at_its_age() -> None:
    queue = PendingStore(THROTTLED)
    assert queue.run(7, MaximumEventAgeInSeconds=60) == [0, 1, 2, 4, 8, 16, 29]
    assert queue.time.now == 60
    assert [why for _, why in queue.given_up] == [TOO_OLD]


def test_by_default_after_six_hours() -> None:
    queue = PendingStore(THROTTLED)
    queue.run(1)
    while queue.next:
        queue.attempt_next()
    assert [why for _, why in queue.given_up] == [TOO_OLD]
    assert queue.time.now == 6 * 3600


def test_a_function_that_is_switched_off_gives_up_at_once() -> None:
    queue = PendingStore(THROTTLED)
    queue.put({**FUNCTION, "concurrency": 0}, {})
    queue.attempt_next()
    assert [why for _, why in queue.given_up] == [EXHAUSTED]


def test_an_event_of_a_deleted_function_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borrowed, "current", lambda function: None)
    queue = PendingStore(FAILED)
    assert queue.run(1) == [0]
    assert not queue.given_up


def test_an_error_of_the_engine_is_one_of_the_system() -> None:
    queue = PendingStore(DONE)
    queue.results = []  # a run of nothing raises
    assert queue.run(2) == [0, 1, 2]


def test_one_thread_waits_and_attempts_run_side_by_side() -> None:
    ran, both = threading.Barrier(3, timeout=5), []

    def run(function: Record, event: Any) -> Invocation:
        both.append(event)
        ran.wait()
        return DONE

    queue = EventQueue(lambda queued, why: None, run)
    before = threading.active_count()
    queue.put(FUNCTION, 1)
    queue.put(FUNCTION, 2)
    ran.wait()
    deadline = time.monotonic() + 5
    while threading.active_count() > before + 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before + 1
    assert sorted(both) == [1, 2]


def test_a_record_says_what_was_asked_and_what_was_said() -> None:
    queue = PendingStore(FAILED)
    queue.run(1, MaximumRetryAttempts=0)
    told = record(*queue.given_up[0])
    assert told["requestContext"]["condition"] == EXHAUSTED
    assert told["requestContext"]["approximateInvokeCount"] == 1
    assert told["requestPayload"] == {"n": 1}
    assert told["responseContext"]["functionError"] == "Unhandled"
    assert told["responsePayload"] == FAILED["body"]
    assert attributes(queue.given_up[0][0])["ErrorMessage"] == "no"


def test_a_record_of_what_never_ran_has_no_response() -> None:
    queue = PendingStore(THROTTLED)
    queue.run(7, MaximumEventAgeInSeconds=60)
    told = record(*queue.given_up[0])
    assert told["requestContext"]["condition"] == TOO_OLD
    assert "responsePayload" not in told
    assert attributes(queue.given_up[0][0])["ErrorCode"] == "429"
