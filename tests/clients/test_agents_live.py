"""An agent of one's own that is edited while `make run` runs: the next answer is the new one, no connection ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e import aws_side
from tests.e2e.answers import hear, say
from tests.e2e.conftest import stack_in, world_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.driver import Device

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

WITHIN_S = 60.0  # for anything to be seen at all
RENEWED_S = 5.0  # 0.3 s here: a second is promised, and machines are slow at times
PROJECT = """
[project]
name = "moody"
version = "1"
[project.entry-points."serverless_socketio.agents"]
moody = "moody:answer"
"""


def write(folder: Path, text: str) -> None:
    (folder / "moody.py").write_text(f"def answer(turn):\n    {text}\n")


def answer(device: Device, agent_id: str = "moody") -> str:
    return hear(device, say(device, "and now?", agent_id)["replyId"]).text


def test_a_changed_agent_is_live_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "moody"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    write(folder, "return 'good'")
    with stack_in(tmp_path / "home", {"AGENTS": f"{folder},examples/companion", "WATCH": "true"}) as stack:
        aws_side.directory(stack).put_agent("moody", "Moody", provider="moody:answer", chunk_delay_ms=0)
        with world_of(stack) as world:
            run, device = stack.run, world.connect(world.crowd[0])
            assert run is not None
            assert answer(device) == "good"
            write(folder, "return 'much better'")
            renewed = run.wait_for(r"live again: \S*Streamer\S* \((.*) s\)", WITHIN_S)
            assert float(renewed[1]) < RENEWED_S
            assert answer(device) == "much better"
            write(folder, "return 'broken")
            run.wait_for("not taken over: .*moody.py", WITHIN_S)
            assert answer(device) == "much better"
            printed = len(run.lines)
            write(folder, "yield 'live'")
            run.wait_for("live again", WITHIN_S, after=printed)
            assert answer(device) == "live"
            assert answer(device, "companion")
            assert "disconnect" not in {event.name for event in device.log}
