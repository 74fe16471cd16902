"""The synthesised stack, made once for the same inputs: synthesis takes longer than all the rest of a start.

The template is the one that a deployment to AWS gets. Only assets differ: nothing is bundled and nothing staged.
Functions are zipped from their folders at every start, so an edit of one needs no synthesis, and layers are empty,
because the workers run in this very environment, where the layers' sources and wheels are installed.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from infra import config
from local.errors import LocalError
from local.settings import ROOT, Settings

INPUTS = (
    *("app.py", "cdk.json", "uv.lock", "infra"),
    "tools/cost/prices.json",  # what the alarm on a budget counts by
    "layers/chat/python/serverless_socketio_chat/settings.py",  # which declare what a deployment may choose
    "layers/serverless_socketio/python/serverless_socketio/aws/environment.py",
    "layers/serverless_socketio/python/serverless_socketio/aws/settings.py",
    "layers/serverless_socketio/python/serverless_socketio/heartbeat.py",  # with defaults and bounds of settings
    "layers/serverless_socketio/python/serverless_socketio/model.py",
    "layers/serverless_socketio/python/serverless_socketio/cdk",
)
CONTEXT = {"bundle_for": "local"}
ANY_ISSUER = {"auth_issuer": "http://localhost", "auth_audience": "any"}  # a run tells its functions which
NO_BUNDLING = {
    "aws:cdk:bundling-stacks": [],
    "aws:cdk:disable-asset-staging": True,
    "aws:cdk:enable-asset-metadata": True,
}
ASSET_PATH = "aws:asset:path"
OVERRIDDEN = frozenset(chain.from_iterable(config.FROM_ENVIRONMENT.values()))
FOLDER = "assembly"
KEEP = 3  # assemblies of other branches and settings


class SynthesisError(LocalError):
    """The stack could not be synthesised; the message has the app's own words."""


@dataclass(frozen=True)
class Asset:
    """A file that the template refers to.

    Attributes:
        source: Its folder or file: absolute, since nothing is staged.
        is_folder: Whether it is to be zipped.
        destinations: Bucket and key, account and region not yet filled in.
    """

    source: Path
    is_folder: bool
    destinations: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly with one stack."""

    folder: Path

    @cached_property
    def stack(self) -> str:
        """The stack's name."""
        artifacts = json.loads((self.folder / "manifest.json").read_text())["artifacts"]
        stacks = [name for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"]
        if len(stacks) != 1:
            raise SynthesisError(f"One stack was expected, not {stacks}")
        return str(stacks[0])

    @cached_property
    def template_text(self) -> str:
        """The template as it was written."""
        return (self.folder / f"{self.stack}.template.json").read_text()

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The template's resources by logical id."""
        found: dict[str, dict[str, Any]] = json.loads(self.template_text)["Resources"]
        return found

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield logical id and properties of resources of these types."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] in types:
                yield logical_id, resource.get("Properties", {})

    @cached_property
    def assets(self) -> list[Asset]:
        """All assets but the template itself."""
        files = json.loads((self.folder / f"{self.stack}.assets.json").read_text())["files"]
        return [_asset(self.folder, entry) for entry in files.values() if not _is_template(entry)]

    @cached_property
    def layer_keys(self) -> frozenset[str]:
        """Keys of the assets that are layers."""
        layers = self.of_type("AWS::Lambda::LayerVersion")
        return frozenset(properties["Content"]["S3Key"] for _, properties in layers)

    @cached_property
    def function_sources(self) -> dict[str, Path]:
        """Folder of each function that has one, by logical id. Assets do not tell: equal folders share one."""
        named = {logical_id: self.resources[logical_id].get("Metadata", {}) for logical_id, _ in self._functions()}
        return {logical_id: Path(told[ASSET_PATH]) for logical_id, told in named.items() if ASSET_PATH in told}

    def variables(self, function: str) -> dict[str, str]:
        """Return a function's variables, less those whose value is known only when it is deployed."""
        environment = self.resources[function].get("Properties", {}).get("Environment", {}).get("Variables", {})
        return {name: value for name, value in environment.items() if isinstance(value, str)}

    def values_of(self, variable: str) -> set[str]:
        """Return what functions have as this variable."""
        return {told[variable] for name, _ in self._functions() if variable in (told := self.variables(name))}

    def _functions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        return self.of_type("AWS::Lambda::Function")

    def time_to_live(self) -> Iterator[tuple[str, str]]:
        """Yield logical id and attribute of tables with items that expire: the engine reads neither in the template."""
        for logical_id, properties in self.of_type("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"):
            wanted = properties.get("TimeToLiveSpecification", {})
            if wanted.get("Enabled"):
                yield logical_id, wanted["AttributeName"]


def find(settings: Settings) -> Assembly | None:
    """Return the assembly of the present inputs if it was made before."""
    folder = _folder(settings)
    if not (folder / "manifest.json").exists():
        return None
    os.utime(folder)  # it is in use: older ones are thrown away first
    return Assembly(folder)


def synthesise(settings: Settings) -> Assembly:
    """Make the assembly of the present inputs, or raise SynthesisError. Of runs that share a cache, one makes it."""
    with _one_at_a_time(settings.cache):
        return find(settings) or _synthesise(_folder(settings), settings)


def _synthesise(folder: Path, settings: Settings) -> Assembly:
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    command = [sys.executable, "-O", "app.py", "--output", str(draft), "--dotenv", os.devnull]
    for name, value in _context(settings).items():
        command += ["-c", f"{name}={value}"]
    try:
        _run(command, {}, ROOT)
    except SynthesisError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    _forget_old(folder.parent)
    return Assembly(folder)


def synthesise_app(app: Path, folder: Path) -> Assembly:
    """Make the assembly of another CDK app, anew each time: its inputs are unknown. Raises SynthesisError."""
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, str(app)], {"CDK_OUTDIR": str(folder)}, app.parent)
    return Assembly(folder)


def digest(settings: Settings) -> str:
    """Return a hash over all that the template comes from. Sources of functions and layers are not among it."""
    hashed = hashlib.sha256(f"{ROOT}\n{sys.version}\n{_context(settings)}\n".encode())
    for path in _input_files():
        hashed.update(f"{path.relative_to(ROOT).as_posix()}\n".encode() + path.read_bytes())
    return hashed.hexdigest()[:16]


def _input_files() -> Iterator[Path]:
    for name in INPUTS:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _folder(settings: Settings) -> Path:
    return settings.cache / FOLDER / digest(settings)


def _context(settings: Settings) -> dict[str, str]:
    answers = {"answer_in_response": "true"} if settings.answer_in_response else {}
    polling = {} if settings.polling else {"long_polling": "false"}
    frames = {} if settings.frames == "sync" else {"frames": settings.frames}
    return CONTEXT | answers | polling | frames | (ANY_ISSUER if settings.has_issuer else {})


def _run(command: list[str], environment: dict[str, str], folder: Path) -> None:
    wanted = _environment() | environment
    done = subprocess.run(command, cwd=folder, env=wanted, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise SynthesisError(f"`{' '.join(command[1:])}` ended with {done.returncode}:\n{done.stderr}{done.stdout}")


def _environment() -> dict[str, str]:
    """Return the environment of a synthesis, without what a run overrides, which is not part of the cached template."""
    kept = {name: value for name, value in os.environ.items() if name not in OVERRIDDEN}
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    return kept | {
        "CDK_CONTEXT_JSON": json.dumps(NO_BUNDLING),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": node.removeprefix("v").partition(".")[0],
    }


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "assembly.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old(folder: Path) -> None:
    """Keep the newest assemblies. Drafts of other processes, newer still, are among them."""
    newest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[KEEP:]:
        shutil.rmtree(path, ignore_errors=True)


def _asset(folder: Path, entry: dict[str, Any]) -> Asset:
    destinations = tuple((d["bucketName"], d["objectKey"]) for d in entry["destinations"].values())
    source = entry["source"]
    return Asset(folder / source["path"], source["packaging"] == "zip", destinations)


def _is_template(entry: dict[str, Any]) -> bool:
    return str(entry["source"]["path"]).endswith(".template.json")
