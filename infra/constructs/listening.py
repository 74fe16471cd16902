"""Events of one kind on a bus, and a function that hears them; what it never heard or could not do is kept."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from serverless_socketio.cdk.function import allow
from serverless_socketio.cdk.work_queue import into


def listen(
    scope: Construct,
    detail_type: str,
    *,
    bus: events.IEventBus,
    function: lambda_.Function,
    dead: sqs.Queue,
    tries: int,
    age: Duration,
) -> None:
    """Call `function` with every event `detail_type` on the bus; the rule has that name, too.

    An event that cannot be delivered within `age`, and a call that fails `tries` times, goes to `dead`: so do calls by
    a schedule and by other backends, since all of them are asynchronous.
    """
    target = targets.LambdaFunction(function, dead_letter_queue=dead, max_event_age=age)
    pattern = events.EventPattern(detail_type=[detail_type])
    events.Rule(scope, detail_type, event_bus=bus, event_pattern=pattern, targets=[target])
    lambda_.CfnEventInvokeConfig(
        scope,
        "Undone",
        function_name=function.function_name,
        qualifier="$LATEST",
        maximum_retry_attempts=tries - 1,
        maximum_event_age_in_seconds=age.to_seconds(),
        destination_config=into(dead),
    )
    allow(function, ["sqs:SendMessage"], dead.queue_arn)
