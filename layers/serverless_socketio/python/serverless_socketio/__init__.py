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
    from .aws.gateway import Gateway, Handshake
    from .aws.opening import Ping
    from .aws.queue import SqsQueue, SqsRelay
    from .aws.store import DynamoStore
    from .aws.table import DynamoTable
    from .aws.transport import ApiGatewayTransport, MultiplexedTransport
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
    from .memory.store import MemoryStore
    from .memory.transport import MemoryTransport
    from .namespace import Namespace
    from .recovery.state import Recovery
    from .server import Server
    from .system import RandomIds, SystemClock

_HOMES = {
    "ApiGatewayTransport": "aws.transport",
    "BadNamespaceError": "exceptions",
    "ConnectionRefusedError": "exceptions",
    "DisconnectedError": "exceptions",
    "DynamoStore": "aws.store",
    "DynamoTable": "aws.table",
    "Emitter": "emitter",
    "FrameTooLargeError": "exceptions",
    "Gateway": "aws.gateway",
    "Handshake": "aws.gateway",
    "Heartbeat": "heartbeat",
    "Inbox": "inbox",
    "MemoryStore": "memory.store",
    "MemoryTransport": "memory.transport",
    "MultiplexedTransport": "aws.transport",
    "Namespace": "namespace",
    "PacketError": "codec.errors",
    "Ping": "aws.opening",
    "Poster": "batches",
    "QueueError": "exceptions",
    "RandomIds": "system",
    "Recovery": "recovery.state",
    "Server": "server",
    "SocketIOError": "exceptions",
    "SqsQueue": "aws.queue",
    "SqsRelay": "aws.queue",
    "StoreError": "exceptions",
    "SystemClock": "system",
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
