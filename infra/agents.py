"""Agents of a deployment's own: which folders and wheels they come from, and which functions those allow.

A folder holds modules, in `src` if there is one. Its `pyproject.toml`, if it has one, names what it needs, and by
entry points of `GROUP` the functions that may answer. A wheel says both itself. Only the standard library is imported:
a synthesis bundles them, and `make run` reads them where they are.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DEMO = "examples/companion"
GROUP = "serverless_socketio.agents"
WANTED = "folders and wheels with commas between, or nothing"


def is_source(name: str) -> bool:
    """Whether agents may come from this path."""
    path = ROOT / name
    return path.is_dir() or is_wheel(path)


def sources(names: Iterable[str]) -> tuple[Path, ...]:
    """Return the folders and wheels of these paths, which begin at the project's own folder unless they are whole."""
    return tuple(ROOT / name for name in names)


def is_wheel(path: Path) -> bool:
    """Whether this is a wheel."""
    return path.suffix == ".whl" and path.is_file()


def modules(path: Path) -> Path:
    """Return what Python imports a source from."""
    return path / "src" if (path / "src").is_dir() else path


def project(path: Path) -> Path | None:
    """Return the `pyproject.toml` of a folder that has one."""
    declared = path / "pyproject.toml"
    return declared if declared.is_file() else None


def needs(path: Path) -> bool:
    """Whether a source asks for packages beside itself, or may: a wheel says it when it is installed."""
    return is_wheel(path) or bool(_declared(path).get("dependencies"))


def functions(paths: Iterable[Path]) -> tuple[str, ...]:
    """Return the functions that folders allow, as `package.module:function`; wheels are asked where they run."""
    points = (_declared(path).get("entry-points", {}).get(GROUP, {}) for path in paths)
    return tuple(function for each in points for function in each.values())


def _declared(path: Path) -> dict[str, Any]:
    found = project(path)
    table: dict[str, Any] = tomllib.loads(found.read_text()).get("project", {}) if found else {}
    return table
