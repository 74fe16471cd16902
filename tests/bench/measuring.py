"""Rows of the table, and what they are measured by.

Machines are noisy: what is compared takes turns, and the best of several rounds counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """A figure and its baseline, in seconds. `budget`: what their ratio may be; None: it is shown only."""

    what: str
    seconds: float
    baseline: str
    baseline_s: float
    budget: float | None = None

    @property
    def ratio(self) -> float:
        return self.seconds / self.baseline_s

    @property
    def is_within(self) -> bool:
        return self.budget is None or self.ratio <= self.budget


@dataclass(frozen=True)
class Count:
    """How often something happened, and how often it may."""

    what: str
    count: int
    most: int

    @property
    def is_within(self) -> bool:
        return self.count <= self.most


def side_by_side(
    *functions: Callable[[], object], calls: int, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Seconds of one call of each, in turns; `time.process_time`: of CPU."""
    best = [float("inf")] * len(functions)
    for _ in range(ROUNDS):
        for number, function in enumerate(functions):
            began = clock()
            for _ in range(calls):
                function()
            best[number] = min(best[number], (clock() - began) / calls)
    return best


def imports(*scripts: str) -> list[float]:
    """Seconds that each script takes in an interpreter of its own, its start left out, in turns."""
    best = [float("inf")] * len(scripts)
    for _ in range(ROUNDS):
        for number, script in enumerate(scripts):
            timed = f"import time; began = time.perf_counter()\n{script}\nprint(time.perf_counter() - began)"
            done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
            best[number] = min(best[number], float(done.stdout.split()[-1]))
    return best
