"""Open packets of connections that were not there yet: messages that come back a second later."""

from typing import cast

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.chat_function import ChatFunction
from infra.constructs.work_queue import let_send, work_queue

BATCH = 1  # a connection is a call of its own: one that fails takes no other with it
MAX_TRIES = 2  # a message is worth something for five seconds; one that fails twice is worth a look
AT_ONCE = None  # the throttle of `$connect` bounds it: 300 a second, each tried five times, are some 75 calls at a time


class Opening(Construct):
    """A queue that `opener` fills and `late` reads, apart from the ticks, which a flood of handshakes must not delay.

    Its dead letters are also where an asynchronous call of `opener` goes that Lambda could not run within its age, or
    that failed: a client that never got its open packet leaves a trace.
    """

    def __init__(
        self, scope: Construct, id: str, *, opener: ChatFunction, late: ChatFunction, late_timeout_s: int
    ) -> None:
        super().__init__(scope, id)
        made = work_queue(
            self,
            "Openings",
            consumer=late,
            consumer_timeout_s=late_timeout_s,
            batch=BATCH,
            tries=MAX_TRIES,
            at_once=AT_ONCE,
        )
        self.openings, self.dead = made.queue, made.dead
        let_send(self.openings, "OPENINGS_QUEUE_URL", opener, late)
        opener.allow(["sqs:SendMessage"], self.dead.queue_arn)
        _calls_of(opener).destination_config = lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=self.dead.queue_arn)
        )


def _calls_of(function: ChatFunction) -> lambda_.CfnEventInvokeConfig:
    """How asynchronous calls of a function are made. CDK's own destination would grant more than is needed."""
    made = function.node.find_child("EventInvokeConfig").node.default_child
    return cast("lambda_.CfnEventInvokeConfig", made)
