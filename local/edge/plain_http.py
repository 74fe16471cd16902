"""What is asked by plain HTTP and is not long-polling (`local.edge.polling`), and `/health`.

| path | answer |
|---|---|
| `/health` | 200 `{"status": "ok"}` |
| `/api/socketio`, and below it | 400 with Engine.IO's reason; a preflight is answered |
| a stage of a WebSocket API | 426 Upgrade Required; no function runs |
| elsewhere in a WebSocket API, but for `@connections` | 403 Forbidden, as at a handshake |

Engine.IO judges a request in this order (`verify` in `engine.io/lib/server.ts`), here with WebSocket as its only
transport. Whatever comes is refused by one of these, so its check of the protocol version (5), which a handshake by
polling meets after them, is never reached.

| a request | code |
|---|---|
| for another transport, or none: long-polling is switched off | 0 |
| with an Origin that no header may hold | 3 |
| of a session (`sid`): it cannot be one by plain HTTP | 1 |
| that begins a session, and is not a GET | 2 |
| that begins a session by WebSocket, without an upgrade | 3 |

What API Gateway answers to a plain GET at a stage is not documented; 426 is what HTTP has for it (RFC 9110, 15.5.22).
"""

import json
import re
from urllib.parse import parse_qs

from local.edge import guard
from local.edge.asgi import Receive, Scope, Send, drain, header, respond
from local.edge.paths import SOCKET_PATH
from local.engine import apis
from serverless_socketio.polling.refusals import (
    BAD_HANDSHAKE_METHOD,
    BAD_REQUEST,
    REASONS,
    UNKNOWN_SID,
    UNKNOWN_TRANSPORT,
)

HEALTH_PATH = "/health"
API_PATH = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)(?P<rest>/.*)?")
API_HOST = re.compile(r"(?P<api>[^.]+)\.execute-api\.")
CALLBACKS = "@connections"

ANY_ORIGIN = {"access-control-allow-origin": "*"}
"""For every page, and so without credentials: who may not connect is told so at CONNECT, where a client can read it."""
METHODS = "GET,HEAD,POST"
NO_HEADER_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


async def serve(scope: Scope, receive: Receive, send: Send) -> bool:
    """Answer if the request is for one of these paths; whatever else is not touched."""
    path, method = scope["path"], scope["method"]
    if path == SOCKET_PATH or path.startswith(f"{SOCKET_PATH}/"):
        await drain(receive)
        if method == "OPTIONS":
            await respond(send, 204, b"", _preflight(scope))
        else:
            code = refusal(method, scope["query_string"].decode("latin-1"), header(scope, "origin"))
            await _send(scope, send, 400, {"code": code, "message": REASONS[code]}, ANY_ORIGIN)
        return True
    if path == HEALTH_PATH and method in {"GET", "HEAD"} and not guard.is_signed(scope):
        await _send(scope, send, 200, {"status": "ok"}, {"cache-control": "no-store"})
        return True
    if (status := _of_websocket_api(scope)) is not None:
        await drain(receive)
        upgrade = {"upgrade": "websocket", "connection": "upgrade"} if status == 426 else {}
        await _send(scope, send, status, {"message": "Upgrade Required" if status == 426 else "Forbidden"}, upgrade)
        return True
    return False


def refusal(method: str, query: str, origin: str) -> int:
    """Return the code with which Engine.IO refuses a request that is not an upgrade."""
    asked = parse_qs(query, keep_blank_values=True)
    if asked.get("transport", [""])[-1] != "websocket":
        return UNKNOWN_TRANSPORT
    if NO_HEADER_VALUE.search(origin):
        return BAD_REQUEST
    if asked.get("sid", [""])[-1]:
        return UNKNOWN_SID
    return BAD_REQUEST if method == "GET" else BAD_HANDSHAKE_METHOD


def _of_websocket_api(scope: Scope) -> int | None:
    """Return the status for a path of a WebSocket API; `None` if it is another's, or `@connections`."""
    if found := API_PATH.fullmatch(scope["path"]):
        api_id, rest = found["api"], found["rest"] or ""
    elif found := API_HOST.match(header(scope, "host")):
        api_id, rest = found["api"], scope["path"]
    else:
        return None
    api = apis.find(api_id)
    stage, _, below = rest.strip("/").partition("/")
    if api is None or below.startswith(CALLBACKS):
        return None
    return 426 if stage in api.stages and not below else 403


def _preflight(scope: Scope) -> dict[str, str]:
    wanted = header(scope, "access-control-request-headers")
    asked = {"access-control-allow-headers": wanted, "vary": "Access-Control-Request-Headers"} if wanted else {}
    return {**ANY_ORIGIN, "access-control-allow-methods": METHODS, **asked}


async def _send(scope: Scope, send: Send, status: int, body: dict[str, object], headers: dict[str, str]) -> None:
    encoded = b"" if scope["method"] == "HEAD" else json.dumps(body).encode()
    await respond(send, status, encoded, {"content-type": "application/json", **headers})
