"""Rows of the table, and what they are measured by.

Machines are noisy: what is compared takes turns, and the median of several rounds counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """A figure and its baseline of the same run.

    `budget`: what their ratio may be, or of a `margin` how many seconds the figure may lie above the baseline; None: it
    is shown only. `unit`: of both; dollars are those of a million events.
    """

    what: str
    value: float
    baseline: str
    baseline_value: float
    budget: float | None = None
    unit: Literal["s", "$"] = "s"
    is_margin: bool = False

    @property
    def compared(self) -> float:
        return self.value - self.baseline_value if self.is_margin else self.value / self.baseline_value

    @property
    def is_within(self) -> bool:
        return self.budget is None or self.compared <= self.budget


@dataclass(frozen=True)
class Count:
    """How often something happened, and how often it may; `most` None: it is shown only."""

    what: str
    count: float
    most: float | None

    @property
    def is_within(self) -> bool:
        return self.most is None or self.count <= self.most


def side_by_side(
    *functions: Callable[[], object],
    calls: int,
    clock: Callable[[], float] = time.perf_counter,
    rounds: int = ROUNDS,
) -> list[float]:
    """Seconds of one call of each, in turns; `time.process_time`: of CPU."""
    taken: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, times in zip(functions, taken, strict=True):
            began = clock()
            for _ in range(calls):
                function()
            times.append((clock() - began) / calls)
    return list(map(median, taken))


def imports(*scripts: str) -> list[float]:
    """Seconds that each script takes in an interpreter of its own, its start left out, in turns."""
    taken: list[list[float]] = [[] for _ in scripts]
    for _ in range(ROUNDS):
        for script, times in zip(scripts, taken, strict=True):
            timed = f"import time; began = time.perf_counter()\n{script}\nprint(time.perf_counter() - began)"
            done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
            times.append(float(done.stdout.split()[-1]))
    return list(map(median, taken))


def p99(values: Sequence[float]) -> float:
    """The value that one in a hundred is above."""
    return sorted(values)[int(len(values) * 0.99)]
