"""The scripts that the README prints do the main job."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import outputs
from tests.e2e.conftest import Stack
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
    file = tmp_path / "outputs.json"
    outputs.write(file, stack.outputs)
    environment = {**os.environ, "OUTPUTS": str(file)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    said, numbers, relation = ended.stdout.strip().split("\n")[-3:]
    assert "Ada" in said
    assert numbers.endswith(" chunks, stop")
    assert relation.startswith("relation: ")
