"""Writes docs/events.md from the models of the events: what clients send, as the code checks it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat import events

if TYPE_CHECKING:
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
    rows = [_row(field, schema, model) for field, schema in model.model_json_schema()["properties"].items()]
    about = inspect.cleandoc(model.__doc__ or "")
    return "\n".join([f"## `{name}`", "", about, "", "| field | type | |", "|---|---|---|", *rows, ""])


def _row(field: str, schema: dict[str, Any], model: type[ChatEvent]) -> str:
    required = field in model.model_json_schema().get("required", [])
    kinds = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    about = schema.get("description", "")
    return f"| `{field}`{'' if required else '?'} | {', '.join(map(_kind, kinds))} | {about} |"


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
