"""The stack's alarms, judged as CloudWatch judges them, by what the local cloud has measured.

| the last periods | is |
|---|---|
| all of them reach the threshold | ALARM |
| one of them does not, or has no data (`notBreaching`) | OK |

Periods end now and not at full minutes, so that an alarm is seen at once. A topic is told if the template names one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.sight.expressions import evaluate
from local.sight.metrics import STEP_S, Key, Metrics

Alarm = Mapping[str, Any]
"""As PutMetricAlarm has it."""

BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


@dataclass(frozen=True)
class Judged:
    """How an alarm stands.

    Attributes:
        name: Its physical name.
        row: Its heading in `docs/operations.md`, which its description begins with.
        means: The rest of the description.
        value: Of the newest period; `None` without data.
        threshold: What it is compared with.
    """

    name: str
    row: str
    means: str
    goes: bool
    value: float | None
    threshold: float


def judge_all(alarms: Iterable[Alarm], metrics: Metrics, now: float) -> list[Judged]:
    """Return all alarms, those that go first."""
    return sorted((judge(alarm, metrics, now) for alarm in alarms), key=lambda each: (not each.goes, each.name))


def judge(alarm: Alarm, metrics: Metrics, now: float) -> Judged:
    """Return how an alarm stands."""
    breaches, threshold = BREACHES[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    values = list(_values(alarm, metrics, now))
    row, _, means = alarm.get("AlarmDescription", "").partition(": ")
    return Judged(
        name=alarm["AlarmName"],
        row=row,
        means=means,
        goes=all(value is not None and breaches(value, threshold) for value in values),
        value=values[0],
        threshold=threshold,
    )


def _values(alarm: Alarm, metrics: Metrics, now: float) -> Iterator[float | None]:
    """Yield the value of each period, the newest first."""
    queries = alarm.get("Metrics") or [_as_query(alarm)]
    period = max(query["MetricStat"]["Period"] for query in queries if "MetricStat" in query)
    last = now // STEP_S * STEP_S + STEP_S
    for number in range(int(alarm.get("EvaluationPeriods", 1))):
        yield _value(queries, metrics, end=last - number * int(period))


def _value(queries: list[Mapping[str, Any]], metrics: Metrics, *, end: float) -> float | None:
    """Return what the queries come to: the value of the expression, or of the one metric."""
    values = {query["Id"]: _of_metric(query["MetricStat"], metrics, end) for query in queries if "MetricStat" in query}
    for query in queries:
        if "Expression" in query:
            return evaluate(query["Expression"], values)
    return next(iter(values.values()))


def _of_metric(stat: Mapping[str, Any], metrics: Metrics, end: float) -> float | None:
    metric = stat["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
    key = Key.of(metric["Namespace"], metric["MetricName"], dimensions)
    return metrics.statistic(key, stat["Stat"], begin=end - int(stat["Period"]), end=end)


def _as_query(alarm: Alarm) -> Mapping[str, Any]:
    metric = {name: alarm.get(name, ()) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": stat}}
