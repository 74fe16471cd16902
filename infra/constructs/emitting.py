"""Ways in for other backends, and the way out to large rooms: a bus, a queue of batches, and what became of neither."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs.chat_function import ChatFunction
from infra.constructs.listening import listen
from infra.constructs.work_queue import let_send, work_queue

BATCH = 1  # a batch is a call of its own: one that fails takes no other with it
MAX_TRIES = 10  # of a message whose call broke, six minutes apart; who was only refused gets a batch of their own
POSTERS_MAX = 10  # at about 500 posts a second each, half of API Gateway's default quota for an account
DELIVERY_AGE = Duration.hours(1)  # an event that could not be delivered for so long is of no interest to who is there


class Emitting(Construct):
    """A bus whose events `Emit` reach the emitter, a queue of batches for it, and one place for all that died.

    That place holds details that were refused (with the reasons), events that EventBridge could not deliver, and events
    and batches whose calls failed for an hour. `chat-admin emitting` shows them and puts them back.

    Attributes:
        bus: Where other backends put events; only they whose role says so (`docs/emitting.md`).
        batches: Where a function leaves events to large rooms, and Lambda events whose call failed three times.
        dead: Where an operator looks.
    """

    def __init__(self, scope: Construct, id: str, *, emitter: ChatFunction, emitter_timeout_s: int) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"{Stack.of(self).stack_name}-bus")
        made = work_queue(
            self,
            "Batches",
            consumer=emitter,
            consumer_timeout_s=emitter_timeout_s,
            batch=BATCH,
            tries=MAX_TRIES,
            at_once=POSTERS_MAX,
        )
        self.batches, self.dead = made.queue, made.dead
        listen(self, "Emit", bus=self.bus, function=emitter, again=self.batches, dead=self.dead, age=DELIVERY_AGE)
        let_send(self.dead, "EMITTING_DEAD_QUEUE_URL", emitter)

    def let_hand_on(self, *functions: ChatFunction) -> None:
        """Let functions leave events to large rooms to the batches."""
        let_send(self.batches, "BATCHES_QUEUE_URL", *functions)
