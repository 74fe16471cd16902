"""What is read from an invocation's end."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from local.engine.invocations import collect_log, error_type

TRACE = """Traceback (most recent call last):
  File "/tmp/handler.py", line 3, in handler
    raise {raised}
{told}"""


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("ValueError: no", "ValueError"),
        ("chat.errors.StreamEnded: 01ABC", "StreamEnded"),
        ("KeyError", "KeyError"),
        ("ValueError: first line\nsecond: line\nthird", "ValueError"),
        ("botocore.exceptions.ClientError: An error occurred (X): y", "ClientError"),
    ],
)
def test_the_errors_class_is_told_by_its_own_name(told: str, name: str) -> None:
    assert error_type("INFO something\n" + TRACE.format(raised="…", told=told)) == name


def test_of_chained_errors_the_last_counts() -> None:
    first = TRACE.format(raised="a", told="KeyError: 'a'")
    then = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    assert error_type(first + then + TRACE.format(raised="b", told="ValueError: b")) == "ValueError"


@pytest.mark.parametrize("log", ["", "just a line", "Task timed out after 3.00 seconds"])
def test_without_a_traceback_there_is_none(log: str) -> None:
    assert error_type(log) is None


def worker(process: Any, lines: list[str]) -> Any:
    return SimpleNamespace(_proc=process, _drain_stderr=lambda: "\n".join(lines))


def test_a_log_is_collected_once_the_pipe_is_empty() -> None:
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; print('x', file=sys.stderr)"], stderr=subprocess.PIPE
    ) as ended:
        ended.wait()
        assert ended.stderr
        pipe = ended.stderr

        class Reader:
            """Stands in for the thread that reads the pipe meanwhile."""

            @property
            def stderr(self) -> Any:
                if not lines:
                    lines.append(os.read(pipe.fileno(), 100).decode().strip())
                return pipe

        assert collect_log(worker(Reader(), lines)) == "x"


def test_a_worker_that_is_gone_has_what_was_read() -> None:
    assert collect_log(worker(None, ["last words"])) == "last words"
