"""A queue that calls one function, and where what fails again and again ends up."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.chat_function import ChatFunction

KEPT = Duration.days(4)  # however many wait, or however long nobody reads: nothing vanishes without a dead letter


@dataclass(frozen=True)
class WorkQueue:
    """A queue and its dead letters."""

    queue: sqs.Queue
    dead: sqs.Queue


def let_send(queue: sqs.Queue, variable: str, *functions: ChatFunction) -> None:
    """Let functions put messages into a queue, whose URL they find in an environment variable."""
    for function in functions:
        function.add_environment(variable, queue.queue_url)
        function.allow(["sqs:SendMessage"], queue.queue_arn)


def dead_letters(scope: Construct) -> sqs.Queue:
    """Return a queue `Dead` that keeps what it is given as long as SQS can."""
    return sqs.Queue(scope, "Dead", enforce_ssl=True, retention_period=Duration.days(14))


def work_queue(
    scope: Construct,
    id: str,
    *,
    consumer: ChatFunction,
    consumer_timeout_s: int,
    batch: int,
    tries: int,
    at_once: int | None,
    dead: sqs.Queue | None = None,
) -> WorkQueue:
    """Make the queue `id`, whose messages go to `consumer`; it names those of a batch that must come again.

    Args:
        scope: Where it belongs.
        id: Its name there.
        consumer: Who is called.
        consumer_timeout_s: How long such a call may take.
        batch: Messages in a call, at most.
        tries: After so many a message goes to `dead`.
        at_once: Calls at a time, 2 at least: a long line takes no more of the account's concurrency, which frames need.
            `None` where the line cannot be longer than there are connections: Lambda then polls an idle queue by as few
            as two pollers, with a bound always by five, and each empty poll is billed (docs/cost.md, decision 0038).
            A consumer with a share of its own is bound by that.
        dead: A queue of dead letters that is there already; by default a new one, `Dead`.
    """
    hidden_s = 6 * consumer_timeout_s  # AWS advice: six times the function's time-out
    dead = dead or dead_letters(scope)
    queue = sqs.Queue(
        scope,
        id,
        enforce_ssl=True,
        retention_period=KEPT,
        visibility_timeout=Duration.seconds(hidden_s),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=tries),
    )
    consumer.allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queue.queue_arn)
    consumer.add_event_source_mapping(
        f"{id}Mapping",
        event_source_arn=queue.queue_arn,
        batch_size=batch,
        max_concurrency=at_once or _share(consumer),
        report_batch_item_failures=True,
    )
    return WorkQueue(queue, dead)


def _share(consumer: ChatFunction) -> int | None:
    """Return how many calls the consumer's reserved concurrency allows, 2 at least as a mapping has it."""
    return max(2, consumer.concurrency) if consumer.concurrency else None
