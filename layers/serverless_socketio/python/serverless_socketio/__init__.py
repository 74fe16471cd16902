"""Socket.IO with no server: Engine.IO 4 and Socket.IO 5 over frames that arrive one function call at a time.

::

    sio = Server(store, transport, clock=SystemClock(), ids=RandomIds())

    @sio.event
    def connect(sid, environ, auth): ...

    @sio.on("say")
    def say(sid, text):
        sio.emit("said", text, room="lobby", skip_sid=sid)
        return "ok"

Names are loaded when first used: a cold start pays only for what it touches.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adaptors.apigateway import Gateway, Handshake
    from .adaptors.dynamodb import DynamoStore
    from .adaptors.memory import MemoryStore, MemoryTransport
    from .adaptors.opening import Ping
    from .adaptors.queue import SqsQueue, SqsRelay
    from .adaptors.system import RandomIds, SystemClock
    from .adaptors.table import DynamoTable
    from .adaptors.transport import ApiGatewayTransport, MultiplexedTransport
    from .batches import Poster
    from .codec.errors import PacketError
    from .emitter import Emitter
    from .exceptions import (
        BadNamespaceError,
        ConnectionRefusedError,
        DisconnectedError,
        FrameTooLargeError,
        QueueError,
        SocketIOError,
        StoreError,
        TimeoutError,
    )
    from .heartbeat import Heartbeat
    from .inbox import Inbox
    from .lasting import Recovery
    from .namespace import Namespace
    from .server import Server

_HOMES = {
    "ApiGatewayTransport": "adaptors.transport",
    "BadNamespaceError": "exceptions",
    "ConnectionRefusedError": "exceptions",
    "DisconnectedError": "exceptions",
    "DynamoStore": "adaptors.dynamodb",
    "DynamoTable": "adaptors.table",
    "Emitter": "emitter",
    "FrameTooLargeError": "exceptions",
    "Gateway": "adaptors.apigateway",
    "Handshake": "adaptors.apigateway",
    "Heartbeat": "heartbeat",
    "Inbox": "inbox",
    "MemoryStore": "adaptors.memory",
    "MemoryTransport": "adaptors.memory",
    "MultiplexedTransport": "adaptors.transport",
    "Namespace": "namespace",
    "PacketError": "codec.errors",
    "Ping": "adaptors.opening",
    "Poster": "batches",
    "QueueError": "exceptions",
    "RandomIds": "adaptors.system",
    "Recovery": "lasting",
    "Server": "server",
    "SocketIOError": "exceptions",
    "SqsQueue": "adaptors.queue",
    "SqsRelay": "adaptors.queue",
    "StoreError": "exceptions",
    "SystemClock": "adaptors.system",
    "TimeoutError": "exceptions",
}

__all__ = [
    "ApiGatewayTransport",
    "BadNamespaceError",
    "ConnectionRefusedError",
    "DisconnectedError",
    "DynamoStore",
    "DynamoTable",
    "Emitter",
    "FrameTooLargeError",
    "Gateway",
    "Handshake",
    "Heartbeat",
    "Inbox",
    "MemoryStore",
    "MemoryTransport",
    "MultiplexedTransport",
    "Namespace",
    "PacketError",
    "Ping",
    "Poster",
    "QueueError",
    "RandomIds",
    "Recovery",
    "Server",
    "SocketIOError",
    "SqsQueue",
    "SqsRelay",
    "StoreError",
    "SystemClock",
    "TimeoutError",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
