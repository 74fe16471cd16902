"""Alarms: when an operator should look. What each means, how to look and how to mend is in `docs/operations.md`."""

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_sns import Topic
from constructs import Construct

from infra.constructs.measures import Measures


@dataclass(frozen=True)
class Limit:
    """When an alarm goes.

    Attributes:
        row: Its heading in `docs/operations.md`.
        means: What an operator reads first.
        at_least: The value of five minutes from which on it goes.
        times: So many times in a row.
    """

    row: str
    means: str
    at_least: float = 1
    times: int = 1


ERRORS = Limit("Errors", "A function fails: calls raised, or took too long", at_least=5)
THROTTLES = Limit("Throttles", "Lambda refuses calls of a function: its concurrency is used up", at_least=5)
DROPPED = Limit("Dropped calls", "Lambda gave up asynchronous calls of a function")
DEAD = Limit("Dead letters", "Something was tried until it was given up, and waits for you")
LATE = Limit("Late queue", "Messages wait for their function for a quarter of an hour", at_least=900)
INTEGRATION = Limit("IntegrationError", "API Gateway had errors from functions instead of answers", at_least=5)
EXECUTION = Limit("ExecutionError", "API Gateway could not call functions", at_least=5)
WORKFLOW = Limit("Failed executions", "The workflow of an answer failed")
TABLE = Limit("Table throttles", "DynamoDB refuses reads or writes of a table", at_least=10)
INTERNAL = Limit("Internal errors", "Events were answered with `internal`: a defect")
FAILED = Limit("Failed answers", "Answers ended with an error", at_least=3)
STUCK = Limit("Stuck answers", "An answer lost its writer, and the sweeper brings it back")
PROVIDER = Limit("Provider failures", "The provider of a model fails, is slow, or refuses us", at_least=3)
FAN_OUT = Limit("Fan-out failures", "Posts to connections fail", at_least=20)
GHOSTS = Limit("Ghosts", "Many connections went without a word", at_least=25)
STRANGERS = Limit("Unauthenticated connections", "Most connections that are opened are never accepted", at_least=50)
BUDGET = "Budget"


class Alarms(Construct):
    """The alarms of one stack. Missing data raises no alarm: nothing happened.

    Args:
        scope: Where it belongs.
        id: Its name there.
        measures: What is measured.
        topic_arn: The SNS topic that is told when one goes, and when it is over; "": no topic is told.
        hourly_budget_cents: What an hour may cost.
    """

    def __init__(
        self, scope: Construct, id: str, *, measures: Measures, topic_arn: str, hourly_budget_cents: int
    ) -> None:
        super().__init__(scope, id)
        self._measures = measures
        self._action = SnsAction(Topic.from_topic_arn(self, "Topic", topic_arn)) if topic_arn else None
        self.all: list[cloudwatch.Alarm] = []
        self._of_functions()
        self._of_queues_and_tables()
        self._of_the_api()
        self._of_what_clients_see()
        usd = hourly_budget_cents / 100
        costs = Limit(BUDGET, f"At this rate an hour costs more than ${usd:.2f}", at_least=usd, times=3)
        self._alarm("Budget", measures.hourly_usd(), costs)

    def _of_functions(self) -> None:
        of = self._measures.of_function
        for function in self._measures.functions:
            self._alarm(f"{function.node.id}Errors", of("Errors", function), ERRORS)
            self._alarm(f"{function.node.id}Throttles", of("Throttles", function), THROTTLES)
        for function in self._measures.called:
            self._alarm(f"{function.node.id}Dropped", of("AsyncEventsDropped", function), DROPPED)

    def _of_queues_and_tables(self) -> None:
        measures = self._measures
        for name, queue in measures.dead.items():
            self._alarm(f"{name}Dead", measures.of_queue("ApproximateNumberOfMessagesVisible", queue), DEAD)
        for name, queue in measures.queues.items():
            self._alarm(f"{name}Late", measures.of_queue("ApproximateAgeOfOldestMessage", queue), LATE)
        for name, table in measures.tables.items():
            for kind in ("Read", "Write"):
                throttled = measures.of_table(f"{kind}ThrottleEvents", table)
                self._alarm(f"{name.capitalize()}{kind}Throttles", throttled, TABLE)

    def _of_the_api(self) -> None:
        measures = self._measures
        self._alarm("IntegrationError", measures.of_api("IntegrationError"), INTEGRATION)
        self._alarm("ExecutionError", measures.of_api("ExecutionError"), EXECUTION)
        self._alarm("Unauthenticated", measures.unauthenticated_share(), STRANGERS)

    def _of_what_clients_see(self) -> None:
        measures = self._measures
        self._alarm("ExecutionsFailed", measures.of_workflow("ExecutionsFailed"), WORKFLOW)
        self._alarm("InternalErrors", measures.own("Events", outcome="internal"), INTERNAL)
        self._alarm("AnswersFailed", measures.own("AnswersEnded", reason="error"), FAILED)
        self._alarm("AnswersStuck", measures.own("AnswersStuck"), STUCK)
        self._alarm("ModelFailures", measures.own("ModelFailures"), PROVIDER)
        self._alarm("PostsFailed", measures.own("PostsFailed"), FAN_OUT)
        self._alarm("Ghosts", measures.ghost_share(), GHOSTS)

    def _alarm(self, id: str, metric: cloudwatch.IMetric, limit: Limit) -> None:
        made = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=limit.at_least,
            evaluation_periods=limit.times,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{limit.row}: {limit.means}. What to do: docs/operations.md",
        )
        if self._action:
            made.add_alarm_action(self._action)
            made.add_ok_action(self._action)
        self.all.append(made)
