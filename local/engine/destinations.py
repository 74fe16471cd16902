"""Where an asynchronous event goes that Lambda has given up: the function's destination, and its dead-letter queue.

A destination gets a record of the invocation ("Capturing records of Lambda asynchronous invocations"), a dead-letter
queue gets the event itself, with the error in attributes ("Adding a dead-letter queue"). Both are sent by AWS's own
API, as the engine's root user: that the function's role may send is not checked. Either way it is counted, by the
metric `AsyncEventsDropped`.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local import aws
from local.engine.asynchronous import Queued, settings

logger = logging.getLogger(__name__)

TOLD_MAX = 1024  # characters of the attribute `ErrorMessage`


@dataclass(frozen=True)
class Arn:
    """A resource's ARN, taken apart."""

    text: str

    @property
    def service(self) -> str:
        """The service, e.g. "sqs"."""
        return self.text.split(":")[2]

    @property
    def name(self) -> str:
        """The last part, e.g. a queue's name."""
        return self.text.rpartition(":")[2]


class Destinations:
    """Sends what is given up, through the engine at an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def give_up(self, queued: Queued, condition: str) -> None:
        """Count an event as dropped, and send it to wherever its function wants failed ones, perhaps nowhere."""
        self._count(queued)
        config = queued.function["config"]
        if (
            destination := settings(queued.function)
            .get("DestinationConfig", {})
            .get("OnFailure", {})
            .get("Destination")
        ):
            self._send(destination, json.dumps(record(queued, condition)), {})
        if letters := (config.get("DeadLetterConfig") or {}).get("TargetArn"):
            self._send(letters, json.dumps(queued.event), attributes(queued))

    def _count(self, queued: Queued) -> None:
        """Lambda's own metric; "Viewing metrics for Lambda functions"."""
        dimensions = [{"Name": "FunctionName", "Value": queued.function["config"]["FunctionName"]}]
        dropped = {"MetricName": "AsyncEventsDropped", "Dimensions": dimensions, "Value": 1, "Unit": "Count"}
        try:
            aws.client("cloudwatch", self._endpoint).put_metric_data(Namespace="AWS/Lambda", MetricData=[dropped])
        except Exception:
            logger.exception("A dropped event could not be counted")

    def _send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        target = Arn(arn)
        sender: Callable[[Any, Arn, str, Mapping[str, str]], Any] | None = SENDERS.get(target.service)
        if sender is None:
            logger.error("Events cannot be sent to %s here", arn)
            return
        try:
            sender(aws.client(target.service, self._endpoint), target, body, attributes)
        except Exception:
            logger.exception("An event that was given up could not be sent to %s", arn)


def record(queued: Queued, condition: str) -> dict[str, Any]:
    """Return the record of an invocation. What the function said is in it only if it ran."""
    found: dict[str, Any] = {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "requestContext": {
            "requestId": queued.request_id,
            "functionArn": f"{queued.function['config']['FunctionArn'].removesuffix(':$LATEST')}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": queued.errors,
        },
        "requestPayload": queued.event,
    }
    if queued.last is not None:
        found["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": queued.last.get("function_error") or "Unhandled",
        }
        found["responsePayload"] = queued.last.get("body")
    return found


def attributes(queued: Queued) -> dict[str, str]:
    """Return what a dead letter tells beside the event."""
    body = (queued.last or {}).get("body")
    message = body.get("errorMessage", "") if isinstance(body, dict) else ""
    status = "200" if queued.last else "429"
    return {"RequestID": queued.request_id, "ErrorCode": status, "ErrorMessage": message[:TOLD_MAX] or "Throttled"}


def _to_queue(client: Any, queue: Arn, body: str, attributes: Mapping[str, str]) -> None:
    url = client.get_queue_url(QueueName=queue.name)["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=_strings(attributes))


def _to_topic(client: Any, topic: Arn, body: str, attributes: Mapping[str, str]) -> None:
    client.publish(TopicArn=topic.text, Message=body, MessageAttributes=_strings(attributes))


def _to_function(client: Any, function: Arn, body: str, _attributes: Mapping[str, str]) -> None:
    client.invoke(FunctionName=function.text, InvocationType="Event", Payload=body)


def _to_bus(client: Any, bus: Arn, body: str, _attributes: Mapping[str, str]) -> None:
    detail_type = "Lambda Function Invocation Result - Failure"
    entry = {"EventBusName": bus.text, "Source": "lambda", "DetailType": detail_type, "Detail": body}
    client.put_events(Entries=[entry])


SENDERS = {"sqs": _to_queue, "sns": _to_topic, "lambda": _to_function, "events": _to_bus}


def _strings(attributes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
