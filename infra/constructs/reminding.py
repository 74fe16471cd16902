"""Reminders: messages that come back after some seconds, to look at somebody's presence again."""

from collections.abc import Sequence

from constructs import Construct

from infra.constructs.chat_function import ChatFunction
from infra.constructs.work_queue import let_send, work_queue

BATCH = 10  # SQS's most without a batching window, which would let a single reminder wait
MAX_TRIES = 5
AT_ONCE = None  # a device that goes is one reminder: ten thousand that go at a time are looked at in twelve seconds


class Reminding(Construct):
    """A queue of reminders for `consumer`; `senders` may fill it. Each message brings its own delay."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        consumer: ChatFunction,
        consumer_timeout_s: int,
        senders: Sequence[ChatFunction],
    ) -> None:
        super().__init__(scope, id)
        made = work_queue(
            self,
            "Reminders",
            consumer=consumer,
            consumer_timeout_s=consumer_timeout_s,
            batch=BATCH,
            tries=MAX_TRIES,
            at_once=AT_ONCE,
        )
        self.reminders, self.dead = made.queue, made.dead
        let_send(self.reminders, "REMINDERS_QUEUE_URL", *senders)
