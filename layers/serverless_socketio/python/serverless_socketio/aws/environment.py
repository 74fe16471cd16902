"""The environment of a function as values; a mistake is a clear error at the cold start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsError(Exception):
    """The environment is not what the deployment should have made it."""


def text(environ: Mapping[str, str], name: str) -> str:
    """A variable that must be there. Raises SettingsError."""
    value = environ.get(name)
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in environ.get(name, "").split(",") if part.strip())


def number(environ: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    """A whole number within bounds. Raises SettingsError."""
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not least <= int(value) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def choice(environ: Mapping[str, str], name: str, *choices: str) -> str:
    """One of some words; the first if it is not set. Raises SettingsError."""
    value = environ.get(name) or choices[0]
    if value not in choices:
        raise SettingsError(f"{name} must be {' or '.join(choices)}, not {value!r}")
    return value


def flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """``true`` or ``false``. Raises SettingsError."""
    value = environ.get(name) or str(default)
    if value.lower() not in {"true", "false"}:
        raise SettingsError(f"{name} must be true or false, not {value!r}")
    return value.lower() == "true"
