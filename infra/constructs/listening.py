"""Events of one kind on a bus, and a function that hears them; what it never heard or could not do is kept.

An asynchronous call has three tries within three minutes, Lambda's most. What failed thrice comes again by a queue of
the function's own, as Lambda's record of the failed invocation (`serverless_socketio_chat.failed_calls`).
"""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from serverless_socketio.cdk.function import allow, called, qualifier
from serverless_socketio.cdk.work_queue import into

RETRIES = 2  # of an asynchronous call, Lambda's most: after one minute and after two


def listen(
    scope: Construct,
    detail_type: str,
    *,
    bus: events.IEventBus,
    function: lambda_.Function,
    again: sqs.Queue,
    dead: sqs.Queue,
    age: Duration,
) -> None:
    """Call `function` with every event `detail_type` on the bus; the rule has that name, too.

    A call that fails three times, or is throttled for longer than `age`, goes to `again`, a queue that calls
    `function`: so do calls by a schedule and by other backends, since all of them are asynchronous. An event that
    EventBridge cannot hand over within `age` goes to `dead`.
    """
    target = targets.LambdaFunction(called(function), dead_letter_queue=dead, max_event_age=age)
    pattern = events.EventPattern(detail_type=[detail_type])
    events.Rule(scope, detail_type, event_bus=bus, event_pattern=pattern, targets=[target])
    lambda_.CfnEventInvokeConfig(
        scope,
        "Undone",
        function_name=function.function_name,
        qualifier=qualifier(function),
        maximum_retry_attempts=RETRIES,
        maximum_event_age_in_seconds=age.to_seconds(),
        destination_config=into(again),
    )
    allow(function, ["sqs:SendMessage"], again.queue_arn)
