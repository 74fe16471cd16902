"""Changed sources go live by themselves, with connections left open.

A changed function is uploaded again; a changed layer, or agent of one's own, is what workers import, so they are
replaced. Running invocations end as they began. Source that does not compile changes nothing: what ran goes on.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

from watchfiles import DefaultFilter, awatch

from local.assembly import INPUTS, Assembly
from local.cloud import Cloud
from local.deploy import Deployer, Deployment
from local.progress import complain, say
from local.settings import ROOT

SETTLE_MS = 100  # an editor writes several times


class Sources(DefaultFilter):
    """Python files and the stack's other inputs; byte code and drafts are none."""

    def __call__(self, change: object, path: str) -> bool:
        """Whether a change of this path matters."""
        return super().__call__(change, path) and Path(path).suffix in {".py", ".json", ".lock"}  # type: ignore[arg-type]


async def watch(cloud: Cloud, assembly: Assembly, deployment: Deployment, streamer: str = "") -> None:
    """Keep functions as their sources are, for ever. `streamer`: the one that asks agents."""
    folders = [ROOT / name for name in ("functions", "layers", *INPUTS)]
    folders += {folder for folder in assembly.function_sources.values() if not _is_under(folder, folders)}
    folders += [path for path in cloud.settings.agents if not _is_under(path, folders)]
    async for changes in awatch(*folders, watch_filter=Sources(), debounce=SETTLE_MS, step=50):
        paths = {Path(path) for _, path in changes}
        await asyncio.to_thread(_apply, paths, cloud, assembly, deployment, streamer)


def _apply(paths: set[Path], cloud: Cloud, assembly: Assembly, deployment: Deployment, streamer: str) -> None:
    started = time.monotonic()
    if any(_is_under(path, (ROOT / name for name in INPUTS)) for path in paths):
        say("infra changed: restart `make run` to deploy it")
    if broken := _syntax_errors(paths):
        complain(f"not taken over: {broken}")
        return
    try:
        names = _renew(paths, cloud, assembly, deployment, streamer)
    except Exception as exc:
        complain(f"not taken over: {exc}")
        return
    if names:
        say(f"live again: {', '.join(sorted(names))} ({time.monotonic() - started:.1f} s)")


def _renew(paths: set[Path], cloud: Cloud, assembly: Assembly, deployment: Deployment, streamer: str) -> set[str]:
    """Take over what changed, and return the functions that run it now."""
    deployer = Deployer(cloud.endpoint)
    layers_changed = any(_is_under(path, [ROOT / "layers"]) for path in paths)
    agents_changed = any(_is_under(path, cloud.settings.agents) for path in paths)
    renewed = set()
    for logical_id, folder in assembly.function_sources.items():
        name = deployment.names[logical_id]
        if any(_is_under(path, [folder]) for path in paths) and deployer.update_code(name, folder):
            renewed.add(name)
        elif layers_changed or (agents_changed and name == streamer):
            cloud.pool.invalidate(name)
            renewed.add(name)
    cloud.warm(dict.fromkeys(renewed, 1))
    return renewed


def _is_under(path: Path, roots: Iterable[Path]) -> bool:
    return any(path.is_relative_to(root) for root in roots)


def _syntax_errors(paths: set[Path]) -> str:
    errors = []
    for path in sorted(paths):
        if path.suffix == ".py" and path.exists():
            try:
                compile(path.read_bytes(), path, "exec")
            except (SyntaxError, ValueError) as exc:
                errors.append(f"{os.path.relpath(path, ROOT)}: {exc}")
    return "; ".join(errors)
