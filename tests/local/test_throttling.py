"""Throttling on a running engine, as AWS's documentation describes it."""

import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from local import aws
from local.settings import REGION
from tests.local.conftest import Api, make_api, make_function
from tests.processes import Run, running

pytestmark = pytest.mark.e2e

AT_ONCE_S = 1.0  # on a busy machine; a worker is waited for far longer
TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ]
                }
            },
        }
    }
}


def lambda_client(run: Run) -> Any:
    return aws.client("lambda", run.endpoint)


@contextmanager
def impatient(run: Run, tries: int = 1) -> Iterator[Any]:
    """A client that takes the first answer, and is closed."""
    client = boto3.client(
        "lambda",
        endpoint_url=run.endpoint,
        config=Config(retries={"total_max_attempts": tries}),
        region_name=REGION,
        aws_access_key_id=aws.ROOT_KEY,
        aws_secret_access_key=aws.ROOT_KEY,
    )
    with closing(client):
        yield client


def noting(run: Run) -> tuple[str, Path]:
    """Make a function that notes what it gets; returns its name and where it notes."""
    name = f"noting{uuid.uuid4().hex[:8]}"
    seen = run.home / f"{name}.jsonl"
    make_function(run, name, "noting.handler", {"SEEN": str(seen)})
    return name, seen


def notes(seen: Path) -> list[dict[str, Any]]:
    whole = seen.read_text().rpartition("\n")[0] if seen.exists() else ""  # a line may be half written
    return [json.loads(line) for line in whole.splitlines()]


def wait_for_notes(seen: Path, count: int, within_s: float) -> list[dict[str, Any]]:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if len(found := notes(seen)) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{len(notes(seen))} of {count} within {within_s} s")


@contextmanager
def reserved(run: Run, function: str, count: int) -> Iterator[None]:
    """Reserve concurrency for a while."""
    lambda_client(run).put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=count)
    try:
        yield
    finally:
        lambda_client(run).delete_function_concurrency(FunctionName=function)


@contextmanager
def busy(run: Run, function: str, seen: Path, seconds: float) -> Iterator[None]:
    """Keep one execution in progress."""
    before = len(notes(seen))
    with ThreadPoolExecutor(1) as pool:
        payload = json.dumps({"sleep": seconds})
        pool.submit(lambda: lambda_client(run).invoke(FunctionName=function, Payload=payload)["Payload"].read())
        wait_for_notes(seen, before + 1, 5)
        yield


def told(client: ClientConnection, within_s: float = 5) -> dict[str, Any]:
    """The next frame, an error of API Gateway's."""
    found: dict[str, Any] = json.loads(client.recv(timeout=within_s))
    assert set(found) == {"message", "connectionId", "requestId"}
    return found


@pytest.fixture(scope="module")
def door(bare: Run, api: Api) -> Api:
    """An API of these tests' own; `api` stays the first one made."""
    made = make_api(bare, "throttled")
    with made.connect() as warming:
        warming.send("nothing:warm")
        own = told(warming, 10)["connectionId"]
    made.event_of("DISCONNECT", own)
    return made


@pytest.fixture
def limits(bare: Run, door: Api) -> Iterator[Any]:
    """Set the stage's limits for one test."""

    def set_limits(default: dict[str, Any], routes: dict[str, Any] | None = None) -> None:
        aws.client("apigatewayv2", bare.endpoint).update_stage(
            ApiId=door.id, StageName="live", DefaultRouteSettings=default, RouteSettings=routes or {}
        )

    yield set_limits
    set_limits({})


# Frames and handshakes


def test_a_frame_over_the_concurrency_gets_the_error_frame_at_once(bare: Run, door: Api) -> None:
    """What Lambda rejects is an internal server error, by "Handling Lambda errors with an API Gateway API"."""
    with door.connect() as client, reserved(bare, "throttled", 1):
        time.sleep(0.5)  # the end of an earlier connection must not be in progress any more
        client.send("sleep:2:slow")
        time.sleep(0.3)
        began = time.monotonic()
        client.send("echo:over")
        assert told(client)["message"] == "Internal server error"
        assert time.monotonic() - began < AT_ONCE_S
        assert client.recv(timeout=5) == "slow"
        time.sleep(0.5)  # it has posted, and must return yet
        client.send("echo:after")
        assert client.recv(timeout=5) == "after"
    assert "echo:over" not in {event["body"] for event in door.events("MESSAGE")}


def test_a_handshake_over_the_concurrency_is_500(bare: Run, door: Api) -> None:
    with (
        reserved(bare, "throttled", 0),
        pytest.raises(InvalidStatus) as refused,
        door.connect(),
    ):
        raise AssertionError("it was let in")
    assert refused.value.response.status_code == 500
    assert json.loads(refused.value.response.body)["message"] == "Internal server error"


def test_a_frame_over_the_concurrency_waits_where_frames_are_queued_and_its_client_hears_nothing(bare: Run) -> None:
    queueing = make_api(bare, "queueing", frames="async")
    with queueing.connect() as client, reserved(bare, "queueing", 1):
        time.sleep(0.5)  # the handshake must not be in progress any more
        client.send("sleep:2:slow")
        time.sleep(0.3)
        client.send('echo:it\'s "over" \\ 👋')
        assert [client.recv(timeout=10) for _ in range(2)] == ["slow", 'it\'s "over" \\ 👋']
        client.send("return:nobody waits for this")
        client.send("raise:nor for this")
        client.send("echo:after")
        assert client.recv(timeout=10) == "after"
    assert {event["isBase64Encoded"] for event in queueing.events("MESSAGE")} == {True}


def test_a_frame_over_the_stages_limit_gets_a_frame_that_says_so(door: Api, limits: Any) -> None:
    with door.connect() as client:
        limits({"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 3})
        for number in range(5):
            client.send(f"echo:{number}")
        heard = [client.recv(timeout=5) for _ in range(5)]
        refused = [json.loads(text) for text in heard if str(text).startswith("{")]
        assert [frame["message"] for frame in refused] == ["Too Many Requests"] * 2
        assert sorted(str(text) for text in heard)[:3] == ["0", "1", "2"]
        time.sleep(1.1)
        client.send("echo:later")
        assert client.recv(timeout=5) == "later"


def test_a_handshake_over_the_routes_limit_is_429(door: Api, limits: Any) -> None:
    limits({}, {"$connect": {"ThrottlingRateLimit": 0.1, "ThrottlingBurstLimit": 1}})
    with door.connect() as client:
        with pytest.raises(InvalidStatus) as refused, door.connect():
            raise AssertionError("it was let in")
        assert refused.value.response.status_code == 429
        assert json.loads(refused.value.response.body)["message"] == "Too Many Requests"
        for number in range(20):  # the limit of one route is none of another
            client.send(f"echo:{number}")
        assert {client.recv(timeout=5) for _ in range(20)} == {str(number) for number in range(20)}


def test_an_end_is_never_throttled(door: Api, limits: Any) -> None:
    with door.connect() as client:
        client.send("nothing:own")
        own = told(client)["connectionId"]
        limits({"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0})
    assert door.event_of("DISCONNECT", own)


# Invocations


def test_a_call_over_the_concurrency_is_told_so(bare: Run) -> None:
    name, seen = noting(bare)
    with (
        impatient(bare) as client,
        reserved(bare, name, 1),
        busy(bare, name, seen, 1.5),
        pytest.raises(ClientError) as refused,
    ):
        client.invoke(FunctionName=name, Payload="{}")
    response: dict[str, Any] = {**refused.value.response}
    assert response["Error"]["Code"] == "TooManyRequestsException"
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_an_asynchronous_call_that_is_throttled_is_tried_again_until_it_runs(bare: Run) -> None:
    """From 1 s on, and no retry is used up: "How Lambda handles errors and retries with asynchronous invocation"."""
    name, seen = noting(bare)
    functions = lambda_client(bare)
    functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    with reserved(bare, name, 1), busy(bare, name, seen, 2.5):
        began = time.time()
        functions.invoke(FunctionName=name, InvocationType="Event", Payload='{"n": 1}')
        ran = wait_for_notes(seen, 2, 10)[1]
    assert ran["event"] == {"n": 1}
    assert 2.4 < ran["at"] - began < 5  # it is tried after 1 and after 3 seconds


def test_of_many_asynchronous_calls_none_is_lost(bare: Run) -> None:
    name, seen = noting(bare)
    with reserved(bare, name, 2):
        for number in range(8):
            payload = json.dumps({"n": number, "sleep": 0.1})
            lambda_client(bare).invoke(FunctionName=name, InvocationType="Event", Payload=payload)
        ran = wait_for_notes(seen, 8, 30)
    assert sorted(note["event"]["n"] for note in ran) == list(range(8))


def test_a_function_that_fails_is_retried_and_its_event_recorded(bare: Run) -> None:
    name, seen = noting(bare)
    sqs = aws.client("sqs", bare.endpoint)
    url = sqs.create_queue(QueueName=f"{name}-failed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lambda_client(bare).put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    lambda_client(bare).invoke(FunctionName=name, InvocationType="Event", Payload='{"raise": "no"}')
    wait_for_notes(seen, 2, 15)
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetriesExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert told["requestPayload"] == {"raise": "no"}
    assert told["responsePayload"]["errorType"] == "ValueError"


def test_an_event_of_a_function_that_is_switched_off_is_recorded_at_once(bare: Run) -> None:
    name, seen = noting(bare)
    sqs = aws.client("sqs", bare.endpoint)
    url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lambda_client(bare).update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": arn})
    with reserved(bare, name, 0):
        lambda_client(bare).invoke(FunctionName=name, InvocationType="Event", Payload='{"n": 1}')
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(received[0]["Body"]) == {"n": 1}
    assert received[0]["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    assert not notes(seen)


def test_an_event_of_a_rule_waits_for_concurrency_too(bare: Run) -> None:
    """EventBridge invokes functions asynchronously."""
    name, seen = noting(bare)
    events = aws.client("events", bare.endpoint)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    arn = lambda_client(bare).get_function_configuration(FunctionName=name)["FunctionArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    with reserved(bare, name, 1), busy(bare, name, seen, 1.5):
        events.put_events(Entries=[{"Source": name, "DetailType": "x", "Detail": "{}"}])
        assert wait_for_notes(seen, 2, 10)[1]["event"]["source"] == name


def test_a_message_of_a_queue_is_seen_again_after_its_visibility_timeout(bare: Run) -> None:
    """A throttled batch stays in the queue, by "Using Lambda with Amazon SQS"."""
    name, seen = noting(bare)
    lambda_client(bare).update_function_configuration(FunctionName=name, Timeout=3)
    sqs = aws.client("sqs", bare.endpoint)
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "3"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = lambda_client(bare).create_event_source_mapping(EventSourceArn=arn, FunctionName=name)["UUID"]
    try:
        with reserved(bare, name, 1), busy(bare, name, seen, 2.5):
            sqs.send_message(QueueUrl=url, MessageBody="hello")
            ran = wait_for_notes(seen, 2, 15)[1]["event"]["Records"][0]
    finally:
        lambda_client(bare).delete_event_source_mapping(UUID=mapping)
    assert ran["body"] == "hello"
    assert int(ran["attributes"]["ApproximateReceiveCount"]) >= 2


# Reservations


def test_so_much_of_an_account_stays_unreserved(bare: Run) -> None:
    """100 are left for functions without a reservation: "Configuring reserved concurrency for a function"."""
    name, _ = noting(bare)
    with pytest.raises(ClientError) as refused:
        lambda_client(bare).put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=901)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert "below its minimum value of [100]" in refused.value.response["Error"]["Message"]
    with reserved(bare, name, 900):
        limit = lambda_client(bare).get_account_settings()["AccountLimit"]
        assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 100)


def template(run: Run, reservation: Any) -> str:
    """A stack of one function. Its code is that of a function which is there."""
    function: dict[str, Any] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
        },
    }
    if reservation is not None:
        function["Properties"]["ReservedConcurrentExecutions"] = reservation
    resources = {**TEMPLATE["Resources"], "Function": function}
    return json.dumps({"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "Function"}}}})


def deploy(run: Run, stack: str, reservation: Any, *, update: bool = False) -> dict[str, Any]:
    """Create or update the stack; returns how it is then."""
    cloudformation = aws.client("cloudformation", run.endpoint)
    change = cloudformation.update_stack if update else cloudformation.create_stack
    change(StackName=stack, TemplateBody=template(run, reservation), Capabilities=["CAPABILITY_IAM"])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return found
        time.sleep(0.05)
    raise AssertionError("it does not end")


def reservation_of(run: Run, stack: dict[str, Any]) -> int | None:
    name = stack["Outputs"][0]["OutputValue"]
    found: int | None = (
        lambda_client(run).get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    )
    return found


def test_the_reservation_of_a_template_is_applied_changed_and_removed(bare: Run) -> None:
    assert reservation_of(bare, deploy(bare, "Reserving", 7)) == 7
    assert reservation_of(bare, deploy(bare, "Reserving", "5", update=True)) == 5
    assert reservation_of(bare, deploy(bare, "Reserving", 0, update=True)) == 0
    assert reservation_of(bare, deploy(bare, "Reserving", None, update=True)) is None


def test_a_template_cannot_reserve_what_must_stay_unreserved(bare: Run) -> None:
    stack = deploy(bare, "Greedy", 950)
    assert stack["StackStatus"] in {"ROLLBACK_COMPLETE", "CREATE_FAILED"}
    events = aws.client("cloudformation", bare.endpoint).describe_stack_events(StackName="Greedy")["StackEvents"]
    assert any("below its minimum value of [100]" in event.get("ResourceStatusReason", "") for event in events)
    names = [function["FunctionName"] for function in lambda_client(bare).list_functions()["Functions"]]
    assert not [name for name in names if name.startswith("Greedy")]


def test_a_new_account_has_ten_executions_and_can_reserve_none(tmp_path: Path) -> None:
    with running(tmp_path, "--bare", environment={"ACCOUNT_CONCURRENCY": "10"}) as run:
        assert lambda_client(run).get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 10
        name, seen = noting(run)
        with pytest.raises(ClientError, match=r"below its minimum value of \[10\]"):
            lambda_client(run).put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        api = make_api(run, "door")
        with impatient(run, tries=5) as client, ThreadPoolExecutor(10) as pool:

            def invoke(**asked: Any) -> bytes:
                return bytes(client.invoke(**asked)["Payload"].read())

            calls = [pool.submit(invoke, FunctionName=name, Payload='{"sleep": 3}') for _ in range(10)]
            wait_for_notes(seen, 1, 8)  # all ten are in progress by now, with a worker or before they have one
            with pytest.raises(InvalidStatus) as refused, api.connect():
                raise AssertionError("it was let in")
            assert refused.value.response.status_code == 500
            assert [call.result() for call in calls] == [b'"done"'] * 10
        with api.connect() as socket:
            socket.send("echo:room again")
            assert socket.recv(timeout=10) == "room again"
