"""Ways in for other backends, and the way out to large rooms: a bus, a queue of batches, and what became of neither."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.chat_function import ChatFunction

BATCH = 1  # a batch is a call of its own: one that fails takes no other with it
MAX_TRIES = 3  # of a call that broke, for a batch and for an event; who was only refused gets a batch of their own
POSTERS_MAX = 10  # at about 500 posts a second each, half of API Gateway's default quota for an account
DELIVERY_AGE = Duration.hours(1)  # an event that could not be delivered for so long is of no interest to who is there


class Emitting(Construct):
    """A bus whose events `Emit` reach the emitter, a queue of batches for it, and one place for all that died.

    That place holds details that were refused (with the reasons), events that EventBridge could not deliver or whose
    call failed three times, and batches that nobody could post.

    Attributes:
        bus: Where other backends put events; only they whose role says so (`docs/emitting.md`).
        batches: Where a function leaves events to large rooms.
        dead: Where an operator looks.
    """

    def __init__(self, scope: Construct, id: str, *, emitter: ChatFunction, emitter_timeout_s: int) -> None:
        super().__init__(scope, id)
        hidden_s = 6 * emitter_timeout_s  # AWS advice: six times the function's time-out
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"{Stack.of(self).stack_name}-bus")
        self.dead = sqs.Queue(self, "Dead", enforce_ssl=True, retention_period=Duration.days(14))
        self.batches = sqs.Queue(
            self,
            "Batches",
            enforce_ssl=True,
            retention_period=Duration.seconds((MAX_TRIES + 1) * hidden_s),  # or it would vanish rather than die
            visibility_timeout=Duration.seconds(hidden_s),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=MAX_TRIES),
        )
        self._listen(emitter)
        self._post(emitter)

    def _listen(self, emitter: ChatFunction) -> None:
        """Let the emitter hear `Emit`, and keep what it never heard or could not do."""
        target = targets.LambdaFunction(emitter, dead_letter_queue=self.dead, max_event_age=DELIVERY_AGE)
        events.Rule(
            self,
            "Emit",
            event_bus=self.bus,
            event_pattern=events.EventPattern(detail_type=["Emit"]),
            targets=[target],
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "Undone",
            function_name=emitter.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=MAX_TRIES - 1,
            maximum_event_age_in_seconds=DELIVERY_AGE.to_seconds(),
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=self.dead.queue_arn)
            ),
        )

    def _post(self, emitter: ChatFunction) -> None:
        """Let the emitter work off the batches."""
        emitter.add_environment("EMITTING_DEAD_QUEUE_URL", self.dead.queue_url)
        emitter.allow(["sqs:SendMessage"], self.dead.queue_arn)
        emitter.allow(
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            self.batches.queue_arn,
        )
        emitter.add_event_source_mapping(
            "BatchesMapping",
            event_source_arn=self.batches.queue_arn,
            batch_size=BATCH,
            max_concurrency=POSTERS_MAX,
            report_batch_item_failures=True,
        )

    def let_hand_on(self, *functions: ChatFunction) -> None:
        """Let functions leave events to large rooms to the batches."""
        for function in functions:
            function.add_environment("BATCHES_QUEUE_URL", self.batches.queue_url)
            function.allow(["sqs:SendMessage"], self.batches.queue_arn)
