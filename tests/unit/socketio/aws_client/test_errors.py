"""A refusal says the same as botocore's error would, whichever part wrote it: the service, a load balancer, a proxy."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio.aws.client.dynamodb import _loads
from serverless_socketio.aws.client.errors import ClientError, client_error
from serverless_socketio.aws.client.http1 import Response
from serverless_socketio.aws.table import _translated
from serverless_socketio.exceptions import TransactionRefused

JSON_1_0 = ["dynamodb", "stepfunctions"]
REST = ["apigatewaymanagementapi", "lambda"]

NAMES = st.sampled_from(
    ["ThrottlingException", "ConditionalCheckFailedException", "GoneException", "Nothing:known", ""]
)
CODES = st.one_of(
    NAMES,
    NAMES.map(lambda name: f"com.amazonaws.dynamodb.v20120810#{name}"),
    NAMES.map(lambda name: f"{name}:http://internal.amazon.com/coral/com.amazon.coral.service/"),
)
MESSAGES = st.text(max_size=20)
BODIES = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"__type": CODES, "message": MESSAGES, "Message": MESSAGES, "code": CODES, "Code": CODES}
    ).map(json.dumps),
    st.sampled_from(
        ["", "   ", "<html><body>503</body></html>", "upstream connect error", "{}", '{"message": "Forbidden"}']
    ),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "x-amzn-errortype": CODES.filter(bool),
        "x-amzn-requestid": st.just("R1"),
        "x-amzn-query-error": st.sampled_from(["AWS.SimpleQueueService.NonExistentQueue;Sender", "odd", ";Sender"]),
    },
)
STATUSES = st.sampled_from([301, 400, 403, 404, 409, 410, 413, 429, 500, 502, 503, 504])


@lru_cache
def parser(service: str) -> Any:
    model = botocore.session.get_session().get_service_model(service)
    return create_parser(model.metadata["protocol"])


def by_botocore(service: str, answer: Response) -> Any:
    headers = botocore.awsrequest.HeadersDict(answer.headers)
    found = {"status_code": answer.status, "headers": headers, "body": answer.body}
    return parser(service).parse(found, None)


def in_short(response: Any) -> Any:
    error = response["Error"]
    return error["Code"], error["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


@given(st.sampled_from([*JSON_1_0, *REST, "sqs"]), STATUSES, HEADERS, BODIES)
@example("lambda", 404, {"x-amzn-errortype": "ResourceNotFoundException:http://x"}, '{"Message": "no such function"}')
@example("apigatewaymanagementapi", 410, {"x-amzn-errortype": "GoneException"}, "")
@example("dynamodb", 503, {}, "")
def test_an_answer_is_the_same_error(service: str, status: int, headers: dict[str, str], body: str) -> None:
    answer = Response(status, headers, body.encode())
    ours = client_error(answer, "AnyCall", is_rest=service in REST)
    assert in_short(ours.response) == in_short(by_botocore(service, answer))
    assert ours.response["ResponseMetadata"].get("RequestId") == headers.get("x-amzn-requestid")


@given(st.sampled_from([*JSON_1_0, *REST]), STATUSES, st.binary())
def test_whatever_comes_is_an_error_with_its_status(service: str, status: int, body: bytes) -> None:
    error = client_error(Response(status, {}, body), "AnyCall", is_rest=service in REST)
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert isinstance(error.response["Error"]["Code"], str)


@pytest.mark.parametrize("body", ["[]", "null", "5", '"text"', '{"message": null}'])
def test_json_that_is_no_error_is_one_by_its_status(body: str) -> None:
    error = client_error(Response(400, {}, body.encode()), "AnyCall", is_rest=False)
    assert error.response["Error"]["Code"] == "400"


def test_a_cancelled_transaction_says_why_with_items_as_they_were() -> None:
    reasons = [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "failed", "Item": {"pk": {"S": "a"}, "frame": {"B": "AP8="}}},
    ]
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": reasons,
    }
    error = client_error(
        Response(400, {}, json.dumps(body).encode()), "TransactWriteItems", is_rest=False, loads=_loads
    )
    assert error.response["Error"]["Code"] == "TransactionCanceledException"
    assert error.response["CancellationReasons"][1]["Item"]["frame"] == {"B": b"\x00\xff"}
    refused = _translated(error.response)
    assert isinstance(refused, TransactionRefused)
    assert [failure and failure.item for failure in refused.failures] == [None, {"pk": "a", "frame": b"\x00\xff"}]


def test_an_error_is_read_as_botocores_is() -> None:
    error = client_error(Response(403, {}, b'{"message": "Forbidden"}'), "PostToConnection", is_rest=True)
    assert isinstance(error, ClientError)
    assert error.operation_name == "PostToConnection"
    assert str(error) == "PostToConnection was refused: 403: Forbidden"
