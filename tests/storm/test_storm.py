"""Fifty users for a minute: streams, typing, presence, and TCP connections cut at random."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from local import outputs
from tests.e2e.conftest import stack_in
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

STORM = Path(__file__).parent / "clients" / "storm.mjs"
USERS, SECONDS = 50, 60
DEATH = r"(?:Sandbox\.Timedout|Runtime\.ExitError)"
LOST = re.compile(rf"^streamer failed(?:, request \S+: | (?P<again>\d+) times more in \d+ s: ){DEATH}")


def writers_lost(lines: list[str]) -> int:
    """How many calls of the streamer ended without an answer, as `make run` tells of them: each had one stream."""
    told = (LOST.search(line) for line in lines)
    return sum(int(found["again"] or 1) for found in told if found)


def test_writers_that_are_lost_are_counted() -> None:
    lines = [
        "streamer failed, request r1: Sandbox.Timedout: Task timed out after 30.00 seconds",
        "streamer failed, request r2: Runtime.ExitError: Runtime exited without providing a reason",
        "streamer failed 3 times more in 10 s: Runtime.ExitError",
        "message failed, request r3: Runtime.ExitError: Runtime exited without providing a reason",
        "streamer failed, request r4: KeyError: 'caught and tried again'",
    ]
    assert writers_lost(lines) == 5


def test_nothing_is_lost_doubled_or_shown_to_others_and_nobody_stays_online(tmp_path: Path) -> None:
    with stack_in(tmp_path / "stack", {"DEMO_USERS": str(USERS)}) as stack:
        file = tmp_path / "outputs.json"
        outputs.write(file, stack.outputs)
        ended = subprocess.run(
            ["node", str(STORM), str(file), str(USERS), str(SECONDS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        lost = writers_lost(stack.run.lines if stack.run else [])
    assert ended.returncode == 0, ended.stderr
    report = {**json.loads(ended.stdout), "writersLost": lost}
    print(json.dumps({name: value for name, value in report.items() if name != "failures"}))
    assert not report["failures"], "\n".join(report["failures"])
    assert len(report["repeated"]) <= lost, "a stream whose writer lived was said twice"
    assert report["cuts"] > USERS
    assert report["answers"] > USERS
    assert report["recovered"] > 0
