"""The chat's packages: wheels of the lock file, which uv fetches for any platform, and folders of this repository."""

import hashlib
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import aws_lambda as lambda_

from infra.agents import is_wheel, modules, needs, project
from serverless_socketio.cdk.bundling import FUNCTION_AT, Target, copied, files_of, package, run, uv

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

    return package(
        ROOT / "infra",
        target,
        lambda out: _install(requirements, target, out, "--require-hashes"),
        fingerprint=requirements,
    )


def agents(sources: Sequence[Path], target: Target) -> lambda_.Code:
    """Return agents of one's own, folders and wheels, as a layer's code: with what they need and functions lack.

    What they need is pinned to what functions have where both have it, and is resolved for the function's platform.
    """
    requirements = _needed(sources, target)
    copies = {
        Path("python") / name: path for source in sources if source.is_dir() for name, path in _modules(source).items()
    }
    wheels = [path for path in sources if is_wheel(path)]

    def fill(out: Path) -> None:
        if requirements:
            _install(requirements, target, out, "--require-hashes")
        if wheels:
            _install("\n".join(map(str, wheels)), target, out)
        for name, path in copies.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / name)

    digest = hashlib.sha256(requirements.encode())
    for name, path in [*copies.items(), *((Path(wheel.name), wheel) for wheel in wheels)]:
        digest.update(f"{name.as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return package(ROOT / "infra", target, fill, fingerprint=digest.hexdigest())


def _modules(source: Path) -> dict[Path, Path]:
    """Return the files of a folder of agents but for its declaration, by their names below what Python imports from."""
    return {name: path for name, path in files_of(modules(source)).items() if path != project(source)}


def _needed(sources: Sequence[Path], target: Target) -> str:
    """Return what agents need and functions lack, as pip's requirements with hashes."""
    asking = [path for path in sources if needs(path)]
    if not asking:
        return ""
    common = _locked("--no-dev")
    with TemporaryDirectory() as folder:
        wheels, constraints = Path(folder) / "wheels.in", Path(folder) / "constraints.txt"
        wheels.write_text("\n".join(str(path) for path in asking if is_wheel(path)))
        constraints.write_text(common)
        resolved = run(
            *(uv(), "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes"),
            *("--constraint", str(constraints), "--python-version", target.version, "--python", sys.executable),
            *(["--python-platform", target.platform] if target.platform else []),
            *(str(found) for path in asking if (found := project(path))),
            str(wheels),
            cwd=ROOT,
        )
    had = {_name(each) for each in _packages(common)}
    return "".join(each for each in _packages(resolved) if _name(each) not in had and " @ " not in each)


def _name(requirement: str) -> str:
    return re.split(r"[\s=<>@;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _install(requirements: str, target: Target, out: Path, *options: str) -> None:
    """Install what is listed, and nothing that it asks for, into a package."""
    listed = out / "requirements.txt"
    listed.write_text(requirements)
    where = ["--python-platform", target.platform] if target.platform else []
    run(
        *(uv(), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", *options),
        *(argument for name in SOURCE_ONLY for argument in ("--no-binary", name)),
        *("--link-mode", "copy", "--target", str(out / "python"), "--requirement", str(listed)),
        *("--python-version", target.version, "--python", sys.executable, *where),
        cwd=ROOT,
    )
    listed.unlink()
    (out / "python" / ".lock").unlink(missing_ok=True)
    shutil.rmtree(out / "python" / "bin", ignore_errors=True)  # console scripts, with this machine's paths in them


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
