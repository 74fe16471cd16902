"""Whether the machine is busy, by what the system counts."""

from pathlib import Path

import pytest

from local.workers import machine
from local.workers.machine import Machine


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LOOK_S", -1)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.mark.parametrize(("idle", "busy"), [(90, False), (45, False), (35, True), (0, True)])
def test_it_is_busy_when_hardly_any_time_was_idle_since_the_last_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: int, busy: bool
) -> None:
    stat = tmp_path / "stat"
    monkeypatch.setattr(machine, "STAT", stat)
    stat.write_text("cpu  100 0 0 800 0 0 0 0 0 0\ncpu0 …\n")
    looking = Machine()
    looking.is_busy()
    stat.write_text(f"cpu  {200 - idle} 0 0 {800 + idle} 0 0 0 0 0 0\ncpu0 …\n")
    assert looking.is_busy() is busy
    assert looking.is_busy() is busy, "no time has passed since"


def test_elsewhere_it_counts_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert Machine().is_busy()
