"""What a run says while it works: one line a step, with its time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)  # noqa: T201


def complain(line: str) -> None:
    """Print a line about something that went wrong."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say `name` and how long the block took, once it is done."""
    started = time.monotonic()
    yield
    say(f"  {name:<42} {time.monotonic() - started:5.1f} s")
