"""What operators can do beside the clients: only with a stack of our own, whose engine takes any call."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chat.stores.directory import Directory
from local import aws
from serverless_socketio.adaptors.table import DynamoTable
from tests.e2e.conftest import Stack


def client(stack: Stack, service: str) -> Any:
    """Return the boto3 client of a service."""
    if stack.run is None:
        pytest.skip("needs the engine behind the stack")
    return aws.client(service, str(stack.outputs["engineUrl"]))


def directory(stack: Stack) -> Directory:
    """Return where users and agents are kept."""
    return Directory(DynamoTable(stack.resource("tables", "conversations"), client=client(stack, "dynamodb")))


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
