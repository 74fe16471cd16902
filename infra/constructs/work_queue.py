"""A queue that calls one function, and where what fails again and again ends up."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.chat_function import ChatFunction


@dataclass(frozen=True)
class WorkQueue:
    """A queue and its dead letters."""

    queue: sqs.Queue
    dead: sqs.Queue


def work_queue(
    scope: Construct, id: str, *, consumer: ChatFunction, consumer_timeout_s: int, batch: int, tries: int
) -> WorkQueue:
    """Make the queue `id`, whose messages go to `consumer`, up to `batch` a call; after `tries` they go to `Dead`.

    The consumer names those of a batch that must come again.
    """
    hidden_s = 6 * consumer_timeout_s  # AWS advice: six times the function's time-out
    dead = sqs.Queue(scope, "Dead", enforce_ssl=True, retention_period=Duration.days(14))
    queue = sqs.Queue(
        scope,
        id,
        enforce_ssl=True,
        retention_period=Duration.seconds((tries + 1) * hidden_s),  # or it would vanish rather than die
        visibility_timeout=Duration.seconds(hidden_s),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=tries),
    )
    consumer.allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queue.queue_arn)
    consumer.add_event_source_mapping(
        f"{id}Mapping", event_source_arn=queue.queue_arn, batch_size=batch, report_batch_item_failures=True
    )
    return WorkQueue(queue, dead)
