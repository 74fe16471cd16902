"""The CDK's own CLI, as `make` installs it into this folder."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.target import Target

ROOT = Path(__file__).parents[1]
CLI = ("npx", "--no-install", "cdk")


def run(target: Target, environment: Mapping[str, str], *words: str) -> int:
    """Run a command of it in the terminal, in the region that was decided. Returns its exit code."""
    given = target.environment(environment)
    return subprocess.run([*CLI, *words], cwd=ROOT, env=given, check=False).returncode  # noqa: S603


def context(pairs: Mapping[str, str]) -> Sequence[str]:
    """Return the options that override `cdk.json`."""
    return [word for key, value in pairs.items() for word in ("-c", f"{key}={value}")]
