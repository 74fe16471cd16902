"""Settings in a file: `NAME=value` lines, as shells read them."""

from collections.abc import Mapping
from pathlib import Path


def settings(file: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the file's settings, if there is one, and the environment's, which win."""
    return (parse(file.read_text()) if file.is_file() else {}) | dict(environment)


def parse(text: str) -> dict[str, str]:
    """Return the lines of a `.env`; `export`, quotes and comments as shells have them, no expansion."""
    found = {}
    for line in text.splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            found[name.strip()] = _unquote(value.strip())
    return found


def _unquote(value: str) -> str:
    quote = value[:1]
    if quote in {'"', "'"} and value.count(quote) > 1:
        return value[1 : value.index(quote, 1)]
    return value.partition(" #")[0].rstrip()
