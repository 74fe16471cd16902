"""The ticks: twelve a minute, whether anybody is there or not."""

from constructs import Construct

from infra.constructs.chat_function import ChatFunction
from infra.constructs.scheduled import call_by_schedule
from infra.constructs.work_queue import let_send, work_queue

BATCH = 1  # a tick is a call of its own: one that fails takes no other with it
AT_ONCE = None  # a share is 250 connections and a second or two, so a million connections are 67 calls at a time
MAX_TRIES = 2  # the second is for a throttled call; a tick that fails twice is worth a look


class Sweeping(Construct):
    """A queue of delayed ticks, what died of them, and the schedule that has the sweeper fill it once a minute.

    A schedule comes at most once a minute and up to a minute late; delayed messages bring it down to ten seconds. The
    sweeper skips a tick whose slot has been served, so the queue needs no order.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sweeper: ChatFunction,
        sweeper_timeout_s: int,
    ) -> None:
        super().__init__(scope, id)
        made = work_queue(
            self,
            "Ticks",
            consumer=sweeper,
            consumer_timeout_s=sweeper_timeout_s,
            batch=BATCH,
            tries=MAX_TRIES,
            at_once=AT_ONCE,
        )
        self.ticks, self.dead = made.queue, made.dead
        let_send(self.ticks, "TICKS_QUEUE_URL", sweeper)
        # A minute later the next one comes: nothing is worth repeating for longer.
        call_by_schedule(
            self,
            "EveryMinute",
            function=sweeper,
            expression="rate(1 minute)",
            says="ticks",
            worth_s=60,
            retries=1,
        )
