"""The CDK CLI itself deploys the stack, as it does to AWS: `cdk bootstrap`, then `cdk deploy`."""

import os
import subprocess
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from local import aws
from tests.processes import ROOT, Run, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def cdk(run: Run, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ENDPOINT_URL": run.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    ended = subprocess.run(
        ["npx", "--no-install", "cdk", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_bootstrap_and_deploy(tmp_path: Path) -> None:
    assembly = tmp_path / "assembly"
    with running(tmp_path / "home", "--bare") as run:
        cdk(run, "synth", "--quiet", "--output", str(assembly), "-c", "bundle_for=local")
        cdk(run, "bootstrap", "aws://000000000000/us-east-1")
        cdk(run, "deploy", "--app", str(assembly), "--require-approval", "never")
        deployed = aws.client("cloudformation", run.endpoint).describe_stacks(StackName="Chat")["Stacks"][0]
        assert deployed["StackStatus"] == "CREATE_COMPLETE"
        told = {output["OutputKey"] for output in deployed["Outputs"]}
        assert {"WebSocketUrl", "TableConnections", "FunctionMessage", "StateMachineAnswers"} <= told
        with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{run.port}/api/socketio"):
            raise AssertionError("a native client without a key was let in")
        assert refused.value.response.status_code == 401  # by the function, with its layers from the template
