"""Layers and functions built by uv, without Docker, for an interpreter that is not this one.

uv fetches wheels for any platform. Byte code is another matter: only an interpreter of the function's own version
writes it. One that is on this machine does, else one that uv installs: then packages ship `.pyc` files, and a cold
start imports in about half the time. Where there is none to be had they ship without, work the same, and synth says so.
"""

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).parents[1]
NOT_SOURCE = ("__pycache__", "*.pyc")
# Where Lambda unpacks layers, and a function's own code: tracebacks then name the files as the function sees them.
LAYER_AT, FUNCTION_AT = "/opt", "/var/task"
SOURCE_ONLY = ("http-ece",)  # published without a wheel; pure Python, so that any machine can make one for any other
COMMAND_S = 300  # a slow network may take that long over the wheels


class BundlingError(RuntimeError):
    """A layer could not be built; the message has the tool's own words."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a layer is built for.

    Attributes:
        platform: uv's name of the platform, or `None` for this machine's.
        version: The interpreter's version, e.g. "3.13".
        compiler: An interpreter of that version on this machine, or `None` if there is none.
    """

    platform: str | None
    version: str
    compiler: str | None

    @property
    def identity(self) -> str:
        """What of the target changes the layer's bytes."""
        return f"{self.platform or sys.platform}/{self.version}/{'pyc' if self.compiler else 'source'}"


def lambda_target(version: str = "3.13") -> Target:
    """Return Lambda on arm64. `manylinux2014` (glibc 2.17) wheels run on its Amazon Linux 2023."""
    compiler = find_python(version) or install_python(version)
    if compiler is None:
        sys.stderr.write(f"No Python {version} here: packages go without .pyc, cold starts will be slower.\n")
    return Target(platform="aarch64-manylinux2014", version=version, compiler=compiler)


def local_target() -> Target:
    """Return the interpreter that runs this, for a local engine that starts functions with it."""
    return Target(platform=None, version=f"{sys.version_info[0]}.{sys.version_info[1]}", compiler=sys.executable)


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
        _run(
            *(_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *(argument for name in SOURCE_ONLY for argument in ("--no-binary", name)),
            *("--link-mode", "copy", "--target", str(out / "python"), "--requirement", str(listed)),
            *("--python-version", target.version, "--python", sys.executable, *where),
        )
        listed.unlink()
        (out / "python" / ".lock").unlink(missing_ok=True)
        shutil.rmtree(out / "python" / "bin", ignore_errors=True)  # console scripts, with this machine's paths in them

    return _code(ROOT / "infra", target, install, fingerprint=requirements)


def _locked(*which: str) -> str:
    """Return packages of the lock file with their hashes, as pip's requirements."""
    return _run(_uv(), "export", "--frozen", "--no-emit-workspace", "--no-annotate", "--no-header", "-q", *which)


def _packages(requirements: str) -> list[str]:
    """Return each package's lines: its hashes are indented."""
    return re.findall(r"^\S.*\n(?:[ ]+.*\n)*", requirements, re.MULTILINE)


def sources(folder: str, target: Target) -> lambda_.Code:
    """Return one of our own layers, `{folder}/python`, as a layer's code."""
    python = ROOT / folder / "python"

    def copy(out: Path) -> None:
        shutil.copytree(python, out / "python", ignore=shutil.ignore_patterns(*NOT_SOURCE))

    return _code(ROOT / folder, target, copy, fingerprint=_digest(python))


def function(folder: str, target: Target) -> lambda_.Code:
    """Return a function's own folder as its code."""

    def copy(out: Path) -> None:
        shutil.copytree(ROOT / folder, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NOT_SOURCE))

    return _code(ROOT / folder, target, copy, fingerprint=_digest(ROOT / folder), mounted=FUNCTION_AT)


def find_python(version: str) -> str | None:
    """Return a released interpreter of `version`: from PATH, pyenv's, or uv's own; `None` if there is none."""
    return next((python for python in _pythons(version) if _is_release(python, version)), None)


def install_python(version: str) -> str | None:
    """Return an interpreter of `version` that uv has fetched and keeps for itself; `None` if it cannot be fetched."""
    sys.stderr.write(f"No Python {version} here: uv fetches one, which compiles for the functions …\n")
    with suppress(BundlingError):
        _run(_uv(), "python", "install", "--quiet", "--no-bin", version)
    return find_python(version)


def _code(
    folder: Path, target: Target, fill: Callable[[Path], None], *, fingerprint: str, mounted: str = LAYER_AT
) -> lambda_.Code:
    """Describe a package to CDK, which runs `fill` only when no folder of the same hash is in the assembly."""
    asset_hash = hashlib.sha256(f"{target.identity}\n{fingerprint}".encode()).hexdigest()
    return lambda_.Code.from_asset(
        str(folder),
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=asset_hash,
        bundling=BundlingOptions(image=DockerImage.from_registry("not-used"), local=_Local(fill, target, mounted)),
    )


@jsii.implements(ILocalBundling)
class _Local:
    """Fills a package and compiles it. It never answers False, so CDK never asks for Docker."""

    def __init__(self, fill: Callable[[Path], None], target: Target, mounted: str) -> None:
        self._fill = fill
        self._target = target
        self._mounted = mounted

    def try_bundle(self, output_dir: str, *, image: DockerImage, **_: object) -> bool:
        self._fill(Path(output_dir))
        if self._target.compiler:
            _compile(self._target.compiler, output_dir, self._mounted)
        return True


def _compile(python: str, folder: str, mounted: str) -> None:
    """Write `.pyc` files that are trusted without a look at the source, whose time in the zip is not its own."""
    _run(
        *(python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"),
        *("-s", folder, "-p", mounted, folder),
    )


def _digest(folder: Path) -> str:
    """Return a hash over names and contents, byte code aside."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _pythons(version: str) -> Iterator[str]:
    """Yield candidates, quickest to find first. Shims may be among them that start nothing."""
    if found := shutil.which(f"python{version}"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True))
    with suppress(BundlingError):
        yield _run(
            _uv(), "python", "find", "--managed-python", "--no-python-downloads", "--no-project", version
        ).strip()


def _is_release(python: str, version: str) -> bool:
    """Whether it starts, is that version, and no pre-release, whose byte code may differ."""
    show = "import sys; print('%d.%d' % sys.version_info[:2], sys.version_info.releaselevel)"
    with suppress(BundlingError):
        return _run(python, "-c", show).split() == [version, "final"]
    return False


@functools.cache
def _uv() -> str:
    """Return the uv of this environment, else of PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if found := shutil.which("uv", path=path):
        return found
    raise BundlingError("uv is needed to bundle the layers and was not found: see https://docs.astral.sh/uv/")


def _run(*command: str) -> str:
    """Return what a command printed, or raise BundlingError with what it complained of."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no word of it from outside
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=COMMAND_S
        )
    except subprocess.CalledProcessError as exc:
        raise BundlingError(f"{' '.join(command[:3])} … failed:\n{exc.stderr}") from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise BundlingError(f"{' '.join(command[:3])} … did not run: {exc}") from exc
    return done.stdout
