"""Writes docs/events.md from the models of the events: what clients send, as the code checks it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat.events.model import ChatEvent

PAGE = Path(__file__).parent.parent / "docs" / "events.md"
HEAD = """# Events that clients send

Written by `make events` from the models in `layers/chat/python/chat/events/`; a test fails when they differ.
Every event may carry an ack callback: `{"ok": true, …}` or `{"ok": false, "error": {"code", "message", …}}`.
Any of them may be `rate_limited`, `unavailable` or `internal` (see [limits.md](limits.md)).
"""


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(name, events.find(name).model) for name in sorted(events.MODULES))])


def section(name: str, model: type[ChatEvent]) -> str:
    """One event: what its model says of itself, and a row for each field."""
    schema = model.model_json_schema()
    about = inspect.cleandoc(model.__doc__ or "")
    return "\n".join([f"## `{name}`", "", about, "", "| field | type | |", "|---|---|---|", *_rows(schema, schema), ""])


def _rows(of: dict[str, Any], whole: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """A row for each field of an object, each followed by the rows of its own fields; `whole` has the definitions."""
    for name, schema in of["properties"].items():
        kinds = [_found(option, whole) for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
        optional = "" if name in of.get("required", []) else "?"
        about = schema.get("description", "")
        yield f"| `{prefix}{name}`{optional} | {', '.join(map(_kind, kinds))} | {about} |"
        for kind in kinds:
            if "properties" in kind:
                yield from _rows(kind, whole, f"{prefix}{name}.")


def _found(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """What a reference such as ``#/$defs/Keys`` leads to."""
    found: dict[str, Any] = whole["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _kind(schema: dict[str, Any]) -> str:
    """A type with its bounds, e.g. ``string, 1…128 characters``."""
    unit = " characters" if schema.get("type") == "string" else ""
    least = schema.get("minLength", schema.get("minimum"))
    most = schema.get("maxLength", schema.get("maximum"))
    if least is None and most is None:
        return str(schema["type"])
    return f"{schema['type']}, {'' if least is None else least}…{'' if most is None else most}{unit}"


if __name__ == "__main__":
    main()
