"""The way in for other backends: a bus, and what became of events that could not be emitted."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.listening import listen
from serverless_socketio.cdk.work_queue import WorkQueue

DELIVERY_AGE = Duration.hours(1)  # an event that could not be delivered for so long is of no interest to who is there


class Emitting(Construct):
    """A bus whose events `Emit` reach the emitter.

    The place for all that died holds details that were refused (with the reasons), events that EventBridge could not
    deliver, and events and batches whose calls failed for an hour. `chat-admin emitting` shows them and puts them back.

    Attributes:
        bus: Where other backends put events; only they whose role says so (`docs/emitting.md`).
    """

    def __init__(self, scope: Construct, id: str, *, emitter: lambda_.Function, batches: WorkQueue) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"{Stack.of(self).stack_name}-bus")
        listen(self, "Emit", bus=self.bus, function=emitter, again=batches.queue, dead=batches.dead, age=DELIVERY_AGE)
