"""Metrics, as lines in CloudWatch's embedded metric format: CloudWatch Logs makes metrics of what a function prints.

A line costs no call, but 300 bytes of log: of a frame that is a tenth of its price. So what is of interest as a sum is
added up, and printed together (0048). The format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

==================  ============  ==========  ======================================================================
name                dimensions    unit        of
==================  ============  ==========  ======================================================================
``Pinged``          stack         Count       sockets that a tick pinged: summed over a ping interval, all there are
``Ghosts``          stack         Count       connections that were ended since their pings were not answered
``Unaccepted``      stack         Count       connections that were ended since no CONNECT of theirs was accepted
``PostsFailed``     stack         Count       connections that a post may not have reached, tries included
==================  ============  ==========  ======================================================================
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..ports import Meter

NAMESPACE = "ServerlessSocketio"
STACK = "stack"  # the dimension that every metric has: an account may have several deployments
OF_TICKS = {"pinged": "Pinged", "ghosts": "Ghosts", "unaccepted": "Unaccepted"}
"""The metric of each count of a tick that is one."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
TOGETHER_MS = 10_000  # what was added is printed by the first frame after this, all that came meanwhile in one line
VALUES_MAX = 100  # of one metric in one line: the format's bound


@dataclass(slots=True)
class _Sum:
    """What was added, told apart in the same way."""

    counts: Counter[str] = field(default_factory=Counter)
    times_ms: dict[str, list[float]] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        return any(len(times) >= VALUES_MAX for times in self.times_ms.values())


class EmbeddedMetrics:
    """A `ports.Meter` that prints. `stack`: the deployment's name; with "", metrics have no such dimension."""

    def __init__(
        self,
        stack: str,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self._own = {STACK: stack} if stack else {}
        self._now_ms = now_ms
        self._write = write
        self._sums: dict[tuple[tuple[str, str], ...], _Sum] = {}
        self._printed_ms = 0

    def put(
        self,
        counts: Mapping[str, float],
        *,
        by: Mapping[str, str] = NOTHING,
        times_ms: Mapping[str, float | Sequence[float]] = NOTHING,
        about: Mapping[str, object] = NOTHING,
    ) -> None:
        """Print one line."""
        directives = [_directive([*self._own, *by], counts, "Count")] if counts else []
        if times_ms:
            directives.append(_directive([*self._own], times_ms, "Milliseconds"))
        head = {"_aws": {"Timestamp": self._now_ms(), "CloudWatchMetrics": directives}}
        line = {**head, **about, **head, **self._own, **by, **counts, **times_ms}  # first, and not to be said about
        (self._write or sys.stdout.write)(json.dumps(line, separators=(",", ":")) + "\n")

    def add(
        self,
        counts: Mapping[str, float],
        *,
        by: Mapping[str, str] = NOTHING,
        times_ms: Mapping[str, float] = NOTHING,
        name: str | None = None,
    ) -> None:
        """Add to what is printed together."""
        kept = self._sums.setdefault(tuple(by.items()), _Sum())
        kept.counts.update(counts)
        for each, time_ms in times_ms.items():
            kept.times_ms.setdefault(each, []).append(time_ms)
        if name is not None:
            kept.names[name] += 1
        if kept.is_full:
            self._print_sums()
        else:
            self.settle()

    def settle(self) -> None:
        """Print what was added, if it has waited for long enough."""
        if self._sums and self._now_ms() - self._printed_ms >= TOGETHER_MS:
            self._print_sums()

    def _print_sums(self) -> None:
        sums, self._sums, self._printed_ms = self._sums, {}, self._now_ms()
        for by, kept in sums.items():
            about = {"names": dict(kept.names)} if kept.names else NOTHING
            self.put(kept.counts, by=dict(by), times_ms=kept.times_ms, about=about)


def _directive(dimensions: Sequence[str], values: Mapping[str, object], unit: str) -> dict[str, object]:
    metrics = [{"Name": name, "Unit": unit} for name in values]
    return {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}


def put_tick(meter: Meter, done: Mapping[str, int]) -> None:
    """Meter what a tick or a share of one did; nothing if that is nothing."""
    counts = {OF_TICKS[name]: count for name, count in done.items() if count and name in OF_TICKS}
    if counts:
        meter.put(counts)
