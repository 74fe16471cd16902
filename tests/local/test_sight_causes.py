"""Causes, provoked on a running cloud, and the trace that each leaves: named as AWS names it."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from local import aws
from tests.aws_metrics import AWS_METRICS
from tests.local.conftest import Api, make_api, make_function
from tests.processes import Run

pytestmark = pytest.mark.e2e

WITHIN_S = 60
STATES = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "No", "Cause": "on purpose"}}}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


@pytest.fixture(scope="module")
def watched(bare: Run, api: Api) -> Api:
    """An API of this file's own, beside the first."""
    return make_api(bare, "watched")


def state(run: Run) -> dict[str, Any]:
    with urllib.request.urlopen(f"{run.endpoint}/_local/state.json", timeout=30) as answer:  # noqa: S310 - its own
        found: dict[str, Any] = json.load(answer)
        return found


def statistic(run: Run, namespace: str, name: str, dimensions: Mapping[str, str], kind: str = "Sum") -> float:
    """What a metric came to, held to what AWS documents of it."""
    assert {*dimensions} == AWS_METRICS[namespace, name].dimensions
    for metric in state(run)["metrics"]:
        if (metric["namespace"], metric["name"], metric["dimensions"]) == (namespace, name, dimensions):
            return float(metric["statistics"][kind] or 0)
    return 0


def eventually(reads: Callable[[], float], at_least: float = 1) -> float:
    """Wait until a figure is so large."""
    deadline = time.monotonic() + WITHIN_S
    while (value := reads()) < at_least:
        assert time.monotonic() < deadline, value
        time.sleep(0.1)
    return value


def refused_handshake(url: str) -> None:
    with pytest.raises(InvalidStatus), connect(url):
        raise AssertionError("it was let in")


def test_connections_and_messages_both_ways_are_counted(watched: Api) -> None:
    def count(name: str) -> float:
        return statistic(watched.run, "AWS/ApiGateway", name, {"ApiId": watched.id})

    connects, messages = count("ConnectCount"), count("MessageCount")
    with watched.connect() as client:
        client.send("echo:hello")
        assert client.recv(timeout=30) == "hello"
        found = state(watched.run)
        assert len(found["connections"]) >= 1
        assert [each["text"] for each in found["frames"][:2]] == ["hello", "echo:hello"]
    assert (count("ConnectCount"), count("MessageCount")) == (connects + 1, messages + 2)


def test_a_function_that_raises_is_an_error_of_its_own_and_of_the_integration(watched: Api) -> None:
    with watched.connect() as client:
        client.send("raise:on purpose")
        client.recv(timeout=30)
    run = watched.run
    assert eventually(lambda: statistic(run, "AWS/ApiGateway", "IntegrationError", {"ApiId": watched.id})) >= 1
    assert statistic(run, "AWS/Lambda", "Errors", {"FunctionName": "watched"}) >= 1
    calls = statistic(run, "AWS/Lambda", "Invocations", {"FunctionName": "watched"})
    assert calls > statistic(run, "AWS/Lambda", "Errors", {"FunctionName": "watched"})
    assert statistic(run, "AWS/Lambda", "Duration", {"FunctionName": "watched"}) > 0


def test_a_refused_handshake_is_an_error_of_the_integration(watched: Api) -> None:
    def errors() -> float:
        return statistic(watched.run, "AWS/ApiGateway", "IntegrationError", {"ApiId": watched.id})

    before = errors()
    refused_handshake(f"{watched.url}?status=401")
    assert errors() == before + 1


def test_a_call_that_lambda_refuses_is_a_throttle_and_an_error_of_execution(watched: Api) -> None:
    run, client = watched.run, aws.client("lambda", watched.run.endpoint)
    client.put_function_concurrency(FunctionName="watched", ReservedConcurrentExecutions=0)
    try:
        refused_handshake(watched.url)
    finally:
        client.delete_function_concurrency(FunctionName="watched")
    assert statistic(run, "AWS/ApiGateway", "ExecutionError", {"ApiId": watched.id}) >= 1
    assert statistic(run, "AWS/Lambda", "Throttles", {"FunctionName": "watched"}) >= 1


def test_what_api_gateway_refuses_itself_is_an_error_of_the_client(bare: Run, api: Api) -> None:
    narrow = make_api(bare, "narrow")
    throttle = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    gateway = aws.client("apigatewayv2", bare.endpoint)
    gateway.update_stage(ApiId=narrow.id, StageName="live", RouteSettings={"$connect": throttle})
    with narrow.connect():
        refused_handshake(narrow.url)
    assert statistic(bare, "AWS/ApiGateway", "ClientError", {"ApiId": narrow.id}) == 1


def test_an_asynchronous_call_that_is_given_up_is_dropped(bare: Run, api: Api) -> None:
    make_function(bare, "dropping", "door.handler", {"SEEN": str(bare.home / "dropping.jsonl")})
    client = aws.client("lambda", bare.endpoint)
    client.put_function_event_invoke_config(FunctionName="dropping", MaximumRetryAttempts=0)
    client.invoke(FunctionName="dropping", InvocationType="Event", Payload=json.dumps({"no": "event"}))
    eventually(lambda: statistic(bare, "AWS/Lambda", "AsyncEventsDropped", {"FunctionName": "dropping"}))


def test_messages_of_a_queue_are_counted_and_the_oldest_is_timed_until_it_is_empty(bare: Run, api: Api) -> None:
    client, by = aws.client("sqs", bare.endpoint), {"QueueName": "letters"}
    url = client.create_queue(QueueName="letters")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="a letter")
    eventually(lambda: statistic(bare, "AWS/SQS", "ApproximateNumberOfMessagesVisible", by, "Maximum"))
    eventually(lambda: statistic(bare, "AWS/SQS", "ApproximateAgeOfOldestMessage", by, "Maximum"), at_least=0.1)
    (queue,) = [each for each in state(bare)["queues"] if each["name"] == "letters"]
    assert (queue["messages"], queue["visible"]) == (1, 1)


def test_an_execution_that_fails_is_counted(bare: Run, api: Api) -> None:
    role = aws.client("iam", bare.endpoint).create_role(RoleName="fails", AssumeRolePolicyDocument=json.dumps(TRUST))
    client = aws.client("stepfunctions", bare.endpoint)
    machine = client.create_state_machine(name="fails", definition=json.dumps(STATES), roleArn=role["Role"]["Arn"])
    arn = machine["stateMachineArn"]
    client.start_execution(stateMachineArn=arn)
    eventually(lambda: statistic(bare, "AWS/States", "ExecutionsFailed", {"StateMachineArn": arn}))


def test_alarms_of_a_template_are_judged_here_and_told_to_aws_callers(bare: Run, watched: Api) -> None:
    """Also one on an expression, which the engine's own CloudFormation refuses."""
    run = watched.run
    query = {"Namespace": "AWS/ApiGateway", "MetricName": "ConnectCount"}
    dimensions = [{"Name": "ApiId", "Value": watched.id}]
    common = {
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "TreatMissingData": "notBreaching",
    }
    simple = {**common, **query, "Dimensions": dimensions, "Period": 300, "Statistic": "Sum"}
    stat = {"Metric": {**query, "Dimensions": dimensions}, "Period": 300, "Stat": "Sum"}
    expression = {
        **common,
        "AlarmName": "by-expression",
        "Metrics": [
            {"Id": "share", "Expression": "IF(opened >= 1, 100, 0)", "ReturnData": True},
            {"Id": "opened", "MetricStat": stat, "ReturnData": False},
        ],
    }
    never = {**simple, "AlarmName": "never", "Dimensions": [{"Name": "ApiId", "Value": "another"}]}
    resources = {
        name: {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
        for name, properties in {
            "Simple": {**simple, "AlarmName": "simple"},
            "Expression": expression,
            "Never": never,
        }.items()
    }
    cloudformation = aws.client("cloudformation", run.endpoint)
    cloudformation.create_stack(StackName="Alarms", TemplateBody=json.dumps({"Resources": resources}))
    with watched.connect():
        pass

    def going() -> float:
        return len([each for each in state(run)["alarms"] if each["goes"]])

    eventually(going, at_least=2)
    assert {each["name"] for each in state(run)["alarms"] if each["goes"]} == {"simple", "by-expression"}
    described = aws.client("cloudwatch", run.endpoint)

    def told() -> float:
        alarms = described.describe_alarms()["MetricAlarms"]
        return len([each for each in alarms if each["StateValue"] == "ALARM"])

    eventually(told, at_least=2)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_the_page_is_for_this_machine_and_for_no_other_page(bare: Run, headers: dict[str, str], status: int) -> None:
    for path in ("/_local/", "/_local/state.json"):
        client = HTTPConnection("127.0.0.1", bare.port, timeout=30)
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        body = answer.read()
        client.close()
        assert answer.status == status, path
        assert (b"Local cloud" in body or b'"alarms"' in body) == (status == 200)
        if status == 200:
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_local", 308),
        ("GET", "/_local/page.js", 200),
        ("GET", "/_local/page.css", 200),
        ("HEAD", "/_local/state.json", 200),
        ("GET", "/_local/../../pyproject.toml", 404),
        ("GET", "/_local/other", 404),
        ("POST", "/_local/state.json", 405),
    ],
)
def test_nothing_but_the_page_is_served(bare: Run, method: str, path: str, status: int) -> None:
    client = HTTPConnection("127.0.0.1", bare.port, timeout=30)
    client.request(method, path)
    assert client.getresponse().status == status
    client.close()
