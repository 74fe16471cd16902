"""A queue that calls one function, and where what fails again and again ends up."""

from dataclasses import dataclass
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .function import allow, called

KEPT = Duration.days(4)  # however many wait, or however long none is read: nothing vanishes without a dead letter
DEAD_KEPT = Duration.days(14)  # as long as SQS can


@dataclass(frozen=True)
class WorkQueue:
    """A queue and its dead letters."""

    queue: sqs.Queue
    dead: sqs.Queue


def let_send(queue: sqs.Queue, variable: str, *functions: lambda_.Function) -> None:
    """Let functions put messages into a queue, whose URL they find in an environment variable."""
    for function in functions:
        function.add_environment(variable, queue.queue_url)
        allow(function, ["sqs:SendMessage"], queue.queue_arn)


def into(dead: sqs.IQueue) -> lambda_.CfnEventInvokeConfig.DestinationConfigProperty:
    """Where asynchronous calls go that failed. CDK's own destination would grant more than is needed."""
    return lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
        on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=dead.queue_arn)
    )


def dead_letters(scope: Construct) -> sqs.Queue:
    """Return a queue `Dead` that keeps what it is given as long as SQS can."""
    return sqs.Queue(scope, "Dead", enforce_ssl=True, retention_period=DEAD_KEPT)


def work_queue(
    scope: Construct,
    id: str,
    *,
    consumer: lambda_.Function,
    batch: int,
    tries: int,
    at_once: int | None,
    dead: sqs.Queue | None = None,
) -> WorkQueue:
    """Make the queue `id`, whose messages go to `consumer`; it names those of a batch that must come again.

    Args:
        scope: Where it belongs.
        id: Its name there.
        consumer: The function that is called; its time-out must be set.
        batch: Messages in a call, at most.
        tries: After so many a message goes to `dead`.
        at_once: Calls at a time, 2 at least: a long line takes no more of the account's concurrency, which frames need.
            `None` where the line cannot be longer than there are connections: Lambda then polls an idle queue by as few
            as two pollers, with a bound always by five, and each empty poll is billed (docs/cost.md, decision 0038).
            A consumer with a share of its own is bound by that.
        dead: A queue of dead letters that is there already; by default a new one, `Dead`.

    Raises ValueError for a consumer without a time-out.
    """
    if consumer.timeout is None:
        raise ValueError(f"{consumer.node.path} needs a timeout: its queue hides messages for six times that")
    dead = dead or dead_letters(scope)
    queue = sqs.Queue(
        scope,
        id,
        enforce_ssl=True,
        retention_period=KEPT,
        visibility_timeout=Duration.seconds(6 * consumer.timeout.to_seconds()),  # AWS advice: six times
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=tries),
    )
    allow(consumer, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queue.queue_arn)
    lambda_.EventSourceMapping(
        consumer,
        f"{id}Mapping",
        target=called(consumer),
        event_source_arn=queue.queue_arn,
        batch_size=batch,
        max_concurrency=at_once or _share(consumer),
        report_batch_item_failures=True,
    )
    return WorkQueue(queue, dead)


def _share(consumer: lambda_.Function) -> int | None:
    """Return how many calls the consumer's reserved concurrency allows, 2 at least as a mapping has it."""
    reserved = cast("lambda_.CfnFunction", consumer.node.default_child).reserved_concurrent_executions
    return max(2, int(reserved)) if reserved else None
