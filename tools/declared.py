"""What an event declares, for the page of events, the web client's types and the tests: its ack, its errors."""

from __future__ import annotations

from typing import Any

from serverless_socketio_chat import errors, events, wire
from serverless_socketio_chat.events.model import COMMON


def ack_of(name: str) -> Any:
    """The type of an event's ack: that which its handler returns, by its annotation."""
    annotation: str = events.find(name).handler.__annotations__["return"]
    return getattr(wire, annotation.removeprefix("wire."))


def errors_of(name: str) -> tuple[str, ...]:
    """The codes that an event may be refused with beside the common ones, sorted."""
    return tuple(sorted(error.code for error in events.find(name).errors))


def common_errors() -> tuple[str, ...]:
    """The codes that any event may be refused with, sorted."""
    return tuple(sorted(error.code for error in COMMON))


def all_errors() -> tuple[str, ...]:
    """Every code that there is, sorted."""
    tree: list[type[errors.ChatError]] = [errors.ChatError, *errors.ChatError.__subclasses__()]
    return tuple(sorted(error.code for error in tree))
