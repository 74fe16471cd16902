"""What of a deployment is measured, and by whom: names for alarms and dashboard, each said once.

AWS's own metrics cost nothing; `tests/aws_metrics.py` holds their names and dimensions to AWS's documentation. Those of
the namespace `ServerlessSocketio` are printed by the functions (`serverless_socketio.aws.metrics`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

Metric = cloudwatch.Metric
Statistic = str

NAMESPACE = "ServerlessSocketio"
MINUTE, WINDOW = Duration.minutes(1), Duration.minutes(5)
PRICES: Mapping[str, Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "tools" / "cost" / "prices.json").read_text(encoding="utf-8")
)["prices"]
MILLION = 1e6
COSTLY = ("Message", "Connect", "Streamer", "Sweeper")  # functions whose time is nearly all that is paid


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The metrics of one stack.

    Attributes:
        stack: Its name: the dimension of what its functions print.
        functions: Every function.
        called: Those that are called asynchronously: by another, by the bus, by a schedule.
        queues: Queues whose messages users wait for, by their names.
        dead: Queues of dead letters, likewise.
        tables: Both tables.
        api_id: The WebSocket API.
        machine_arn: The workflow of answers.
        ping_interval_ms: How often a socket is pinged.
    """

    stack: str
    functions: Sequence[lambda_.Function]
    called: Sequence[lambda_.Function]
    queues: Mapping[str, sqs.IQueue]
    dead: Mapping[str, sqs.IQueue]
    tables: Mapping[str, ddb.ITableV2]
    api_id: str
    machine_arn: str
    ping_interval_ms: int

    def own(self, name: str, statistic: Statistic = "Sum", period: Duration = WINDOW, **by: str) -> Metric:
        """A metric that functions print."""
        return _metric(NAMESPACE, name, {"stack": self.stack, **by}, statistic, period)

    def of_function(
        self, name: str, function: lambda_.Function, statistic: Statistic = "Sum", period: Duration = WINDOW
    ) -> Metric:
        """A metric of Lambda's."""
        return _metric("AWS/Lambda", name, {"FunctionName": function.function_name}, statistic, period)

    def of_api(self, name: str, period: Duration = WINDOW) -> Metric:
        """A metric of API Gateway's."""
        return _metric("AWS/ApiGateway", name, {"ApiId": self.api_id}, "Sum", period)

    def of_queue(self, name: str, queue: sqs.IQueue) -> Metric:
        """A metric of SQS's."""
        return _metric("AWS/SQS", name, {"QueueName": queue.queue_name}, "Maximum", WINDOW)

    def of_table(self, name: str, table: ddb.ITableV2) -> Metric:
        """A metric of DynamoDB's: of the table itself, without its indexes."""
        return _metric("AWS/DynamoDB", name, {"TableName": table.table_name}, "Sum", WINDOW)

    def of_workflow(self, name: str) -> Metric:
        """A metric of Step Functions'."""
        return _metric("AWS/States", name, {"StateMachineArn": self.machine_arn}, "Sum", WINDOW)

    def connections(self) -> Metric:
        """Sockets that are connected: each is pinged once in an interval, which is whole minutes here."""
        minutes = max(1, round(self.ping_interval_ms / 60_000))
        return self.own("Pinged", period=Duration.minutes(minutes))

    def unauthenticated_share(self) -> cloudwatch.MathExpression:
        """Of a hundred connections that were opened, how many were not accepted; 0 where few were opened at all."""
        return _math(
            f"IF(opened >= {FEW}, 100 * (1 - FILL(accepted, 0) / opened), 0)",
            "unauthenticated, %",
            opened=self.of_api("ConnectCount"),
            accepted=self.own("Connects", outcome="accepted"),
        )

    def ghost_share(self) -> cloudwatch.MathExpression:
        """Of a hundred sockets that were pinged, how many were not there any more; 0 where few were not."""
        return _math(
            f"IF(ghosts >= {FEW}, 100 * ghosts / pinged, 0)",
            "ghosts, %",
            ghosts=self.own("Ghosts"),
            pinged=self.own("Pinged"),
        )

    def hourly_usd(self) -> cloudwatch.MathExpression:
        """What an hour costs at the rate of the last five minutes, in dollars of us-east-1.

        An estimate of what grows with use: frames and minutes of connections, the time of four functions, units of the
        tables without their indexes. Free tiers, and what a month costs in any case, are left out. At most ten metrics:
        an alarm on an expression takes no more.
        """
        using = {"frames": self.of_api("MessageCount"), "pinged": self.own("Pinged")}
        parts = [
            f"FILL(frames, 0) * {_usd('frames')}",
            f"FILL(pinged, 0) * {_usd('minutes', self.ping_interval_ms / 60_000)}",
        ]
        for function in self.functions:
            if (name := function.node.id) in COSTLY:
                memory_gb = _memory_mb(function) / 1024
                using[name.lower()] = self.of_function("Duration", function)
                parts.append(f"FILL({name.lower()}, 0) * {_usd('gb_s', memory_gb / 1000)}")
        for name, table in self.tables.items():
            for kind, unit in (("Write", "writes"), ("Read", "reads")):
                using[f"{name}_{unit}"] = self.of_table(f"Consumed{kind}CapacityUnits", table)
                parts.append(f"FILL({name}_{unit}, 0) * {_usd(unit)}")
        return _math(f"12 * ({' + '.join(parts)})", "$ an hour", **using)


LEAST_MB = 128  # what a function has that says nothing
FEW = 20
"""So many in five minutes make a share worth an alarm."""


def _memory_mb(function: lambda_.Function) -> float:
    return cast("lambda_.CfnFunction", function.node.default_child).memory_size or LEAST_MB


def _usd(unit: str, units: float = 1) -> str:
    """Return what so many units cost, as an expression of CloudWatch's may say it: it knows no exponents."""
    price = PRICES[unit]
    return f"{price['usd'] / (MILLION if price['per'] == 'million' else 1) * units:.14f}".rstrip("0")


def _metric(namespace: str, name: str, dimensions: Mapping[str, str], statistic: Statistic, period: Duration) -> Metric:
    """Return a metric without a label: CloudWatch makes one of what tells the lines of a graph apart."""
    return Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dict(dimensions),
        statistic=statistic,
        period=period,
    )


def _math(expression: str, label: str, **using: Metric) -> cloudwatch.MathExpression:
    metrics: dict[str, cloudwatch.IMetric] = {**using}
    return cloudwatch.MathExpression(expression=expression, label=label, using_metrics=metrics, period=WINDOW)
