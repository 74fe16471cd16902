"""Writes docs/events.md and the web client's types, from the models of the events and of what the server sends."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat import events, wire
from tools import typescript
from tools.declared import ack_of, common_errors, errors_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio_chat.events.model import ChatEvent

PAGE = Path(__file__).parent.parent / "docs" / "events.md"
HEAD = """# Events

Written by `make events` from the models in `events/` and the types in `wire.py` of `layers/chat`; a test
fails when they differ. [What clients send](#what-clients-send), [what the server sends](#what-the-server-sends).

## What clients send

Every event may carry an ack callback: `{"ok": true, …}` or `{"ok": false, "error": {"code", "message", …}}`.
Any of them may be refused with COMMON (see [limits.md](limits.md)); each says
what comes beside. `forbidden`: the payload names another user, or something that belongs to another user.
"""
SERVER_HEAD = """## What the server sends

Times are integer milliseconds since the epoch, UTC.
"""


def main() -> None:
    """Rewrite both."""
    PAGE.write_text(page(), encoding="utf-8")
    typescript.MODULE.write_text(typescript.module(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    common = ", ".join(f"`{code}`" for code in common_errors())
    clients = [section(name, events.find(name).model) for name in sorted(events.MODULES)]
    server = [server_section(name, shape) for name, shape in sorted(wire.EVENTS.items())]
    return "\n".join([HEAD.replace("COMMON", common), *clients, SERVER_HEAD, *server])


def section(name: str, model: type[ChatEvent]) -> str:
    """One event: what its model says of itself, a row for each field, its ack, its own errors."""
    schema = model.model_json_schema()
    about = inspect.cleandoc(model.__doc__ or "")
    rows = _rows(schema, schema)
    refused = ", ".join(f"`{code}`" for code in errors_of(name))
    return "\n".join(
        [
            *(f"### `{name}`", "", about, "", "| field | type | |", "|---|---|---|", *rows, ""),
            *_ack(ack_of(name)),
            *([f"Errors: {refused}.", ""] if refused else []),
        ]
    )


def _ack(shape: Any) -> Iterator[str]:
    yield f"Ack: {inspect.cleandoc(shape.__doc__ or '')}"
    yield ""
    if fields := typescript.fields_of(shape):
        yield from ("```ts", "{", *(f"  {field}: {kind};" for field, kind, _ in fields), "}", "```", "")


def server_section(name: str, shape: Any) -> str:
    """One event of the server: what its type says of itself, and its fields as TypeScript."""
    fields = [f"  {field}: {kind};" for field, kind, _ in typescript.fields_of(shape)]
    about = inspect.cleandoc(shape.__doc__ or "")
    return "\n".join([f"### `{name}`", "", about, "", "```ts", "{", *fields, "}", "```", ""])


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
