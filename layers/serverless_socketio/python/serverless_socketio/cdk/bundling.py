"""Code for functions and layers, copied and compiled without Docker, for an interpreter that is not this one.

Only an interpreter of the function's own version writes its byte code. One that is on this machine does, else one that
uv installs: then packages ship `.pyc` files, and a cold start imports in about half the time. Where there is none to be
had they ship without, work the same, and synth says so.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

PACKAGE = Path(__file__).parents[1]
# Where Lambda unpacks layers, and a function's own code: tracebacks then name the files as the function sees them.
LAYER_AT, FUNCTION_AT = "/opt", "/var/task"
COMMAND_S = 300  # a slow network may take that long over wheels


class BundlingError(RuntimeError):
    """A package could not be built; the message has the tool's own words."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a package is built for.

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
        """What of the target changes the package's bytes."""
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


def library(target: Target) -> lambda_.Code:
    """Return this very package as a layer's code, as it is installed, but for this folder: functions never load it."""
    return copied(PACKAGE, target, into=f"python/{PACKAGE.name}", without={"cdk"})


def copied(
    source: Path, target: Target, *, into: str = "", mounted: str = LAYER_AT, without: Collection[str] = ()
) -> lambda_.Code:
    """Return a folder, or one file, as code.

    Args:
        source: What is copied; byte code is not.
        target: What it is compiled for.
        into: The folder in the package that it becomes.
        mounted: Where Lambda unpacks the package.
        without: Names of files and folders that are left out.

    Raises BundlingError if nothing is there.
    """
    root = source if source.is_dir() else source.parent
    files = files_of(source, without=without)
    if not files:
        raise BundlingError(f"{source}: nothing is there to bundle")

    def copy(out: Path) -> None:
        for name, path in files.items():
            copy = out / into / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)

    digest = hashlib.sha256(into.encode())
    for name, path in files.items():
        digest.update(f"{name.as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return package(root, target, copy, fingerprint=digest.hexdigest(), mounted=mounted)


def files_of(source: Path, *, without: Collection[str] = ()) -> dict[Path, Path]:
    """Return the files of a folder, or one file, by their names in it; byte code is left out."""
    root = source if source.is_dir() else source.parent
    found = sorted(root.rglob("*")) if source.is_dir() else [source]
    return {
        path.relative_to(root): path
        for path in found
        if path.is_file() and path.suffix != ".pyc" and not set(path.relative_to(root).parts) & {*without}
    }


def package(
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


def find_python(version: str) -> str | None:
    """Return a released interpreter of `version`: from PATH, pyenv's, or uv's own; `None` if there is none."""
    return next((python for python in _pythons(version) if _is_release(python, version)), None)


def install_python(version: str) -> str | None:
    """Return an interpreter of `version` that uv has fetched and keeps for itself; `None` if it cannot be fetched."""
    sys.stderr.write(f"No Python {version} here: uv fetches one, which compiles for the functions …\n")
    with suppress(BundlingError):
        run(uv(), "python", "install", "--quiet", "--no-bin", version)
    return find_python(version)


@functools.cache
def uv() -> str:
    """Return the uv of this environment, else of PATH. Raises BundlingError."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if found := shutil.which("uv", path=path):
        return found
    raise BundlingError("uv is needed to bundle packages and was not found: see https://docs.astral.sh/uv/")


def run(*command: str, cwd: Path | None = None) -> str:
    """Return what a command printed, or raise BundlingError with what it complained of."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no word of it from outside
            command, cwd=cwd, capture_output=True, text=True, check=True, timeout=COMMAND_S
        )
    except subprocess.CalledProcessError as exc:
        raise BundlingError(f"{' '.join(command[:3])} … failed:\n{exc.stderr}") from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise BundlingError(f"{' '.join(command[:3])} … did not run: {exc}") from exc
    return done.stdout


@jsii.implements(ILocalBundling)
class _Local:
    """Fills a package and compiles it. It never answers False, so CDK never asks for Docker."""

    def __init__(self, fill: Callable[[Path], None], target: Target, mounted: str) -> None:
        self._fill = fill
        self._target = target
        self._mounted = mounted

    def try_bundle(self, output_dir: str, *, image: DockerImage, **_: object) -> bool:  # noqa: ARG002 - by name
        self._fill(Path(output_dir))
        if self._target.compiler:
            _compile(self._target.compiler, output_dir, self._mounted)
        return True


def _compile(python: str, folder: str, mounted: str) -> None:
    """Write `.pyc` files that are trusted without a look at the source, whose time in the zip is not its own."""
    run(
        *(python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"),
        *("-s", folder, "-p", mounted, folder),
    )


def _pythons(version: str) -> Iterator[str]:
    """Yield candidates, quickest to find first. Shims may be among them that start nothing."""
    if found := shutil.which(f"python{version}"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True))
    with suppress(BundlingError):
        yield run(uv(), "python", "find", "--managed-python", "--no-python-downloads", "--no-project", version).strip()


def _is_release(python: str, version: str) -> bool:
    """Whether it starts, is that version, and no pre-release, whose byte code may differ."""
    show = "import sys; print('%d.%d' % sys.version_info[:2], sys.version_info.releaselevel)"
    with suppress(BundlingError):
        return run(python, "-c", show).split() == [version, "final"]
    return False
