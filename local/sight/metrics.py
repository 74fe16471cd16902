"""Metrics as CloudWatch keeps them: values by namespace, name and dimensions, in time. Here for an hour, in memory.

| kept of one metric | |
|---|---|
| for each 10 s of the last hour | count, sum, least, greatest, and 200 values for percentiles |
| metrics, at most | 2,000; the one that was written to longest ago goes first |
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

STEP_S = 10
KEPT_S = 3600
METRICS_MAX = 2_000
VALUES_MAX = 200

Dimensions = tuple[tuple[str, str], ...]
"""Pairs of names and values, sorted."""


@dataclass(frozen=True)
class Key:
    """What tells a metric apart."""

    namespace: str
    name: str
    dimensions: Dimensions

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Key":
        """Return the key of a metric."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))


@dataclass
class Step:
    """The values of ten seconds."""

    at: float
    count: float = 0
    total: float = 0
    least: float = float("inf")
    greatest: float = float("-inf")
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Take a value."""
        self.count += 1
        self.total += value
        self.least, self.greatest = min(self.least, value), max(self.greatest, value)
        if len(self.values) < VALUES_MAX:
            self.values.append(value)
        else:
            self.values[int(self.count) % VALUES_MAX] = value


class Metrics:
    """The metrics of the run. May be written to from any thread."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._steps: OrderedDict[Key, deque[Step]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, namespace: str, name: str, dimensions: Mapping[str, str], *values: float) -> None:
        """Take values of now."""
        key, at = Key.of(namespace, name, dimensions), self._clock() // STEP_S * STEP_S
        with self._lock:
            steps = self._steps.get(key)
            if steps is None:
                steps = self._steps[key] = deque(maxlen=KEPT_S // STEP_S)
                if len(self._steps) > METRICS_MAX:
                    self._steps.popitem(last=False)
            self._steps.move_to_end(key)
            if not steps or steps[-1].at != at:
                steps.append(Step(at))
            for value in values:
                steps[-1].add(value)

    def statistic(self, key: Key, name: str, *, begin: float, end: float) -> float | None:
        """Return a statistic of the steps that lie in `begin <= at < end`; `None` if there is no value.

        `name`: CloudWatch's: Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p99.
        """
        with self._lock:
            steps = [step for step in self._steps.get(key, ()) if begin <= step.at < end]
        if not steps:
            return None
        count, total = sum(step.count for step in steps), sum(step.total for step in steps)
        match name:
            case "Sum":
                return total
            case "SampleCount":
                return count
            case "Average":
                return total / count
            case "Minimum":
                return min(step.least for step in steps)
            case "Maximum":
                return max(step.greatest for step in steps)
        return percentile([value for step in steps for value in step.values], float(name.removeprefix("p")))

    def all(self) -> list[Key]:
        """Return every metric's key, sorted."""
        with self._lock:
            return sorted(self._steps, key=lambda key: (key.namespace, key.name, key.dimensions))

    def sums(self, key: Key, *, steps: int, width_s: int) -> Iterator[float]:
        """Yield the sums of the last `steps` spans of `width_s` seconds, the newest last."""
        now = self._clock()
        for number in range(steps, 0, -1):
            end = now - (number - 1) * width_s
            yield self.statistic(key, "Sum", begin=end - width_s, end=end) or 0.0


def percentile(values: list[float], percent: float) -> float:
    """Return a percentile, interpolated between its neighbours."""
    ordered = sorted(values)
    place = percent / 100 * (len(ordered) - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return low + (high - low) * (place - int(place))
