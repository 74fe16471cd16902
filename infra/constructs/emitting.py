"""The way in for other backends: a bus, and what became of events that could not be emitted."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.listening import listen

MAX_TRIES = 3  # of an event whose call broke
DELIVERY_AGE = Duration.hours(1)  # an event that could not be delivered for so long is of no interest to who is there


class Emitting(Construct):
    """A bus whose events `Emit` reach the emitter.

    `dead` gets details that were refused (with the reasons), and events that EventBridge could not deliver or whose
    call failed three times; batches that could not be posted are there already.

    Attributes:
        bus: Where other backends put events; only they whose role says so (`docs/emitting.md`).
    """

    def __init__(self, scope: Construct, id: str, *, emitter: lambda_.Function, dead: sqs.Queue) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"{Stack.of(self).stack_name}-bus")
        listen(self, "Emit", bus=self.bus, function=emitter, dead=dead, tries=MAX_TRIES, age=DELIVERY_AGE)
