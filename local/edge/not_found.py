"""A page that does not exist, told to a browser in words.

The engine takes every other path for a bucket's, and says so in XML. What it does serve is passed on, and programs get
its errors as they are.
"""

from local.edge import guard
from local.edge.asgi import Message, Scope, Send, header, respond


def readable(scope: Scope, send: Send) -> Send:
    """Return `send`, or one that replaces an error in XML if a browser looks for a page."""
    return _Replacing(scope, send) if _wants_page(scope) else send


def _wants_page(scope: Scope) -> bool:
    from_browser = header(scope, "sec-fetch-mode") or "text/html" in header(scope, "accept")
    return scope["method"] in {"GET", "HEAD"} and bool(from_browser) and not guard.is_signed(scope)


class _Replacing:
    """Sends on what is not an error in XML."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        """Take a message of the engine's response."""
        if message["type"] == "http.response.start":
            self._replaced = message["status"] >= 400 and b"xml" in _content_type(message)
        if not self._replaced:
            await self._send(message)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            body = b"" if self._scope["method"] == "HEAD" else b"There is nothing here.\n"
            await respond(self._send, 404, body, {"content-type": "text/plain; charset=utf-8"})


def _content_type(start: Message) -> bytes:
    return next((value for name, value in start["headers"] if name.lower() == b"content-type"), b"")
