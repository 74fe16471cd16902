"""Writes web/src/events.gen.ts: the events' payloads and acks as TypeScript, from the models that the server checks."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel

from serverless_socketio.aws import opening
from serverless_socketio_chat import events, wire
from serverless_socketio_chat.conversations import accept as messages
from tools.declared import ack_of, all_errors

MODULE = Path(__file__).parent.parent / "web" / "src" / "events.gen.ts"
HEAD = """/**
 * Written by `make events` from `events/` and `wire.py` of the chat's layer; a test fails when they differ.
 * Times are integer milliseconds since the epoch, UTC.
 */
"""
PLAIN = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    NoneType: "null",
    Any: "unknown",
    wire.Code: "ErrorCode",
}


def module() -> str:
    """The whole module."""
    clients = {name: events.find(name).model for name in sorted(events.MODULES)}
    shapes = _named([*clients.values(), *wire.EVENTS.values(), *map(ack_of, clients)])
    return "\n".join(
        [
            HEAD,
            _constants(),
            *map(_interface, sorted(shapes, key=name_of)),
            _client_events(clients),
            _server_events(),
        ]
    )


def type_of(annotation: Any) -> str:
    """A Python type as TypeScript says it, e.g. ``list[str] | None`` as ``string[] | null``."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    if is_shape(annotation):
        return name_of(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Annotated, NotRequired}:
        return type_of(arguments[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in {Union, UnionType}:
        return " | ".join(map(type_of, arguments))
    if origin is list:
        element = type_of(arguments[0])
        return f"({element})[]" if " | " in element else f"{element}[]"
    if origin is dict:
        return f"Record<string, {type_of(arguments[1])}>"
    raise TypeError(f"{annotation} has no counterpart in TypeScript yet")


def fields_of(shape: Any) -> list[tuple[str, str, str]]:
    """Each field of a model or a typed dict: its name on the wire with `?` if it may be absent, type, description."""
    if issubclass(shape, BaseModel):
        return [
            (f"{field.alias}{'' if field.is_required() else '?'}", type_of(field.annotation), field.description or "")
            for field in shape.model_fields.values()
        ]
    hints = get_type_hints(shape, include_extras=True)
    return [
        (f"{name}{'?' if get_origin(hint) is NotRequired else ''}", type_of(hint), "") for name, hint in hints.items()
    ]


def name_of(shape: Any) -> str:
    """The name of a shape in TypeScript: a payload's without that word."""
    return str(shape.__name__).removesuffix("Payload")


def is_shape(annotation: Any) -> bool:
    """Whether it is a class with named fields, which becomes an interface."""
    return is_typeddict(annotation) or (inspect.isclass(annotation) and issubclass(annotation, BaseModel))


def _named(roots: list[Any]) -> set[Any]:
    """The shapes, and those that their fields speak of."""
    found: set[Any] = set()
    waiting = [*roots]
    while waiting:
        annotation = waiting.pop()
        if not is_shape(annotation):
            waiting.extend(argument for argument in get_args(annotation) if argument is not ...)
        elif annotation not in found:
            found.add(annotation)
            waiting.extend(_annotations(annotation))
    return found


def _annotations(shape: Any) -> list[Any]:
    if issubclass(shape, BaseModel):
        return [field.annotation for field in shape.model_fields.values()]
    return [*get_type_hints(shape, include_extras=True).values()]


def _interface(shape: Any) -> str:
    about = _about(shape)
    if not fields_of(shape):
        return f"{about}\nexport type {name_of(shape)} = Record<never, never>;\n"
    lines = []
    for name, kind, description in fields_of(shape):
        lines += [f"  /** {description.replace('``', '`')} */"] if description else []
        lines.append(f"  {name}: {kind};")
    return "\n".join([about, f"export interface {name_of(shape)} {{", *lines, "}", ""])


def _about(shape: Any) -> str:
    lines = inspect.cleandoc(shape.__doc__ or "").splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"])


def _constants() -> str:
    return "\n".join(
        [
            "/** Why something was refused. */",
            f"export type ErrorCode = {type_of(Literal[all_errors()])};",
            "",
            "/** The longest message, in Unicode code points. */",
            f"export const MESSAGE_CODE_POINTS_MAX = {messages.MESSAGE_CODE_POINTS_MAX};",
            "",
            "/** API Gateway closes a connection, with 1009, that sends a frame of more bytes. */",
            f"export const FRAME_BYTES_MAX = {opening.MAX_PAYLOAD};",
            "",
        ]
    )


def _client_events(clients: dict[str, Any]) -> str:
    rows = [
        f'  "{name}": {{ payload: {name_of(model)}; ack: {name_of(ack_of(name))} }};' for name, model in clients.items()
    ]
    about = "/** What clients send: the payload, and what a good ack says beside `ok`. */"
    return "\n".join([about, "export interface ClientEvents {", *rows, "}", ""])


def _server_events() -> str:
    rows = [f'  "{name}": {name_of(shape)};' for name, shape in sorted(wire.EVENTS.items())]
    return "\n".join(["/** What the server sends. */", "export interface ServerEvents {", *rows, "}", ""])
