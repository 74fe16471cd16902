"""How the engine runs a Python function: in a worker of ours; and what it makes of the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.engine import borrowed
from local.engine.failures import failures

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.engine.borrowed import Invocation, Record, Warm
    from local.engine.failures import Failure
    from local.workers.pool import Pool
    from local.workers.worker import Outcome

    OnFailure = Callable[[Failure], None]
    """Takes what went wrong in an invocation."""
    OnEnd = Callable[[str, Invocation, float], None]
    """Takes the function's name, how an invocation of it ended, and how many seconds it took."""

THROTTLED = "Lambda.TooManyRequestsException"  # by this name workflows know an error that is not the function's own

WAKE_GAP_S = 0.02  # of what reads queues and streams: a batch of AWS's gathers for as long


def install(pool: Pool, on_failure: OnFailure, on_end: OnEnd = lambda *_: None) -> None:
    """Put all that into the engine, and let workflows start as quickly as functions do."""
    borrowed.start_executions_at_once()
    borrowed.gather_wakes(WAKE_GAP_S)
    borrowed.name_throttling(THROTTLED)
    borrowed.leave_out_repeated_failures()
    borrowed.count_chains_by_traces()
    borrowed.listen_to_invalidation(pool.invalidate)
    borrowed.wrap_warm_execution(lambda run: _telling(_in_workers(pool, run), on_failure, on_end))


def _in_workers(pool: Pool, others: Warm) -> Warm:
    """Run Python functions in the pool, functions in other languages as the engine does."""

    def execute(function: Record, event: Any, request_id: str) -> Invocation:
        config = function["config"]
        if not config.get("Runtime", "").startswith("python"):
            return others(function, event, request_id)
        context = {"aws_request_id": request_id, "invoked_function_arn": config["FunctionArn"]}
        return _invocation(pool.run(function, event, context, borrowed.invocation_variables(config)), request_id)

    return execute


def _invocation(outcome: Outcome, request_id: str) -> Invocation:
    """Return what the engine makes of an outcome: the payload of an error is Lambda's."""
    if not outcome.failed:
        return {"body": outcome.result, "log": outcome.log}
    body = {
        "errorMessage": outcome.error,
        "errorType": outcome.error_type,
        "requestId": request_id,
        "stackTrace": outcome.trace.splitlines(keepends=True),
    }
    return {"body": body, "error": True, "log": "\n".join(filter(None, [outcome.log, outcome.trace or outcome.error]))}


def _telling(run: Warm, on_failure: OnFailure, on_end: OnEnd) -> Warm:
    def execute(function: Record, event: Any, request_id: str) -> Invocation:
        began = time.monotonic()
        result = run(function, event, request_id)
        on_end(function["config"]["FunctionName"], result, time.monotonic() - began)
        for failure in failures(function["config"]["FunctionName"], request_id, result):
            on_failure(failure)
        return result

    return execute
