"""The events that clients send: a fixed table of names, each with its module, which is loaded when it is first used.

A new event is one file (model, ack, handler) and one line here; events that are the same but for a word share a file.
A name from a client is only ever looked up in the table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.errors import NotFound

if TYPE_CHECKING:
    from serverless_socketio_chat.events.model import Event

MODULES = {
    "agent:subscribe": "agent_subscribe:SUBSCRIBE",
    "agent:unsubscribe": "agent_subscribe:UNSUBSCRIBE",
    "auth:refresh": "auth_refresh",
    "chat:history": "chat_history",
    "chat:join": "chat_join",
    "chat:leave": "chat_leave",
    "chat:message": "chat_message",
    "chat:regenerate": "chat_regenerate",
    "chat:resume": "chat_resume",
    "chat:stop": "chat_stop",
    "chat:typing": "chat_typing",
    "presence:away": "presence_status:AWAY",
    "presence:offline": "presence_status:OFFLINE",
    "presence:online": "presence_status:ONLINE",
    "presence:subscribe": "presence_subscribe:SUBSCRIBE",
    "presence:unsubscribe": "presence_subscribe:UNSUBSCRIBE",
    "push:settings": "push_settings",
    "push:status": "push_status",
    "push:subscribe": "push_subscribe",
    "push:test": "push_test",
    "push:unsubscribe": "push_unsubscribe",
}


def find(name: str) -> Event[Any]:
    """The event of this name. Raises NotFound."""
    if name not in MODULES:
        raise NotFound("This event does not exist.")
    module, _, attribute = MODULES[name].partition(":")
    event: Event[Any] = getattr(import_module(f"{__name__}.{module}"), attribute or "EVENT")
    return event
