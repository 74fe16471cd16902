"""Runs the examples of the documentation as their readers do, in a process of their own."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local import outputs
from local.aws import ROOT_KEY
from tests.e2e.conftest import Stack
from tests.processes import ROOT

EXAMPLES = ROOT / "docs" / "examples"
ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": ROOT_KEY, "AWS_SECRET_ACCESS_KEY": ROOT_KEY}


def run(
    stack: Stack,
    folder: Path,
    command: Sequence[str],
    credentials: Mapping[str, str] | None = None,
    *,
    user: str | None = None,
) -> str:
    """Run a script against the stack and return what it prints; by default as an administrator of the local cloud.

    `user`: who is the first user for it, in place of one whose places and messages other tests may have used up.
    """
    file = folder / "outputs.json"
    users = sorted(stack.outputs["users"], key=lambda each: each["userId"] != user)
    outputs.write(file, {**stack.outputs, "users": users})
    if credentials is None:
        credentials = {} if stack.run is None else ADMINISTRATOR
    environment = {**os.environ, "OUTPUTS": str(file), **credentials}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()
