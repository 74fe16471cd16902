"""Failures of functions in the terminal: each once with its trace, the same again and again as a number.

| a failure | is |
|---|---|
| of a kind that was not told in the last 10 s | printed, with its trace |
| of a kind that was | counted; when the 10 s are over, one line says how many there were, if any |
"""

import threading
from collections.abc import Callable, Mapping

from local.engine.failures import Failure
from local.progress import complain

QUIET_S = 10.0
Later = Callable[[float, Callable[[], None]], None]


def later(seconds: float, do: Callable[[], None]) -> None:
    """Do something after a while, in a thread that keeps no process alive."""
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()


class Reporter:
    """Prints failures. May be called from any thread.

    Attributes:
        names: The functions' own names by their physical ones, once a stack is deployed.
    """

    def __init__(self, write: Callable[[str], None] = complain, later: Later = later) -> None:
        self.names: Mapping[str, str] = {}
        self._write = write
        self._later = later
        self._repeats: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()

    def report(self, failure: Failure) -> None:
        """Print a failure, or count it."""
        with self._lock:
            known = failure.kind in self._repeats
            self._repeats[failure.kind] = self._repeats.get(failure.kind, -1) + 1
        if not known:
            self._write("\n".join([f"{self._head(failure)}", *(f"    {line}" for line in failure.trace)]))
            self._later(QUIET_S, lambda: self._sum_up(failure))

    def _sum_up(self, failure: Failure) -> None:
        with self._lock:
            again = self._repeats.pop(failure.kind)
        if again:
            name = self.names.get(failure.function, failure.function)
            self._write(f"{name} failed {again} times more in {QUIET_S:.0f} s: {failure.kind[1]}")

    def _head(self, failure: Failure) -> str:
        name = self.names.get(failure.function, failure.function)
        return f"{name} failed, request {failure.request_id}: {failure.error}"
