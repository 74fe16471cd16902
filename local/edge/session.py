"""One WebSocket connection, from handshake to `$disconnect`.

The handshake waits for `$connect`. Then messages run side by side, each an invocation of its own, while posts go out in
the order in which they came. `@connections` stays the engine's: it finds the connection in the engine's own table.
"""

import asyncio
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from local.edge import events
from local.edge.asgi import Receive, Scope, Send, header, refuse_upgrade
from local.edge.events import Event, Peer
from local.edge.throttle import Throttles
from local.edge.witness import Witness
from local.engine import borrowed
from local.engine.apis import Answer, Route, WebSocketApi

GOING_AWAY, NORMAL, NO_STATUS = 1001, 1000, 1005

REASONS = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}
THROTTLED = Answer(failed=True, status=429, headers={})
"""What API Gateway itself refuses: 429 Too Many Requests, by "Protect your WebSocket APIs in API Gateway". Clients have
seen it at the handshake (github.com/serverlessunicorn/ServerlessNetworkingClients, issue 3). What a message over the
limit gets is not documented: here it is the frame of other errors, with these words."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """API Gateway's quotas for a connection.

    Attributes:
        idle_s: Seconds without a message or a post.
        lifetime_s: Seconds in all.
    """

    idle_s: float = 600
    lifetime_s: float = 7200


@dataclass(frozen=True)
class Close:
    """How a connection ends: the code for `$disconnect`, and whether we are the one who closes."""

    code: int
    reason: str
    ours: bool


class Session:
    """A connection that was accepted."""

    def __init__(
        self, api: WebSocketApi, peer: Peer, limits: Limits, throttles: Throttles, witness: Witness | None = None
    ) -> None:
        self._api = api
        self._peer = peer
        self._limits = limits
        self._throttles = throttles
        self._witness = witness or Witness()
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._closed = asyncio.Event()
        self._leaving = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._record: dict[str, Any] = {}  # as the engine keeps a connection
        self._opened_at = self._active_at = time.monotonic()

    def leave(self) -> None:
        """Close the connection because the run ends."""
        self._leaving = True
        self._closed.set()

    async def connect(self, event: Event) -> Answer:
        """Ask `$connect`; without such a route, all are let in that the throttle lets in."""
        if not self._throttles.let_connect(self._api, self._peer.stage):
            self._witness.refused(self._peer)
            return THROTTLED
        route = self._api.route("$connect")
        self._witness.handshake(self._peer)
        return await self._run(route, event) if route else Answer(headers={})

    async def serve(self, receive: Receive, send: Send) -> None:
        """Carry messages and posts until one side ends it, then run `$disconnect`."""
        self._register()
        self._witness.opened(self._peer)
        posts = asyncio.create_task(self._post(send))
        try:
            end = await self._listen(receive)
        finally:
            borrowed.forget_connection(self._peer.connection_id)
            self._witness.closed(self._peer)
            self._outbox.put_nowait(None)
        await posts
        if end.ours:
            await send({"type": "websocket.close", "code": end.code})
        if route := self._api.route("$disconnect"):
            await self._run(route, events.disconnect(self._peer, end.code, end.reason))

    async def _run(self, route: Route, event: Event) -> Answer:
        answer = await route.run(event)
        self._witness.answered(self._peer, answer)
        return answer

    async def _listen(self, receive: Receive) -> Close:
        closed = asyncio.create_task(self._closed.wait())
        receiving = asyncio.ensure_future(receive())
        try:
            while True:
                done, _ = await asyncio.wait(
                    {receiving, closed}, timeout=self._seconds_left(), return_when=asyncio.FIRST_COMPLETED
                )
                if receiving in done:
                    message = receiving.result()
                    if message["type"] == "websocket.disconnect":
                        return Close(message["code"], message.get("reason") or "", ours=False)
                    self._start(self._message(message["text"]))
                    receiving = asyncio.ensure_future(receive())
                elif closed in done:
                    return Close(GOING_AWAY if self._leaving else NORMAL, "", ours=True)
                elif self._seconds_left() <= 0:
                    return Close(GOING_AWAY, "Going away", ours=True)
        finally:
            receiving.cancel()
            closed.cancel()

    async def _message(self, text: str) -> None:
        self._touch()
        self._witness.received(self._peer, text)
        route = self._api.select(text)
        event = events.message(self._peer, route.key if route else "$default", text)
        if route and not self._throttles.let_send(self._api, self._peer.stage, route.key):
            self._witness.refused(self._peer)
            self._outbox.put_nowait(error_frame(REASONS[429], self._peer, event))
            return
        answer = await self._run(route, event) if route else None
        if answer is None or answer.failed:
            self._outbox.put_nowait(error_frame("Internal server error", self._peer, event))
        elif route and route.answers and answer.body:
            self._outbox.put_nowait(answer.body)

    async def _post(self, send: Send) -> None:
        while (text := await self._outbox.get()) is not None:
            self._touch()
            self._witness.sent(self._peer, text)
            await send({"type": "websocket.send", "text": text})

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _seconds_left(self) -> float:
        """Return the seconds until one of the limits."""
        idle = self._active_at + self._limits.idle_s
        return max(0.0, min(idle, self._opened_at + self._limits.lifetime_s) - time.monotonic())

    def _touch(self) -> None:
        self._active_at = time.monotonic()
        self._record["lastActiveAt"] = int(time.time())

    def _register(self) -> None:
        self._record |= {
            "apiId": self._peer.api_id,
            "accountId": self._api.owner[0],
            "stage": self._peer.stage,
            "connectedAt": self._peer.connected_at_ms // 1000,
            "identity": {"sourceIp": self._peer.source_ip, "userAgent": self._peer.user_agent},
            "outbox": self._outbox,
            "close_event": self._closed,
        }
        self._touch()
        borrowed.register_connection(self._peer.connection_id, self._record)


def peer_of(scope: Scope, api: WebSocketApi, stage: str) -> Peer:
    """Return who a handshake comes from."""
    client = scope.get("client") or ("127.0.0.1", 0)
    return Peer(
        api_id=api.id,
        region=api.region,
        stage=stage,
        connection_id=events.new_id(),
        connected_at_ms=events.now_ms(),
        source_ip=client[0],
        user_agent=header(scope, "user-agent"),
    )


def handshake_event(scope: Scope, peer: Peer, *, by_page: bool) -> Event:
    """Return `$connect`'s event: headers with the names as the client wrote them, and what is added on the way.

    API Gateway is always behind TLS, and says so; here it says how the handshake came, which is what a page's origin
    is compared with. What came by the page's name (`by_page`) says that name, as CloudFront's function has it, whatever
    the client sent as such.
    """
    added = {"X-Forwarded-For": peer.source_ip, "X-Forwarded-Proto": "https" if scope["scheme"] == "wss" else "http"}
    if by_page:
        added["X-Forwarded-Host"] = header(scope, "host")
    sent = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    headers = [(name, value) for name, value in sent if name.title() not in added]
    return events.connect(peer, [*headers, *added.items()], scope["query_string"].decode("latin-1"))


def refusal(answer: Answer) -> int | None:
    """Return the HTTP status that refuses a handshake, or `None` if it is let in. A function that says 500 is 502."""
    if answer.failed:
        return answer.status
    if answer.status == 500:
        return 502
    return None if 200 <= answer.status < 300 else answer.status


async def refuse(send: Send, status: int, peer: Peer, event: Event) -> None:
    """Answer the handshake with `status` and API Gateway's words for it."""
    message = REASONS.get(status, "Internal server error" if status >= 500 else "Bad Request")
    await refuse_upgrade(send, status, error_frame(message, peer, event).encode())


def error_frame(message: str, peer: Peer, event: Event) -> str:
    """Return API Gateway's own error, a frame like any other to the client."""
    found = {"message": message, "connectionId": peer.connection_id, "requestId": events.request_id(event)}
    return json.dumps(found)
