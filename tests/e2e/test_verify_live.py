"""`make verify-live` at the local cloud: the whole walk, and one that is broken off."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import outputs
from tests.e2e import aws_side
from tests.e2e.conftest import Stack
from tests.processes import ROOT
from tools.verify_live.probes import PROBES
from tools.verify_live.visitors import PREFIX

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

ALONE = {"throttle", "roles", "empty-response", "site-no-cache", "site-files"}
"""Probes that are not asked of the local cloud, or not here: by a switch, for their time, of CloudFront alone."""
BY_CHANCE = "post-in-connect"
"""Needs a post within the few milliseconds of a handshake; `test_verify_probes.py` plays it."""


@pytest.fixture
def file(stack: Stack, tmp_path: Path) -> Path:
    """What `make run` wrote, in a place of this test's own."""
    aws_side.client(stack, "lambda")  # only where the stack is ours
    written = tmp_path / "outputs.json"
    outputs.write(written, stack.outputs)
    return written


def start(file: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "E2E_OUTPUTS"))}
    return subprocess.Popen(
        [sys.executable, "-m", "tools.verify_live", "--outputs-file", str(file), *arguments],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def visitors_of(stack: Stack) -> list[str]:
    return [user.user_id for user in aws_side.directory(stack).users() if user.user_id.startswith(PREFIX)]


def test_the_local_cloud_holds_all_that_it_can_be_asked(stack: Stack, file: Path) -> None:
    with start(file, "--quick") as walking:
        said, complained = walking.communicate(timeout=100)
    assert walking.returncode == 0, said + complained
    for probe in PROBES:
        outcomes = ["not asked"] if probe.id in ALONE else ["confirmed"]
        if probe.id == BY_CHANCE:
            outcomes.append("not asked")
        assert any(f"{outcome}: {probe.id}: " in said for outcome in outcomes), said
    by_hand = said.partition("Only live AWS can tell, and a person who looks:\n")[2]
    assert "\n  long-limits: " in by_hand
    assert "This is the local cloud, which plays AWS" in said
    assert "0 refuted" in said
    assert " passed" in said.splitlines()[-1]
    assert visitors_of(stack) == []
    assert "chat_" not in said + complained, "a key was printed"


def test_who_was_made_for_the_walk_is_gone_after_ctrl_c_too(stack: Stack, file: Path) -> None:
    with start(file, "--quick") as walking:
        assert walking.stderr
        assert "throw-away users" in walking.stderr.readline()
        assert len(visitors_of(stack)) == 4
        os.killpg(walking.pid, signal.SIGINT)  # as a terminal does, to all that were started
        walking.communicate(timeout=30)
    assert walking.returncode == 130
    assert visitors_of(stack) == []
