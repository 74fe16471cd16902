"""ASGI's types, as far as the edge needs them."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: str) -> str:
    """Return a request header's value, or "". Names are compared without regard to case."""
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == wanted), "")


async def drain(receive: Receive) -> None:
    """Read a request to its end: an answer before that would reset the connection."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


async def respond(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Answer an HTTP request."""
    await send({"type": "http.response.start", "status": status, "headers": _encoded(headers, body)})
    await send({"type": "http.response.body", "body": body})


async def refuse_upgrade(send: Send, status: int, body: bytes) -> None:
    """Answer a WebSocket handshake with an HTTP response."""
    headers = _encoded({"content-type": "application/json"}, body)
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _encoded(headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    pairs = {**headers, "content-length": str(len(body))}
    return [(name.encode(), value.encode()) for name, value in pairs.items()]
