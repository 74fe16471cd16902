"""The statements that the documentation gives to other backends are enough, and no more than that."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.settings import ACCOUNT
from tests.e2e import aws_side
from tests.e2e.conftest import Stack, World
from tests.e2e.scripts import EXAMPLES, run
from tests.processes import ROOT

pytestmark = pytest.mark.e2e

PAGE = ROOT / "docs" / "emitting.md"
BLOCK = re.compile(r"```json\n(.*?)```", re.DOTALL)
BUS, EMITTER = 0, 1  # in the order of the page


def statements(stack: Stack) -> list[Any]:
    """Return the page's statements, with this stack's names in them."""
    _, api_id, stage = urlsplit(stack.websocket_url).path.strip("/").rsplit("/", 2)
    names = {
        "{region}": str(stack.outputs["region"]),
        "{account}": ACCOUNT,
        "{connections}": stack.resource("tables", "connections"),
        "{apiId}": api_id,
        "/live/": f"/{stage}/",
        "Chat-bus": stack.resource("buses", "chat"),
    }
    text = PAGE.read_text(encoding="utf-8")
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return [json.loads(block) for block in BLOCK.findall(text) if '"Effect"' in block]


def somebody(stack: Stack, name: str, statement: Any) -> Mapping[str, str]:
    """Return the credentials of a new user who may do just this.

    Without conditions: the engine knows no `events:detail-type` (`docs/live-checklist.md`), and would refuse everybody.
    """
    iam = aws_side.client(stack, "iam")
    listed = statement if isinstance(statement, list) else [statement]
    statement = [{key: value for key, value in each.items() if key != "Condition"} for each in listed]
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": statement}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


@pytest.mark.parametrize(("example", "number"), [("put_events.py", BUS), ("emit.py", EMITTER)])
def test_a_backend_with_the_pages_statement_emits_to_users_and_everybody(
    world: World, user: str, tmp_path: Path, example: str, number: int
) -> None:
    devices = [world.connect(user), world.connect(user, query={"recovery": "1"})]
    credentials = somebody(world.stack, f"{example}-allowed", statements(world.stack)[number])
    heard = [0, 0]
    for room in (f"user:{user}", "global"):
        run(world.stack, tmp_path, [sys.executable, str(EXAMPLES / example), room], credentials)
        heard = [
            device.log.index(device.wait_for("order:shipped", after=after)) + 1
            for device, after in zip(devices, heard, strict=True)
        ]


@pytest.mark.parametrize(("example", "number"), [("put_events.py", EMITTER), ("emit.py", BUS)])
def test_the_statement_of_one_way_does_not_open_the_other(
    world: World, tmp_path: Path, example: str, number: int
) -> None:
    credentials = somebody(world.stack, f"{example}-denied", statements(world.stack)[number])
    with pytest.raises(AssertionError, match="not authorized"):
        run(world.stack, tmp_path, [sys.executable, str(EXAMPLES / example)], credentials)
