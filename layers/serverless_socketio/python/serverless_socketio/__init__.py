"""Socket.IO with no server: Engine.IO 4 and Socket.IO 5 over frames that arrive one function call at a time.

```python
sio = Server()

@sio.event
def connect(sid, environ, auth): ...

@sio.on("say")
def say(sid, text):
    sio.emit("said", text, room="lobby", skip_sid=sid)
    return "ok"

handler = LambdaApp(sio).handler  # serverless_socketio.aws
```

`aws` runs a server on API Gateway and Lambda, `memory` in a test. Names are loaded when first used: a cold start pays
only for what it touches.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .emitter import Emitter
    from .exceptions import (
        ConnectionRefusedError,
        DisconnectedError,
        FrameTooLargeError,
        QueueError,
        SocketIOError,
        StoreError,
        TimeoutError,
    )
    from .namespace import Namespace
    from .recovery.state import Recovery
    from .server import Server

_HOMES = {
    "ConnectionRefusedError": "exceptions",
    "DisconnectedError": "exceptions",
    "Emitter": "emitter",
    "FrameTooLargeError": "exceptions",
    "Namespace": "namespace",
    "QueueError": "exceptions",
    "Recovery": "recovery.state",
    "Server": "server",
    "SocketIOError": "exceptions",
    "StoreError": "exceptions",
    "TimeoutError": "exceptions",
}

__all__ = [
    "ConnectionRefusedError",
    "DisconnectedError",
    "Emitter",
    "FrameTooLargeError",
    "Namespace",
    "QueueError",
    "Recovery",
    "Server",
    "SocketIOError",
    "StoreError",
    "TimeoutError",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
