"""CONTRIBUTING.md's examples, done as they are written, on a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("layers", "functions", "infra", "local", "tools", "admin", "tests", "docs", "pyproject.toml", "cdk.json")
STEP = re.compile(
    r"^<!-- (?P<how>new|in): (?P<path>\S+?)(?:, (?P<where>after|before): (?P<line>.+?))? -->\n"
    r"```python\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def test_the_examples_work_as_they_are_written(tmp_path: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "web" / "src").mkdir(parents=True)
    steps = list(STEP.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert len(steps) == 11
    for step in steps:
        follow(step, tmp_path)
    tests = [step["path"] for step in steps if "/test_" in step["path"]]
    layers = [tmp_path / "layers" / name / "python" for name in ("serverless_socketio", "chat")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*layers, tmp_path]))},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(tests)} passed" in done.stdout


def follow(step: re.Match[str], folder: Path) -> None:
    """Make the file that a block is, or put its lines where it says; that line must be there once."""
    file = folder / step["path"]
    if step["how"] == "new":
        assert not file.exists(), f"{step['path']} is there already"
        file.write_text(step["code"], encoding="utf-8")
        return
    text, line = file.read_text(encoding="utf-8"), f"{step['line']}\n"
    assert text.count(line) == 1, f"{step['path']} has not one line {step['line']!r}"
    new = line + step["code"] if step["where"] == "after" else step["code"] + line
    file.write_text(text.replace(line, new), encoding="utf-8")
