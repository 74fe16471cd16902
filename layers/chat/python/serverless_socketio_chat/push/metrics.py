"""How pushing goes, as CloudWatch metrics for each push service: printed, in its embedded metric format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_socketio_chat.push.delivery import Result
    from serverless_socketio_chat.push.sending import Tried

NAMESPACE = "ServerlessSocketio"
COUNTS: Mapping[Result, str] = {
    "sent": "PushSent",
    "gone": "PushGone",
    "throttled": "PushThrottled",
    "failed": "PushFailed",
}
LATENCY = "PushLatency"  # of what was answered, whatever the answer


def report(tries: Iterable[Tried]) -> None:
    """Print the metrics of tries: one line for each push service, named by the dimension ``host``."""
    groups: dict[str, list[Tried]] = {}
    for tried in tries:
        if tried.service is not None:
            groups.setdefault(tried.service, []).append(tried)
    for service, members in groups.items():
        _report(service, members)


def _report(service: str, tries: Iterable[Tried]) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service="")  # no dimension but the one
    metrics.add_dimension("host", service)
    for tried in tries:
        metrics.add_metric(COUNTS[tried.outcome.result], MetricUnit.Count, 1)
        if tried.outcome.status is not None:
            metrics.add_metric(LATENCY, MetricUnit.Milliseconds, tried.outcome.latency_ms)
    metrics.flush_metrics()
