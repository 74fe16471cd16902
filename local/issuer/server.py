"""The issuer on a port of its own, in the process of the local cloud: another origin than the page's, as elsewhere."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from local import ports
from local.edge import guard
from local.edge.asgi import Message, Receive, Scope, Send, respond
from local.issuer.provider import CLIENT, Provider, Response

if TYPE_CHECKING:
    import socket

BODY_BYTES_MAX = 65_536


class IssuerServer:
    """A provider as an ASGI application, with the sockets that it listens on.

    Attributes:
        provider: What answers.
        sockets: Bound to a free port of this machine.
    """

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = ports.bind(0)
        self.provider = Provider(f"http://localhost:{ports.number(self.sockets)}")

    @property
    def variables(self) -> dict[str, str]:
        """What functions and the page are told of it."""
        return {"AUTH_ISSUER": self.provider.url, "AUTH_AUDIENCE": CLIENT, "AUTH_CLIENT_ID": CLIENT}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        if scope["type"] != "http":
            return None
        answer = await self._answer(scope, receive)
        return await respond(send, answer.status, answer.body, answer.headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        body = await _body(receive)
        if body is None or not guard.comes_here(scope):
            return Response.json(403, {"error": "invalid_request"})
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        try:
            return self.provider.answer(scope["method"], scope["path"], query, body)
        except (KeyError, TypeError, ValueError):
            return Response.json(400, {"error": "invalid_request"})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes | None:
    """Return a request's body; `None` for one that is too long."""
    found, more = b"", True
    while more:
        message: Message = await receive()
        found += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        if len(found) > BODY_BYTES_MAX:
            return None
    return found
