"""Rehearsals: for every operation that functions here use, botocore goes as far as it would."""

from typing import Any

import boto3
import pytest

from local.workers.inside.learning import example, rehearse

CALLS = [
    "dynamodb.GetItem",
    "dynamodb.PutItem",
    "dynamodb.UpdateItem",
    "dynamodb.DeleteItem",
    "dynamodb.Query",
    "dynamodb.BatchGetItem",
    "dynamodb.BatchWriteItem",
    "dynamodb.TransactWriteItems",
    "apigatewaymanagementapi.PostToConnection",
    "apigatewaymanagementapi.DeleteConnection",
    "stepfunctions.StartExecution",
    "sqs.SendMessageBatch",
    "lambda.Invoke",
    "ssm.GetParameter",
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_rehearsed_to_its_end(call: str) -> None:
    service, operation = call.split(".")
    client: Any = boto3.client(  # type: ignore[call-overload]
        service,
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
    )
    ended: list[str] = []
    client.meta.events.register("after-call", lambda model, **_: ended.append(model.name))
    rehearse(client, operation)
    assert ended == [operation]
    client.close()


def test_an_operation_that_there_is_not_is_left_out() -> None:
    client = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    rehearse(client, "NoSuchOperation")
    client.close()


def test_an_operation_without_input_has_an_empty_one() -> None:
    assert example(None) == {}
