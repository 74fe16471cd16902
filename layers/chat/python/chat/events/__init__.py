"""The events that clients send: a fixed table of names, each with its module, which is loaded when it is first used.

A new event is one file (model, ack, handler) and one line here. A name from a client is only ever looked up in the
table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chat.errors import NotFound

if TYPE_CHECKING:
    from chat.events.model import Event

MODULES = {
    "chat:history": "chat_history",
    "chat:join": "chat_join",
    "chat:leave": "chat_leave",
    "chat:message": "chat_message",
    "chat:resume": "chat_resume",
    "chat:stop": "chat_stop",
}


def find(name: str) -> Event[Any]:
    """The event of this name. Raises NotFound."""
    if name not in MODULES:
        raise NotFound("There is no such event.")
    event: Event[Any] = import_module(f"{__name__}.{MODULES[name]}").EVENT
    return event
