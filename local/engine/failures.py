"""What went wrong in an invocation, read from its end.

| the invocation | is told as |
|---|---|
| raised | its error, with the last frames of the traceback |
| took too long | `Task timed out after 3.00 seconds`, with what it logged last |
| ended its worker | `Runtime exited without providing a reason`, the same |
| ended well, but logged an exception | that exception: an event handler's error is caught, and acked |
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine.borrowed import Invocation

TRACE_LINES = 12  # a screen holds some of them, and the last frames are the function's own
LOG_LINES = 3  # of what has no traceback: the last words
FRAME = "  File "
TRACEBACK = "Traceback (most recent call last):"
LINE_MAX = 300  # a frame's line; a message of an error may hold a whole document
CODE_FOLDER = re.compile(r'(?<=File ")[^"]*/tmp/[^/"]+/code/')  # each version of a function has one of its own
RUNTIME = '/local/workers/inside/zygote.py"'
MARKS = re.compile(r"\s*[\^~]+\s*")


@dataclass(frozen=True)
class Failure:
    """One error of one invocation.

    Attributes:
        function: The function's physical name.
        request_id: The invocation's, as the function's own log has it.
        error: Class and message of the error, one line.
        trace: The last lines that say where.
    """

    function: str
    request_id: str
    error: str
    trace: tuple[str, ...]

    @property
    def kind(self) -> tuple[str, str, str]:
        """What errors of one cause have in common, whatever their messages say: function, class, last frame."""
        frames = [line.strip() for line in self.trace if line.startswith(FRAME)]
        return self.function, self.error.partition(":")[0], frames[-1] if frames else ""


def failures(function: str, request_id: str, result: Invocation) -> Iterator[Failure]:
    """Yield what went wrong in an invocation, in its order. Throttling is not a failure of a function."""
    log = result.get("log") or ""
    for error, trace in _logged(log):
        yield Failure(function, request_id, error, trace)
    body = result.get("body")
    if result.get("error") and not result.get("throttle"):
        said = body if isinstance(body, dict) else {"errorMessage": str(body)}
        error = _one_line(f"{said.get('errorType', 'Error')}: {said.get('errorMessage', '')}")
        trace = tuple(line for line in _trace(log) if line != said.get("errorMessage"))
        yield Failure(function, request_id, error, trace)


def _logged(log: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the exceptions that structured log lines tell, as Powertools' `logger.exception` writes them."""
    for line in log.splitlines():
        entry = _entry(line)
        trace = entry.get("exception")
        if entry.get("level") in {"ERROR", "CRITICAL"} and isinstance(trace, str):
            last = trace.rstrip().rpartition("\n")[2]
            yield _one_line(f"{last} ({entry.get('message', '')})"), _trace(trace)


def _entry(line: str) -> dict[str, Any]:
    if not line.startswith("{") or '"exception"' not in line:
        return {}
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _trace(log: str) -> tuple[str, ...]:
    """Return the end of the last traceback in a log, without its first line; of a log without one, its own end."""
    lines = [line[:LINE_MAX] for line in log.rstrip().splitlines()]
    starts = [number for number, line in enumerate(lines) if line.startswith(TRACEBACK)]
    if not starts:
        return tuple(lines[-LOG_LINES:])
    return tuple(_of_interest(lines[starts[-1] + 1 :])[-TRACE_LINES:])


def _of_interest(lines: Sequence[str]) -> list[str]:
    """Return a traceback's lines without the frame of the runtime and without the marks below the source."""
    found, of_runtime = [], False
    for line in (CODE_FOLDER.sub("", line) for line in lines):
        if not line.startswith("    "):
            of_runtime = RUNTIME in line
        if not of_runtime and not MARKS.fullmatch(line):
            found.append(line)
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LINE_MAX]
