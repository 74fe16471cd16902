"""The dashboard: how the chat does, on one page, from what people feel down to what it costs."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.config import Throttle
from infra.constructs.measures import MINUTE, NAMESPACE, Measures

WIDTH = 24  # of a dashboard, in columns
OUTCOMES = (
    "ok",
    "invalid",
    "unauthorized",
    "forbidden",
    "not_found",
    "rate_limited",
    "too_large",
    "conflict",
    "unavailable",
    "internal",
)
REASONS = ("stop", "length", "stopped", "error")
PUSHES = ("PushSent", "PushGone", "PushThrottled", "PushFailed")
MEDIAN, SLOWEST = "p50", "p99"


class Dashboard(Construct):
    """One page with four graphs a row.

    Args:
        scope: Where it belongs.
        id: Its name there.
        measures: What is measured.
        alarms: Shown on top, if there are any.
        throttle: Of all frames, whose share is shown; likewise `connect_throttle`, of handshakes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        measures: Measures,
        alarms: Sequence[cloudwatch.IAlarm],
        throttle: Throttle,
        connect_throttle: Throttle,
    ) -> None:
        super().__init__(scope, id)
        self._measures = measures
        board = cloudwatch.Dashboard(self, "Page", default_interval=Duration.hours(3))
        if alarms:
            board.add_widgets(cloudwatch.AlarmStatusWidget(alarms=list(alarms), width=WIDTH, title="Alarms"))
        for row in (self._clients(), self._answers(), self._behind(), self._limits(throttle, connect_throttle)):
            board.add_widgets(*row)

    def _clients(self) -> list[cloudwatch.IWidget]:
        measures = self._measures
        latencies = [measures.own("AckLatency", statistic, MINUTE) for statistic in (MEDIAN, SLOWEST)]
        return [
            _graph("Connections", [measures.connections()]),
            _graph(
                "Unauthenticated connections and ghosts, %", [measures.unauthenticated_share(), measures.ghost_share()]
            ),
            _graph("Events, by outcome", [measures.own("Events", period=MINUTE, outcome=each) for each in OUTCOMES]),
            _graph("An event's frame to its ack, ms", _by_statistic(latencies)),
        ]

    def _answers(self) -> list[cloudwatch.IWidget]:
        measures = self._measures
        first = [measures.own("FirstChunk", statistic, MINUTE) for statistic in (MEDIAN, SLOWEST)]
        ended = [measures.own("AnswersEnded", period=MINUTE, reason=each) for each in REASONS]
        trouble = [measures.own(name, period=MINUTE) for name in ("AnswersStuck", "ModelFailures", "PostsFailed")]
        running = measures.own("AnswersRunning", "Maximum", MINUTE)
        return [
            _graph("A message to its first chunk, ms", _by_statistic(first)),
            _graph("Answers that run for 10 s and longer", [running]),
            _graph("Answers, by how they ended", ended),
            _graph("Stuck answers, providers' failures, posts that failed", trouble),
        ]

    def _behind(self) -> list[cloudwatch.IWidget]:
        """Pushes, by the devices' services: what they print has no other dimension, so all stacks' are together."""
        measures = self._measures
        pushes = [
            cloudwatch.MathExpression(
                expression=f"SUM(SEARCH('{{{NAMESPACE},host}} MetricName=\"{name}\"', 'Sum', 60))",
                label=name,
                using_metrics={},
                period=MINUTE,
            )
            for name in PUSHES
        ]
        waiting = [measures.of_queue("ApproximateAgeOfOldestMessage", each) for each in measures.queues.values()]
        dead = [measures.of_queue("ApproximateNumberOfMessagesVisible", each) for each in measures.dead.values()]
        errors = [measures.of_function("Errors", each, period=MINUTE) for each in measures.functions]
        return [
            _graph("Pushes", pushes),
            _graph("Oldest message, s; dead letters (right)", waiting, dead),
            _graph("Errors of functions", errors),
            _graph("Errors of the API", [measures.of_api(each, MINUTE) for each in API_ERRORS]),
        ]

    def _limits(self, throttle: Throttle, connect_throttle: Throttle) -> list[cloudwatch.IWidget]:
        measures = self._measures
        throttles = [measures.of_function("Throttles", each, period=MINUTE) for each in measures.functions]
        of_tables = [
            measures.of_table(f"{kind}ThrottleEvents", table)
            for table in measures.tables.values()
            for kind in ("Read", "Write")
        ]
        return [
            _graph("Throttles", throttles, of_tables),
            _graph("Share of quotas, %", self._shares(throttle, connect_throttle)),
            _graph("Lambda: calls at a time, each function", self._at_a_time()),
            _graph("An hour costs, $", [measures.hourly_usd()]),
        ]

    def _shares(self, throttle: Throttle, connect_throttle: Throttle) -> list[cloudwatch.IMetric]:
        """The account's concurrency of what it may have, frames and handshakes of what the stage lets through."""
        measures = self._measures
        used = cloudwatch.Metric(
            namespace="AWS/Usage",
            metric_name="ResourceCount",
            dimensions_map={
                "Service": "Lambda",
                "Type": "Resource",
                "Resource": "ConcurrentExecutions",
                "Class": "None",
            },
            statistic="Maximum",
            period=MINUTE,
        )
        of_stage = {
            "frames": (measures.of_api("MessageCount", MINUTE), throttle),
            "handshakes": (measures.of_api("ConnectCount", MINUTE), connect_throttle),
        }
        return [
            cloudwatch.MathExpression(
                expression="100 * used / SERVICE_QUOTA(used)",
                label="Lambda's concurrency, of the account",
                using_metrics={"used": used},
                period=MINUTE,
            ),
            *(
                cloudwatch.MathExpression(
                    expression=f"100 * {name} / PERIOD({name}) / {limit.rate_per_s}",
                    label=f"{name}, of the stage's throttle",
                    using_metrics={name: metric},
                    period=MINUTE,
                )
                for name, (metric, limit) in of_stage.items()
            ),
        ]

    def _at_a_time(self) -> list[cloudwatch.IMetric]:
        of = self._measures.of_function
        return [of("ConcurrentExecutions", each, "Maximum", MINUTE) for each in self._measures.functions]


API_ERRORS = ("IntegrationError", "ExecutionError", "ClientError")


def _by_statistic(metrics: Sequence[cloudwatch.Metric]) -> list[cloudwatch.Metric]:
    return [each.with_(label=each.statistic) for each in metrics]


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.GraphWidget:
    axis = cloudwatch.YAxisProps(min=0)
    return cloudwatch.GraphWidget(
        title=title, left=list(left), right=list(right), left_y_axis=axis, width=WIDTH // 4, height=6
    )
