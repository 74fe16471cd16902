"""The scripts that the README prints do the main job."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import outputs
from tests.e2e.conftest import Stack, World
from tests.processes import ROOT

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "docs" / "examples"


@pytest.mark.parametrize(
    "command",
    [
        ["node", str(EXAMPLES / "chat.mjs")],
        ["node", str(EXAMPLES / "chat.mjs"), "managed"],
        [sys.executable, str(EXAMPLES / "chat.py")],
    ],
    ids=["javascript", "javascript-managed-endpoint", "python"],
)
def test_an_example_is_answered_and_ends(stack: Stack, tmp_path: Path, command: list[str]) -> None:
    said, numbers, relation = run(stack, tmp_path, command).split("\n")[-3:]
    assert "Ada" in said
    assert numbers.endswith(" chunks, stop")
    assert relation.startswith("relation: ")


@pytest.mark.parametrize("example", ["emit.py", "put_events.py"])
@pytest.mark.parametrize("room", ["user:{user}", "global"])
def test_what_another_process_emits_reaches_a_stock_client(
    world: World, user: str, tmp_path: Path, example: str, room: str
) -> None:
    device = world.connect(user)
    run(world.stack, tmp_path, [sys.executable, str(EXAMPLES / example), room.format(user=user)])
    assert device.wait_for("order:shipped").args == [{"orderId": "o-1"}]


def run(stack: Stack, folder: Path, command: list[str]) -> str:
    """Run a script against the stack, as an administrator of the local cloud if it is that; returns what it prints."""
    file = folder / "outputs.json"
    outputs.write(file, stack.outputs)
    administrator = {} if stack.run is None else {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    environment = {**os.environ, "OUTPUTS": str(file), **administrator}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()
