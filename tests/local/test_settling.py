"""Which requests are answered at once, and which after a snapshot."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from local.engine import borrowed, settling

if TYPE_CHECKING:
    from local.engine.borrowed import Handler

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("service", "action"),
    [
        ("dynamodb", "PutItem"),
        ("dynamodb", "TransactWriteItems"),
        ("dynamodb", "TransactGetItems"),
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "Query"),
        ("dynamodb", "DescribeTable"),
        ("sqs", "SendMessageBatch"),
        ("sqs", "ReceiveMessage"),
        ("ssm", "GetParameter"),
        ("states", "StartExecution"),
        ("events", "PutEvents"),
        ("kms", "Decrypt"),
        ("sts", "AssumeRole"),
    ],
)
def test_what_is_asked_often_is_answered_at_once(service: str, action: str) -> None:
    assert not settling.is_lasting(service, "POST", "/", action)


@pytest.mark.parametrize(
    ("service", "action"),
    [
        ("dynamodb", "CreateTable"),
        ("dynamodb", "UpdateTimeToLive"),
        ("dynamodb", "ExecuteTransaction"),
        ("sqs", "CreateQueue"),
        ("sqs", "SetQueueAttributes"),
        ("ssm", "PutParameter"),
        ("events", "PutRule"),
        ("iam", "CreateRole"),
        ("states", "CreateStateMachine"),
        ("cloudformation", "CreateStack"),
        ("cloudformation", "DescribeStacks"),
    ],
)
def test_what_only_a_snapshot_keeps_waits_for_one(service: str, action: str) -> None:
    assert settling.is_lasting(service, "POST", "/", action)


@pytest.mark.parametrize(
    ("method", "path", "lasting"),
    [
        ("PUT", "/2017-10-31/functions/name/concurrency", True),
        ("PUT", "/2015-03-31/functions/name/code", True),
        ("POST", "/2015-03-31/functions", True),
        ("POST", "/2015-03-31/functions/name/invocations", False),
        ("POST", "/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:name/invocations", False),
        ("GET", "/2015-03-31/functions/name", False),
    ],
)
def test_functions_are_told_apart_by_method_and_path(method: str, path: str, lasting: bool) -> None:
    assert settling.is_lasting("lambda", method, path, "") is lasting


@pytest.mark.parametrize(
    ("headers", "path", "body", "query", "action"),
    [
        ({"x-amz-target": "DynamoDB_20120810.PutItem"}, "/", b"{}", {}, "PutItem"),
        (FORM, "/", b"Version=2010-05-08&Action=CreateRole&RoleName=x", {}, "CreateRole"),
        (FORM, "/", b"Action=DescribeStacks", {}, "DescribeStacks"),
        ({}, "/", b"", {"Action": ["GetUser"]}, "GetUser"),
        ({}, "/service/GraniteServiceVersion20100801/operation/PutMetricData", b"", {}, "PutMetricData"),
        ({}, "/bucket/key", b"Action=CreateRole", {}, ""),
    ],
)
def test_an_action_is_named_by_header_path_query_or_form(
    headers: dict[str, str], path: str, body: bytes, query: dict[str, Any], action: str
) -> None:
    assert settling.action_of(headers, path, body, query) == action


@pytest.mark.parametrize(("status", "order"), [(200, ["handled", "settled"]), (400, ["handled"])])
def test_only_what_was_done_is_waited_for(monkeypatch: pytest.MonkeyPatch, status: int, order: list[str]) -> None:
    happened: list[str] = []
    wrapped: dict[str, Handler] = {}

    async def handle(*_: Any) -> tuple[Any, ...]:
        happened.append("handled")
        return status, {}, b""

    async def settle() -> None:
        happened.append("settled")

    monkeypatch.setattr(borrowed, "wrap_services", lambda wrap: wrapped.update(ssm=wrap("ssm", handle)))
    settling.install(settle)

    async def ask() -> tuple[Any, ...]:
        return await wrapped["ssm"]("POST", "/", {"x-amz-target": "AmazonSSM.PutParameter"}, b"", {})

    assert asyncio.run(ask())[0] == status
    assert happened == order
