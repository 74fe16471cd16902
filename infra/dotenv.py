"""Settings in a file: `NAME=value` lines, as shells read them."""

from collections.abc import Mapping
from pathlib import Path

QUOTES = {'"', "'"}


def settings(file: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the file's settings, if there is one, and the environment's, which win."""
    return (parse(file.read_text()) if file.is_file() else {}) | dict(environment)


def parse(text: str) -> dict[str, str]:
    """Return the lines of a `.env`; `export`, quotes, also over several lines, and comments as shells have them."""
    found = {}
    lines = text.splitlines()
    while lines:
        name, separator, value = lines.pop(0).strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            found[name.strip()] = _unquote(_whole(value.strip(), lines))
    return found


def _whole(value: str, lines: list[str]) -> str:
    """Return a value with the lines that its quotes go on to, such as a PEM, which are taken from those to come."""
    quote = value[:1]
    if quote not in QUOTES or value.count(quote) > 1:
        return value
    end = next((at for at, line in enumerate(lines) if quote in line), None)
    if end is None:
        return value
    whole = "\n".join([value, *lines[: end + 1]])
    del lines[: end + 1]
    return whole


def _unquote(value: str) -> str:
    quote = value[:1]
    if quote in QUOTES and value.count(quote) > 1:
        return value[1 : value.index(quote, 1)]
    return value.partition(" #")[0].rstrip()
