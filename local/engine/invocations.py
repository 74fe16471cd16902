"""How an invocation ends: what it logged, and the name of its error."""

import fcntl
import struct
import termios
import time
from collections.abc import Callable
from typing import Any

from local.engine import borrowed
from local.engine.borrowed import Invocation, Record, Warm, Worker
from local.engine.failures import Failure, failures

LOG_WAIT_S = 0.25  # for a handler that writes faster than its log is read
READER_TURN_S = 0.0005  # the thread that reads the log needs the interpreter for a moment

THROTTLED = "Lambda.TooManyRequestsException"  # by these names workflows know errors that are not the function's own
DIED = "Runtime.ExitError"

OnFailure = Callable[[Failure], None]
"""Takes what went wrong in an invocation."""


def install(on_failure: OnFailure) -> None:
    """Put all that into the engine, and let workflows start as quickly as functions do."""
    borrowed.start_executions_at_once()
    borrowed.name_throttling(THROTTLED)
    borrowed.replace_drain(collect_log)
    borrowed.leave_out_repeated_failures()
    borrowed.wrap_warm_execution(lambda run: _telling(run, on_failure))


def collect_log(worker: Worker) -> str:
    """Return what the handler has logged, as soon as it is all there.

    The log is written before the answer, so what is not in the queue yet is in the pipe. The engine waits a flat 50 ms
    after a handler that logs nothing, and holds the worker meanwhile.
    """
    deadline = time.monotonic() + LOG_WAIT_S
    while _waiting_in_pipe(worker) and time.monotonic() < deadline:
        time.sleep(READER_TURN_S)
    time.sleep(READER_TURN_S)
    return worker._drain_stderr()


def error_type(log: str) -> str | None:
    """Return the class of the exception that ends a traceback, or `None` if there is none.

    Lambda names it in `errorType`, and a workflow's Retry and Catch match it. The line after the last indented one has
    it: a message may run over further lines.
    """
    found, indented = None, False
    for line in log.splitlines():
        if indented and line and not line.startswith(" "):
            found = line.partition(":")[0].rpartition(".")[2]
        indented = line.startswith(" ")
    return found if found and found.isidentifier() else None


def _telling(run: Warm, on_failure: OnFailure) -> Warm:
    def execute(function: Record, event: Any, request_id: str) -> Invocation:
        result = run(function, event, request_id)
        _name_error(result)
        for failure in failures(function["config"]["FunctionName"], request_id, result):
            on_failure(failure)
        return result

    return execute


def _name_error(result: Invocation) -> None:
    """Put the class of the exception into the result of a function that failed, where the engine says no more."""
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
        died = body.get("errorMessage") == "Worker process died"
        body["errorType"] = DIED if died else error_type(result.get("log", "")) or body["errorType"]


def _waiting_in_pipe(worker: Worker) -> int:
    process = worker._proc
    if process is None or process.stderr is None or process.stderr.closed:
        return 0
    try:
        answer = fcntl.ioctl(process.stderr.fileno(), termios.FIONREAD, b"\0" * 4)
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])
