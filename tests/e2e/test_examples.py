"""The scripts that the README prints do the main job."""

import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack, World
from tests.e2e.scripts import EXAMPLES, run

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "command",
    [
        ["node", str(EXAMPLES / "chat.mjs")],
        ["node", str(EXAMPLES / "chat.mjs"), "managed"],
        [sys.executable, str(EXAMPLES / "chat.py")],
    ],
    ids=["javascript", "javascript-managed-endpoint", "python"],
)
def test_an_example_is_answered_and_ends(stack: Stack, user: str, tmp_path: Path, command: list[str]) -> None:
    said, numbers, relation = run(stack, tmp_path, command, user=user).split("\n")[-3:]
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
