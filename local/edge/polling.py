"""Long-polling at `/api/socketio`, as CloudFront and the HTTP API behind it serve it: the functions answer.

A request waits in a thread of its own for as long as its function holds it, and so does a worker of that function, of
which another is started whenever none is free (`local.workers.pool`): neither the engine's loop nor other requests
wait for it. A client that drops its request leaves it to the function, as in AWS.
"""

from urllib.parse import parse_qs

from local.edge import events
from local.edge.asgi import Receive, Scope, Send, respond
from local.edge.paths import SOCKET_PATH
from local.engine import apis

BODY_MAX = 6 * 1024 * 1024
"""What Lambda takes of a request ("Lambda quotas"); the functions refuse less than that."""
FAILED = {429: b'{"message":"Too Many Requests"}', 500: b'{"message":"Internal Server Error"}'}


async def serve(scope: Scope, receive: Receive, send: Send) -> bool:
    """Answer if the request is one of long-polling, and that is deployed."""
    if scope["path"].removesuffix("/") != SOCKET_PATH or not _is_polling(scope):
        return False
    api = apis.deployed_http()
    route = api.route(scope["method"]) if api else None
    if api is None or route is None:
        return False
    body = await _body(receive)
    if body is None:
        await respond(send, 413, b'{"message":"Request Entity Too Large"}', {"content-type": "application/json"})
        return True
    client = scope.get("client") or ("127.0.0.1", 0)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    own = [("x-forwarded-for", client[0]), ("x-forwarded-proto", "http")]
    sent = [(name, value) for name, value in headers if name.lower() not in dict(own)]
    query = scope["query_string"].decode("latin-1")
    event = events.http_request(api.owner[2], scope["method"], scope["path"], query, [*sent, *own], body, client[0])
    answer = await route.run(event)
    if answer.failed:
        status = 429 if answer == apis.REFUSED else 500
        await respond(send, status, FAILED[status], {"content-type": "application/json"})
    else:
        body = b"" if scope["method"] == "HEAD" else answer.body.encode()
        await respond(send, answer.status, body, answer.headers)
    return True


def _is_polling(scope: Scope) -> bool:
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return bool(asked.get("transport", [""])[-1] == "polling")


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, `None` if that is too large; it is read all the same, or the connection would break."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= BODY_MAX:
            parts.append(part)
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(parts) if size <= BODY_MAX else None
