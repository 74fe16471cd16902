"""What the engine makes of an invocation's end."""

from typing import Any

import pytest

from local.engine import borrowed
from local.engine.borrowed import Invocation, Record, Warm
from local.engine.failures import Failure
from local.workers import invocations
from local.workers.worker import DIED, Outcome

FUNCTION = {"config": {"FunctionName": "door", "FunctionArn": "arn", "Runtime": "python3.13", "Timeout": 3}}


class OnePool:
    """A pool in which every invocation ends alike."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked: list[tuple[Any, ...]] = []

    def run(self, *asked: Any) -> Outcome:
        self.asked.append(asked)
        return self.outcome

    def invalidate(self, *_: Any) -> None: ...


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install a pool into an engine whose own ways to run a function are not touched."""
    told: list[Failure] = []

    def install(outcome: Outcome, others: Warm | None = None) -> tuple[Warm, OnePool, list[Failure]]:
        found: list[Warm] = []

        def nothing(*_: Any) -> None: ...

        for name in (
            "start_executions_at_once",
            "name_throttling",
            "leave_out_repeated_failures",
            "listen_to_invalidation",
        ):
            monkeypatch.setattr(borrowed, name, nothing)
        monkeypatch.setattr(borrowed, "wrap_warm_execution", lambda wrap: found.append(wrap(others)))
        pool = OnePool(outcome)
        invocations.install(pool, told.append)  # type: ignore[arg-type]
        return found[0], pool, told

    return install


def test_a_result_is_the_body(installed: Any) -> None:
    run, pool, told = installed(Outcome(result={"a": 1}, log="said"))
    assert run(FUNCTION, "event", "id") == {"body": {"a": 1}, "log": "said"}
    _function, event, context, variables = pool.asked[0]
    assert (event, context) == ("event", {"aws_request_id": "id", "invoked_function_arn": "arn"})
    assert "_X_AMZN_TRACE_ID" in variables
    assert not told


def test_an_error_has_lambdas_payload_and_its_trace_is_in_the_log(installed: Any) -> None:
    run, _pool, told = installed(Outcome(error="no", error_type="ValueError", trace="a\nb\n", log="said"))
    assert run(FUNCTION, {}, "id") == {
        "body": {"errorMessage": "no", "errorType": "ValueError", "requestId": "id", "stackTrace": ["a\n", "b\n"]},
        "error": True,
        "log": "said\na\nb\n",
    }
    assert told == [Failure("door", "id", "ValueError: no", ("said", "a", "b"))]


def test_a_worker_that_died_is_told_by_lambdas_name(installed: Any) -> None:
    run, _pool, told = installed(Outcome(error="Runtime exited", error_type=DIED))
    assert run(FUNCTION, {}, "id")["body"]["errorType"] == "Runtime.ExitError"
    assert told == [Failure("door", "id", "Runtime.ExitError: Runtime exited", ())]


def test_functions_in_other_languages_run_as_the_engine_runs_them(installed: Any) -> None:
    def others(function: Record, event: Any, request_id: str) -> Invocation:
        return {"body": [event, request_id]}

    run, pool, _told = installed(Outcome(), others)
    function = {"config": FUNCTION["config"] | {"Runtime": "nodejs22.x"}}
    assert run(function, "event", "id") == {"body": ["event", "id"]}
    assert not pool.asked
