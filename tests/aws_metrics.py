"""AWS's own metrics that alarms and dashboard read, as AWS documents them, and where. Not tried on live AWS.

`tests/infra/test_watching.py` holds the template to this table, `tests/local` what the local cloud makes of causes.
"""

from dataclasses import dataclass

GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
STATES = "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"
DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"
USAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Service-Quota-Integration.html"


@dataclass(frozen=True)
class Documented:
    """One metric. `dimensions`: the set that is used here; `unit`: as CloudWatch names it; `source`: the page."""

    dimensions: frozenset[str]
    unit: str
    source: str


def _of(dimensions: str, unit: str, source: str) -> Documented:
    return Documented(frozenset(dimensions.split()), unit, source)


AWS_METRICS = {
    ("AWS/Lambda", "Invocations"): _of("FunctionName", "Count", LAMBDA),
    ("AWS/Lambda", "Errors"): _of("FunctionName", "Count", LAMBDA),
    ("AWS/Lambda", "Throttles"): _of("FunctionName", "Count", LAMBDA),
    ("AWS/Lambda", "Duration"): _of("FunctionName", "Milliseconds", LAMBDA),
    ("AWS/Lambda", "AsyncEventsDropped"): _of("FunctionName", "Count", LAMBDA),
    ("AWS/Lambda", "ConcurrentExecutions"): _of("FunctionName", "Count", LAMBDA),
    ("AWS/ApiGateway", "ConnectCount"): _of("ApiId", "Count", GATEWAY),
    ("AWS/ApiGateway", "MessageCount"): _of("ApiId", "Count", GATEWAY),
    ("AWS/ApiGateway", "IntegrationError"): _of("ApiId", "Count", GATEWAY),
    ("AWS/ApiGateway", "ExecutionError"): _of("ApiId", "Count", GATEWAY),
    ("AWS/ApiGateway", "ClientError"): _of("ApiId", "Count", GATEWAY),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): _of("QueueName", "Count", SQS),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): _of("QueueName", "Seconds", SQS),
    ("AWS/States", "ExecutionsFailed"): _of("StateMachineArn", "Count", STATES),
    ("AWS/DynamoDB", "ReadThrottleEvents"): _of("TableName", "Count", DYNAMODB),
    ("AWS/DynamoDB", "WriteThrottleEvents"): _of("TableName", "Count", DYNAMODB),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): _of("TableName", "Count", DYNAMODB),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): _of("TableName", "Count", DYNAMODB),
    ("AWS/Usage", "ResourceCount"): _of("Service Type Resource Class", "None", USAGE),
}
"""Each by namespace and name."""

OWN_METRICS = {
    "Pinged": {"stack"},
    "Ghosts": {"stack"},
    "Unaccepted": {"stack"},
    "PostsFailed": {"stack"},
    "Events": {"stack", "outcome"},
    "AckLatency": {"stack"},
    "Connects": {"stack", "outcome"},
    "AnswersEnded": {"stack", "reason"},
    "AnswersRunning": {"stack"},
    "AnswersStuck": {"stack"},
    "FirstChunk": {"stack"},
    "ModelFailures": {"stack"},
}
"""What functions print in `ServerlessSocketio`, with its dimensions; the sender's `Push…`, by `host`, apart."""
