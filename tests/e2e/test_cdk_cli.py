"""`make bootstrap`, `make deploy` and `make destroy` themselves, as they work on AWS, with the CDK's own CLI."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from infra import vapid
from local import aws
from tests.processes import ROOT, Run, running

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.timeout(300)]

PUBLIC, PRIVATE = vapid.make_pair()
VAPID = {"VAPID_PUBLIC_KEY": PUBLIC, "VAPID_SUBJECT": "mailto:ops@chat.dev"}
CONTEXT = ("-c", "bundle_for=local", "-c", "message_concurrency=7")
DEPLOY, BOOTSTRAP, DESTROY = ((sys.executable, "-m", f"tools.{name}") for name in ("deploy", "bootstrap", "destroy"))


def call(run: Run, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "VAPID_"))}
    environment |= {
        "AWS_ENDPOINT_URL": run.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        **settings,
    }
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def succeed(run: Run, *command: str, **settings: str) -> str:
    ended = call(run, *command, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_bootstrap_deploy_and_destroy(tmp_path: Path) -> None:
    assembly = tmp_path / "assembly"
    with running(tmp_path / "home", "--bare") as run:
        outputs = tmp_path / "outputs.json"
        options = (*CONTEXT, "--output", str(assembly), "--require-approval", "never", "--outputs-file", str(outputs))

        early = call(run, *DEPLOY, *options, **VAPID, VAPID_PRIVATE_KEY=PRIVATE)
        assert early.returncode == 1
        assert "stop: us-east-1 is not bootstrapped for the CDK: `make bootstrap`, once" in early.stderr
        assert "Bootstrapping environment aws://000000000000/us-east-1" in succeed(run, *BOOTSTRAP)

        stopped = call(run, *DEPLOY, *options, **VAPID, VAPID_PRIVATE_KEY=vapid.make_pair()[1])
        assert stopped.returncode == 1
        assert "make vapid-keys" in stopped.stderr
        assert not outputs.exists()

        said = succeed(run, *DEPLOY, *options, **VAPID, VAPID_PRIVATE_KEY=PRIVATE)
        deployed = aws.client("cloudformation", run.endpoint).describe_stacks(StackName="Chat")["Stacks"][0]
        assert deployed["StackStatus"] == "CREATE_COMPLETE"
        told = {output["OutputKey"] for output in deployed["Outputs"]}
        assert {"WebSocketUrl", "TableConnections", "FunctionMessage", "StateMachineAnswers", "QueuePushDead"} <= told
        assert outputs.exists()

        check_key(run, said, [assembly, outputs])
        assert reservation(run, "FunctionMessage") == 7
        assert reservation(run, "FunctionStreamer") == 500  # half of the account's: passed without being asked for
        with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{run.port}/api/socketio"):
            raise AssertionError("a native client without a key was let in")
        assert refused.value.response.status_code == 401  # by the function, with its layers from the template

        table = json.loads(outputs.read_text())["Chat"]["TableConversations"]
        said = succeed(run, *DESTROY, *CONTEXT, "--force")
        assert f"{table}, what people said, users, keys: `aws dynamodb update-table" in said
        with pytest.raises(ClientError, match="does not exist"):
            aws.client("cloudformation", run.endpoint).describe_stacks(StackName="Chat")


def reservation(run: Run, output: str) -> int:
    """Return what a function has reserved."""
    stack = aws.client("cloudformation", run.endpoint).describe_stacks(StackName="Chat")["Stacks"][0]
    name = next(found["OutputValue"] for found in stack["Outputs"] if found["OutputKey"] == output)
    found = aws.client("lambda", run.endpoint).get_function_concurrency(FunctionName=name)
    return int(found["ReservedConcurrentExecutions"])


def check_key(run: Run, said: str, written: list[Path]) -> None:
    """Fail unless the private key is in its parameter, and nowhere else."""
    sender = aws.client("cloudformation", run.endpoint).describe_stacks(StackName="Chat")["Stacks"][0]["Outputs"]
    name = next(output["OutputValue"] for output in sender if output["OutputKey"] == "FunctionSender")
    functions = aws.client("lambda", run.endpoint)
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    kept = aws.client("ssm", run.endpoint).get_parameter(Name=variables["VAPID_PARAMETER"], WithDecryption=True)
    assert (kept["Parameter"]["Value"], kept["Parameter"]["Type"]) == (PRIVATE, "SecureString")
    assert variables["VAPID_PUBLIC_KEY"] == PUBLIC
    assert PRIVATE not in said
    assert PRIVATE not in variables.values()
    files = [file for path in written for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    assert not [file for file in files if PRIVATE.encode() in file.read_bytes()]
