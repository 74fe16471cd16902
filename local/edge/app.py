"""The edge: one ASGI application in front of the engine's.

`/api/socketio` is WebSocket connections and long-polling, the managed path WebSocket connections and nothing else;
files of the page are served, and whatever remains is AWS.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection

from local.edge import guard, not_found, plain_http, polling, posts
from local.edge.asgi import App, Message, Receive, Scope, Send, drain, header, refuse_upgrade, respond
from local.edge.paths import is_socket_path
from local.edge.session import Limits, Session, handshake_event, peer_of, refusal, refuse
from local.edge.site import Site
from local.edge.throttle import Throttles
from local.edge.witness import Witness
from local.engine import apis
from local.engine.apis import WebSocketApi

MANAGED_PATH = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)/(?P<stage>[^/@]+)/?")
"""API Gateway takes `/{stage}`. What it makes of a slash after it is not known, and stock Python clients send one."""


OwnPage = Callable[[Scope, Send], Awaitable[bool]]
"""Answers a request for a page about this machine; False if it is for something else."""


async def _no_page(_scope: Scope, _send: Send) -> bool:
    return False


class Edge:
    """The application.

    Attributes:
        is_open: Whether connections are taken. They wait for the stack to be deployed and fed.
        started: The engine has its data and answers.
    """

    def __init__(
        self,
        engine: App,
        site: Site,
        limits: Limits,
        throttles: Throttles,
        on_call: Callable[[], None] = lambda: None,
        allowed_pages: Collection[str] = (),
        witness: Witness | None = None,
        own_page: OwnPage = _no_page,
    ) -> None:
        self._engine = engine
        self._site = site
        self._limits = limits
        self._on_call = on_call
        self._allowed_pages = allowed_pages
        self._sessions: set[Session] = set()
        self._throttles = throttles
        self._witness = witness or Witness()
        self._own_page = own_page
        self.is_open = False
        self.started = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    async def close(self, within_s: float) -> None:
        """Close every connection and let the `$disconnect`s run, for so long."""
        self.is_open = False
        for session in list(self._sessions):
            session.leave()
        deadline = asyncio.get_running_loop().time() + within_s
        while self._sessions and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.started.set()

        await self._engine(scope, receive, send_on)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not self.is_open:
            return await refuse_upgrade(send, 503, _said("Service Unavailable"))
        found = self._target(scope["path"]) if guard.comes_here(scope) else None
        if found is None:
            return await refuse_upgrade(send, 403, _said("Forbidden"))
        self._on_call()
        await self._connect(scope, receive, send, *found)

    async def _connect(self, scope: Scope, receive: Receive, send: Send, api: WebSocketApi, stage: str) -> None:
        peer = peer_of(scope, api, stage)
        session = Session(api, peer, self._limits, self._throttles, self._witness)
        event = handshake_event(scope, peer, by_page=is_socket_path(scope["path"]))
        answer = await session.connect(event)
        if status := refusal(answer):
            return await refuse(send, status, peer, event)
        await send({"type": "websocket.accept", "subprotocol": answer.headers.get("sec-websocket-protocol")})
        self._sessions.add(session)
        try:
            await session.serve(receive, send)
        finally:
            self._sessions.discard(session)

    def _target(self, path: str) -> tuple[WebSocketApi, str] | None:
        """Return the API and the stage that a path means."""
        if is_socket_path(path):
            api = apis.deployed()
            return (api, api.stages[0]) if api and api.stages else None
        if managed := MANAGED_PATH.fullmatch(path):
            api = apis.find(managed["api"])
            return (api, managed["stage"]) if api and managed["stage"] in api.stages else None
        return None

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not guard.comes_here(scope):
            return await respond(send, 403, _said("Forbidden"), {"content-type": "application/json"})
        if self.is_open and await polling.serve(scope, receive, send):
            self._on_call()
            return None
        if await plain_http.serve(scope, receive, send) or await self._site.serve(scope, send):
            return None
        if not guard.is_foreign_page(scope) and await self._own_page(scope, send):
            return None
        if guard.is_foreign_page(scope, self._allowed_pages):
            return await respond(send, 403, _said("Forbidden"), {"content-type": "application/json"})
        self._on_call()
        length = header(scope, "content-length")
        size = int(length) if length.isdecimal() else 0
        if refused := posts.refusal(scope["method"], scope["path"], size, self._throttles):
            status, headers, body = refused
            await drain(receive)
            return await respond(send, status, body, headers)
        return await self._engine(_for_engine(scope), receive, not_found.readable(scope, send))


def _for_engine(scope: Scope) -> Scope:
    """Return the scope as the engine needs it.

    Header names in lower case, as ASGI has them: for `$connect` they are kept as sent. And secure: a call that never
    leaves this machine stands for one over TLS, or every policy that denies plain HTTP would deny it.
    """
    headers = [(name.lower(), value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-proto"]
    return {**scope, "headers": [*headers, (b"x-forwarded-proto", b"https")]}


def _said(message: str) -> bytes:
    return json.dumps({"message": message}).encode()
