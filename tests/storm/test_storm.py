"""Fifty users for a minute: streams, typing, presence, and TCP connections cut at random."""

import json
import subprocess
from pathlib import Path

import pytest

from local import outputs
from tests.e2e.conftest import stack_in
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

STORM = Path(__file__).parent / "clients" / "storm.mjs"
USERS, SECONDS = 50, 60


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
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    print(json.dumps({name: value for name, value in report.items() if name != "failures"}))
    assert not report["failures"], "\n".join(report["failures"])
    assert report["cuts"] > USERS
    assert report["answers"] > USERS
    assert report["recovered"] > 0
