"""The hook that looks at what is staged, in a repository of its own."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HOOK = ROOT / ".githooks" / "pre-commit"
CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    for name in (".venv", "node_modules", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, env=CLEAN, check=True)


def looked_at(folder: Path, name: str, text: str) -> tuple[int, str]:
    """The hook's exit code and complaint, with one file staged."""
    (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "--force", name)
    done = subprocess.run([HOOK], cwd=folder, env=CLEAN, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_is_in_order_passes_in_under_five_seconds(repository: Path) -> None:
    began = time.monotonic()
    assert looked_at(repository, "good.py", '"""Good."""\n\nANSWER = 42\n') == (0, "")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("marker.md", "<<<<<<< HEAD\n", "conflict marker"),
        ("space.md", "a \n", "white space"),
        (".env", "A=b\n", "secrets"),
        ("key.md", "AKIA" + 16 * "A" + "\n", "looks like a secret"),
        ("key.txt", "-----BEGIN EC PRIVATE " + "KEY-----\n", "looks like a secret"),
        ("form.py", '"""Form."""\n\nANSWER = 42 ;\n', "not formatted"),
        ("style.py", '"""Style."""\n\nimport os\n', "ruff"),
    ],
)
def test_what_a_commit_must_not_have_is_refused(repository: Path, name: str, text: str, says: str) -> None:
    code, complaint = looked_at(repository, name, text)
    assert code == 1
    assert says in complaint
