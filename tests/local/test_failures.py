"""What is told of failed invocations, and how often."""

import json
from typing import TYPE_CHECKING

import pytest

from local.engine.failures import TRACE_LINES, Failure, failures
from local.reporting import Reporter
from local.workers.inside import zygote

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = """Traceback (most recent call last):
  File "handler.py", line 3, in handler
    raise ValueError
ValueError: no
"""
RAISED = {"error": True, "body": {"errorType": "ValueError", "errorMessage": "no"}, "log": f"a line\n{TRACE}"}


def test_an_exception_is_told_with_the_frames_that_lead_to_it() -> None:
    [failure] = failures("Chat-Message", "request", RAISED)
    assert failure.error == "ValueError: no"
    assert failure.trace == ('  File "handler.py", line 3, in handler', "    raise ValueError", "ValueError: no")


def test_a_long_trace_is_cut_to_its_end() -> None:
    frames = "".join(f'  File "deep.py", line {n}, in f\n    f()\n' for n in range(50))
    log = f"Traceback (most recent call last):\n{frames}RecursionError: deep\n"
    [failure] = failures("f", "r", {**RAISED, "log": log})
    assert len(failure.trace) == TRACE_LINES
    assert failure.trace[-1] == "RecursionError: deep"


def test_a_trace_is_of_the_functions_own_code_wherever_that_is() -> None:
    trace = f"""Traceback (most recent call last):
  File "{zygote.__file__}", line 135, in run
    result = handler_fn(event, context)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/project/.local/tmp/f-x1y2/code/handler.py", line 3, in handler
    raise ValueError
ValueError: no
"""
    [failure] = failures("f", "r", {**RAISED, "log": trace})
    assert failure.trace == ('  File "handler.py", line 3, in handler', "    raise ValueError", "ValueError: no")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("Sandbox.Timedout", "Task timed out after 3.00 seconds"),
        ("Runtime.ExitError", "Runtime exited without providing a reason"),
    ],
)
def test_what_leaves_no_trace_is_told_with_its_last_words(kind: str, message: str) -> None:
    result = {"error": True, "body": {"errorType": kind, "errorMessage": message}, "log": f"1\n2\n3\n{message}\n"}
    [failure] = failures("f", "r", result)
    assert failure.error == f"{kind}: {message}"
    assert failure.trace == ("2", "3")


def test_throttling_is_no_failure_of_the_function() -> None:
    assert not list(failures("f", "r", {"error": True, "throttle": True, "body": {}, "log": ""}))


def test_an_exception_that_was_caught_and_logged_is_told_too() -> None:
    line = json.dumps({"level": "ERROR", "message": "An event failed", "exception": TRACE})
    [failure] = failures("f", "r", {"body": {"statusCode": 200}, "log": f"START\n{line}\nEND"})
    assert failure.error == "ValueError: no (An event failed)"
    assert failure.trace[0] == '  File "handler.py", line 3, in handler'


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"level": "WARNING", "message": "late", "exception": TRACE}),
        json.dumps({"level": "ERROR", "message": "no exception"}),
        '{"exception": broken',
        json.dumps(["exception"]),
    ],
)
def test_other_lines_are_a_logs_own_business(line: str) -> None:
    assert not list(failures("f", "r", {"body": None, "log": line}))


class Told:
    """A reporter's terminal, and the moment when its quiet time is over."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.due: list[Callable[[], None]] = []
        self.reporter = Reporter(self.lines.append, lambda _, do: self.due.append(do))

    def tell(self, error: str = "ValueError: no", frame: str = "  File x") -> None:
        self.reporter.report(Failure("Chat-Message-1A2B", "0f0f", error, (frame, "  x()")))


def test_a_failure_has_function_request_and_trace() -> None:
    told = Told()
    told.reporter.names = {"Chat-Message-1A2B": "message"}
    told.tell()
    assert told.lines == ["message failed, request 0f0f: ValueError: no\n      File x\n      x()"]


def test_without_a_stack_a_function_has_its_physical_name() -> None:
    told = Told()
    told.tell()
    assert told.lines[0].startswith("Chat-Message-1A2B failed, request 0f0f: ")


def test_the_same_again_is_counted() -> None:
    told = Told()
    for number in range(1000):
        told.tell(f"ValueError: {number}")
    assert len(told.lines) == 1
    told.due.pop()()
    assert told.lines[1:] == ["Chat-Message-1A2B failed 999 times more in 10 s: ValueError"]
    told.tell()
    assert len(told.lines) == 3


def test_what_came_once_is_told_once() -> None:
    told = Told()
    told.tell()
    told.due.pop()()
    assert len(told.lines) == 1


def test_another_error_is_told_meanwhile() -> None:
    told = Told()
    told.tell()
    told.tell("KeyError: 'a'")
    told.tell(frame="  File y")
    assert len(told.lines) == 3
