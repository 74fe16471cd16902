"""The way of a notification to browsers: users' notifications, deliveries to devices, and what became of neither."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.listening import listen
from serverless_socketio.cdk.function import allow
from serverless_socketio.cdk.scheduled import call_by_schedule
from serverless_socketio.cdk.work_queue import dead_letters, let_send, work_queue

BATCH = 10  # SQS's most without a batching window, which would let a single notification wait
MAX_TRIES = 5  # of a message whose call broke; what a push service refuses is tried again by a message of its own
AT_ONCE = 10  # a thousand notifications a second and more, and never the concurrency that connections and frames need
EVENT_AGE_S = 6 * 3600  # Lambda's longest; a notification is worth telling for a day


class PushDelivery(Construct):
    """Two queues with a function each, and one place for all that died.

    The queue `push` holds notifications of users: the function Push decides what becomes of each, and puts one message
    for every device into `deliveries`: the function Sender reaches out to push services. Push also hears the events
    `PushNotification` on the bus, and looks once a day for plans that are about to expire.

    Attributes:
        push: Where functions leave notifications, and Lambda what else Push was called for and failed three times.
        deliveries: Where Push leaves what goes to a device, and Sender what is to be tried again.
        dead: Where an operator looks.
    """

    def __init__(
        self, scope: Construct, id: str, *, push: lambda_.Function, sender: lambda_.Function, bus: events.IEventBus
    ) -> None:
        super().__init__(scope, id)
        self.dead = dead_letters(self)
        self.push, self.deliveries = (
            work_queue(
                self, name, consumer=consumer, batch=BATCH, tries=MAX_TRIES, at_once=AT_ONCE, dead=self.dead
            ).queue
            for name, consumer in {"Push": push, "Deliveries": sender}.items()
        )
        let_send(self.deliveries, "DELIVERIES_QUEUE_URL", push, sender)
        let_send(self.dead, "PUSH_DEAD_QUEUE_URL", push, sender)
        age = Duration.seconds(EVENT_AGE_S)
        listen(self, "PushNotification", bus=bus, function=push, again=self.push, dead=self.dead, age=age)
        call_by_schedule(
            self,
            "EveryDay",
            function=push,
            expression="cron(0 9 * * ? *)",  # in UTC; users' quiet hours are kept whatever the hour
            says="expiring",
            worth_s=EVENT_AGE_S,
            retries=10,
        )

    def let_notify(self, functions: Sequence[lambda_.Function]) -> None:
        """Let functions leave notifications."""
        let_send(self.push, "PUSH_QUEUE_URL", *functions)


def allow_sending(sender: lambda_.Function, *, parameter: str, subject: str) -> None:
    """Let the sender sign with the key in `parameter`.

    The parameter is encrypted with the account's own key `aws/ssm`, which needs no grant.
    """
    stack = Stack.of(sender)
    name = stack.format_arn(service="ssm", resource="parameter", resource_name=parameter.removeprefix("/"))
    allow(sender, ["ssm:GetParameter"], name)
    sender.add_environment("VAPID_PARAMETER", parameter)
    sender.add_environment("VAPID_SUBJECT", subject)
