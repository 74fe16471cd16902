"""The chat's packages: wheels of the lock file, which uv fetches for any platform, and folders of this repository."""

import re
import shutil
import sys
from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from serverless_socketio.cdk.bundling import FUNCTION_AT, Target, copied, package, run, uv

ROOT = Path(__file__).parents[1]
SOURCE_ONLY = ("http-ece",)  # published without a wheel; pure Python, so that any machine can make one for any other


def wheels(target: Target, group: str | None = None) -> lambda_.Code:
    """Return the third-party packages of the lock file, less what is for development, as a layer's code.

    With a dependency group of the project: what that group brings, and the packages of every function do not.
    """
    requirements = _locked("--no-dev")
    if group:
        common = {*_packages(requirements)}
        requirements = "".join(each for each in _packages(_locked("--only-group", group)) if each not in common)

    def install(out: Path) -> None:
        listed = out / "requirements.txt"
        listed.write_text(requirements)
        where = ["--python-platform", target.platform] if target.platform else []
        run(
            *(uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *(argument for name in SOURCE_ONLY for argument in ("--no-binary", name)),
            *("--link-mode", "copy", "--target", str(out / "python"), "--requirement", str(listed)),
            *("--python-version", target.version, "--python", sys.executable, *where),
            cwd=ROOT,
        )
        listed.unlink()
        (out / "python" / ".lock").unlink(missing_ok=True)
        shutil.rmtree(out / "python" / "bin", ignore_errors=True)  # console scripts, with this machine's paths in them

    return package(ROOT / "infra", target, install, fingerprint=requirements)


def _locked(*which: str) -> str:
    """Return packages of the lock file with their hashes, as pip's requirements."""
    return run(
        *(uv(), "export", "--frozen", "--no-emit-workspace", "--no-annotate", "--no-header", "-q", *which), cwd=ROOT
    )


def _packages(requirements: str) -> list[str]:
    """Return each package's lines: its hashes are indented."""
    return re.findall(r"^\S.*\n(?:[ ]+.*\n)*", requirements, re.MULTILINE)


def sources(folder: str, target: Target) -> lambda_.Code:
    """Return one of our own layers, `{folder}/python`, as a layer's code."""
    return copied(ROOT / folder / "python", target, into="python")


def function(folder: str, target: Target) -> lambda_.Code:
    """Return a function's own folder as its code."""
    return copied(ROOT / folder, target, mounted=FUNCTION_AT)
