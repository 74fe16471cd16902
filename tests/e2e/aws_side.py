"""What operators can do beside the clients: only with a stack of our own, whose engine takes any call."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local import aws
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.accounts.directory import Directory
from tests.e2e.conftest import Stack


def client(stack: Stack, service: str) -> Any:
    """Return the boto3 client of a service."""
    if stack.run is None:
        pytest.skip("needs the engine behind the stack")
    return aws.client(service, str(stack.outputs["engineUrl"]))


def directory(stack: Stack) -> Directory:
    """Return where users and agents are kept."""
    return Directory(DynamoTable(stack.resource("tables", "conversations"), client=client(stack, "dynamodb")))


def queue_url(stack: Stack, name: str) -> str:
    """Return the URL of a queue."""
    return str(client(stack, "sqs").get_queue_url(QueueName=stack.resource("queues", name))["QueueUrl"])


def put_event(stack: Stack, detail_type: str, detail: Any) -> None:
    """Put an event on the stack's bus."""
    entry = {
        "EventBusName": stack.resource("buses", "chat"),
        "Source": "shop",
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
    }
    answer = client(stack, "events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0


def start_workflow(stack: Stack, reply_id: str, epoch: int) -> None:
    """Start one more execution for an answer."""
    client(stack, "stepfunctions").start_execution(
        stateMachineArn=stack.resource("stateMachines", "answers"),
        input=json.dumps({"reply": reply_id, "epoch": epoch, "held": 0}),
    )


def invoke_streamer(stack: Stack, reply_id: str, epoch: int) -> None:
    """Call the streamer as a workflow would, without waiting for it."""
    step = {"reply": reply_id, "epoch": epoch, "startedAt": datetime.now(UTC).isoformat()}
    client(stack, "lambda").invoke(
        FunctionName=stack.resource("functions", "streamer"), InvocationType="Event", Payload=json.dumps(step)
    )


def end_workflow(stack: Stack, reply_id: str) -> int:
    """End the executions of an answer that are running; returns how many."""
    states = client(stack, "stepfunctions")
    running = states.list_executions(
        stateMachineArn=stack.resource("stateMachines", "answers"), statusFilter="RUNNING"
    )["executions"]
    own = [
        execution["executionArn"]
        for execution in running
        if reply_id in states.describe_execution(executionArn=execution["executionArn"])["input"]
    ]
    for arn in own:
        states.stop_execution(executionArn=arn)
    return len(own)


@contextmanager
def forbidden(stack: Stack, function: str, action: str) -> Iterator[None]:
    """Take an action away from a function's role for a while."""
    iam = client(stack, "iam")
    role = client(stack, "lambda").get_function_configuration(FunctionName=stack.resource("functions", function))
    about = {"RoleName": role["Role"].rpartition("/")[2]}
    names = iam.list_role_policies(**about)["PolicyNames"]
    before = {name: iam.get_role_policy(**about, PolicyName=name)["PolicyDocument"] for name in names}
    denied = {"Effect": "Deny", "Action": action, "Resource": "*"}
    try:
        for name, document in before.items():
            without = {**document, "Statement": [*document["Statement"], denied]}
            iam.put_role_policy(**about, PolicyName=name, PolicyDocument=json.dumps(without))
        yield
    finally:
        for name, document in before.items():
            iam.put_role_policy(**about, PolicyName=name, PolicyDocument=json.dumps(document))


def workers(stack: Stack, function: str) -> list[int]:
    """Return the processes of a function."""
    assert stack.run
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={stack.resource('functions', function)}".encode()
    return [pid for pid in stack.run.children() if wanted in _environment(pid)]


def _environment(pid: int) -> list[bytes]:
    """Return the variables of a process."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
