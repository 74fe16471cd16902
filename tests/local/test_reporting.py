"""Failures of functions, as they are seen in the terminal of a run."""

import json
import re
from collections.abc import Iterator

import pytest

from local import aws
from tests.local.conftest import Api, make_api, make_function
from tests.processes import Run, running

pytestmark = pytest.mark.e2e

HEAD = r"^{name} failed, request [0-9a-f-]{{36}}: {error}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run whose terminal nobody else writes to."""
    with running(tmp_path_factory.mktemp("telling"), "--bare") as started:
        yield started


@pytest.fixture(scope="module")
def door(run: Run) -> Api:
    return make_api(run, "door")


@pytest.fixture(scope="module")
def noting(run: Run) -> str:
    make_function(run, "noting", "noting.handler", {"SEEN": str(run.home / "noting.jsonl")})
    return "noting"


def told(run: Run, name: str, error: str, after: int) -> list[str]:
    """Wait for the line about a failure, and return it with those that belong to it."""
    head = HEAD.format(name=name, error=error)
    run.wait_for(head, 10, after=after)
    start = next(n for n, line in enumerate(run.lines) if n >= after and re.search(head, line))
    run.wait_for(r"^    ", 2, after=start)
    return [run.lines[start], *[line for line in run.lines[start + 1 :] if line.startswith("    ")]]


def test_an_exception_for_a_frame(run: Run, door: Api) -> None:
    after = len(run.lines)
    with door.connect() as client:
        client.send("raise:oops")
        client.recv(timeout=10)
    lines = told(run, "door", "ValueError: oops$", after)
    assert any("door.py" in line and "in message" in line for line in lines)
    assert len(lines) <= 13


def test_a_worker_that_dies(run: Run, door: Api) -> None:
    after = len(run.lines)
    with door.connect() as client:
        client.send("exit:")
        client.recv(timeout=10)
    run.wait_for(HEAD.format(name="door", error="Runtime.ExitError: "), 10, after=after)


def test_a_function_that_takes_too_long(run: Run, noting: str) -> None:
    functions = aws.client("lambda", run.endpoint)
    functions.update_function_configuration(FunctionName=noting, Timeout=1)
    after = len(run.lines)
    functions.invoke(FunctionName=noting, Payload='{"sleep": 5}')["Payload"].read()
    run.wait_for(
        HEAD.format(name=noting, error=r"Sandbox.Timedout: Task timed out after 1.00 seconds"), 10, after=after
    )


def test_an_asynchronous_call(run: Run, noting: str) -> None:
    functions = aws.client("lambda", run.endpoint)
    functions.put_function_event_invoke_config(FunctionName=noting, MaximumRetryAttempts=0)
    after = len(run.lines)
    functions.invoke(FunctionName=noting, InvocationType="Event", Payload='{"raise": "alone"}')
    told(run, noting, "ValueError: alone", after)


def test_a_batch_of_a_queue(run: Run) -> None:
    arn = make_function(run, "batch", "noting.nothing", {"SEEN": str(run.home / "batch.jsonl")})
    sqs = aws.client("sqs", run.endpoint)
    url = sqs.create_queue(QueueName="batch")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("lambda", run.endpoint).create_event_source_mapping(EventSourceArn=queue, FunctionName=arn)
    after = len(run.lines)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    run.wait_for(r"^batch failed, request ", 15, after=after)


def test_a_step_of_a_workflow(run: Run) -> None:
    arn = make_function(run, "step", "noting.handler", {"SEEN": str(run.home / "step.jsonl")})
    states = aws.client("stepfunctions", run.endpoint)
    definition = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": arn, "End": True}}}
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    iam = aws.client("iam", run.endpoint)
    role = iam.create_role(RoleName="workflow", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {"Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]}
    iam.put_role_policy(RoleName="workflow", PolicyName="calls", PolicyDocument=json.dumps(allowed))
    machine = states.create_state_machine(name="flow", definition=json.dumps(definition), roleArn=role)
    after = len(run.lines)
    states.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"raise": "in a step"}')
    told(run, "step", "ValueError: in a step", after)


def test_the_same_again_is_a_number(run: Run, door: Api) -> None:
    after = len(run.lines)
    with door.connect() as client:
        for number in range(20):
            client.send(f"nothing:{number}")  # no failure of the function: it has only not answered as a proxy must
            client.recv(timeout=10)
        assert len(run.lines) == after
        for _ in range(20):
            client.send("raise:again")
            client.recv(timeout=10)
    run.wait_for(r"^door failed \d+ times more in 10 s: ValueError$", 15, after=after)
    assert sum(line.startswith("door failed, request") for line in run.lines[after:]) <= 1


def test_the_engine_itself_repeats_none_of_it(run: Run) -> None:
    assert not [line for line in run.lines if "WARNING" in line or "ERROR" in line]
