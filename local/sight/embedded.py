"""What functions print in CloudWatch's embedded metric format, read from their logs.

Source: "Specification: Embedded metric format" in CloudWatch's user guide. A line of JSON whose `_aws` has
`CloudWatchMetrics`: each of these names a namespace, sets of dimensions and metrics, whose values are members of the
line: a number, or up to a hundred. What does not fit is not a metric, as in AWS.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.sight.metrics import Metrics

MARK = '"_aws"'


def take(log: str, metrics: Metrics) -> Iterator[dict[str, Any]]:
    """Put the metrics of a log where they belong; yield each line that had some."""
    if MARK not in log:
        return
    for line in log.splitlines():
        if MARK in line and (found := _parsed(line)) is not None:
            try:
                is_one = _put(found, metrics)
            except (AttributeError, KeyError, TypeError):  # a member of another type than the format has
                continue
            if is_one:
                yield found


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _put(line: Mapping[str, Any], metrics: Metrics) -> bool:
    """Put what a line says; False if it says nothing."""
    head, is_one = line.get("_aws"), False
    for directive in head.get("CloudWatchMetrics") or () if isinstance(head, dict) else ():
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(line[name]) for name in names if name in line}
            for metric in directive.get("Metrics", ()):
                values = _values(line.get(metric["Name"]))
                if values and len(dimensions) == len(names):
                    metrics.put(directive["Namespace"], metric["Name"], dimensions, *values)
                    is_one = True
    return is_one


def _values(value: object) -> list[float]:
    values = value if isinstance(value, list) else [value]
    return [float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
