"""The tests of `tests/e2e` that are safe against a deployment: marked `outside`, as throw-away users."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.cdk import ROOT

MARK = "outside"
FILES = "tests/e2e/test_*.py"


@contextmanager
def running(outputs: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Start them against what a file describes; they end with the block, if they have not by then."""
    with subprocess.Popen(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", MARK, *_files()],
        cwd=ROOT, env={**environment, "E2E_OUTPUTS": str(outputs)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as tests:  # fmt: skip
        try:
            yield tests
        finally:
            if tests.poll() is None:
                tests.terminate()


def ended(tests: "subprocess.Popen[str]") -> tuple[bool, str]:
    """Wait; returns whether all have passed, and what pytest printed: everything where one failed, else its end."""
    printed = tests.communicate()[0].strip()
    return tests.returncode == 0, printed if tests.returncode else printed.rpartition("\n")[2]


def _files() -> list[str]:
    """Return the files that have such tests: the others need not be read, nor what they import."""
    return sorted(str(file) for file in ROOT.glob(FILES) if f"mark.{MARK}\n" in file.read_text(encoding="utf-8"))
