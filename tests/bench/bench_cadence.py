"""The cadence of a stored answer, with the CPU that a function's memory gives it, beside a bare loop of sleeps."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from infra.config import Config
from tests.bench import capped
from tests.bench.measuring import Row, p99
from tests.bench.stub import tls_service

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNKS = 200  # ten seconds: what one in a hundred is above is the second worst
MARGIN_S = 0.005
DRIFT_S = 0.001  # what a median of fifty may differ by on a machine that does other things, too
ANSWERS_IN_MS = 10  # the stub of `@connections`


@dataclass(frozen=True)
class Cadence:
    """How far chunks were from their deadlines, and a bare loop's sleeps under the same cap, in seconds."""

    burst: list[float]
    bare: list[float]

    @property
    def drift(self) -> float:
        """By how much the last quarter is later than the first."""
        quarter = len(self.burst) // 4
        return median(self.burst[-quarter:]) - median(self.burst[:quarter])


def cadence(url: str, trust: dict[str, str], memory_mb: int, devices: int, chunks: int = CHUNKS) -> Cadence:
    """Deliver one answer with the CPU of so much memory. `trust`: the environment in which `url` is trusted."""
    command = [sys.executable, "-m", "tests.bench.pacing", url, str(devices), str(chunks)]
    return Cadence(**json.loads(capped.run(command, memory_mb, {**os.environ, **trust})))


def rows() -> Iterator[Row]:
    with tls_service(ANSWERS_IN_MS) as (url, trust):
        for memory_mb, devices in ((Config().streamer.memory_mb, 1), (Config().streamer.memory_mb, 5), (1_769, 200)):
            found = cadence(url, trust, memory_mb, devices)
            who = f"{devices} device{'s' * (devices > 1)}, {memory_mb:,} MB"
            late, bare = p99(found.burst), p99(found.bare)
            yield Row(
                f"a chunk's distance to its deadline, p99: {who}", late, "bare loop", bare, MARGIN_S, is_margin=True
            )
            yield Row(f"its drift over {CHUNKS} chunks: {who}", found.drift, "none", 0.0, DRIFT_S, is_margin=True)
