"""A chain of calls that would never end is ended, as Lambda ends it: told by the trace that each call hands on."""

import json
import time

import pytest

from local import aws
from tests.local.conftest import make_function
from tests.processes import Run

pytestmark = pytest.mark.e2e

CALLS_MAX = 16  # "Use Lambda recursive loop detection to prevent infinite loops", AWS Lambda developer guide
WITHIN_S = 30


def test_a_function_that_calls_itself_is_stopped(bare: Run) -> None:
    seen = bare.home / "chain.txt"
    make_function(bare, "chain", "chain.handler", {"SEEN": str(seen)})
    allowed = {"Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]}
    aws.client("iam", bare.endpoint).put_role_policy(
        RoleName="chainRole", PolicyName="calls", PolicyDocument=json.dumps(allowed)
    )
    aws.client("lambda", bare.endpoint).invoke(FunctionName="chain", InvocationType="Event", Payload=b'{"n": 1}')
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline and "Recursive" not in (seen.read_text() if seen.exists() else ""):
        time.sleep(0.05)
    assert seen.read_text().split() == [*map(str, range(1, CALLS_MAX + 1)), "RecursiveInvocationException"]
