"""A listener of its own for what functions call most: tables, and posts to connections.

The engine looks at a request in some twenty ways before it knows which service is meant, behind a server that is made
for anything. Here a request is parsed by httptools and given at once to what the engine would have chosen for it: the
same check of the signature, the same decision about permissions, the same tables, the same answers and errors.

    POST /                                                      DynamoDB's JSON protocol
    POST, GET, DELETE /_aws/execute-api/…/@connections/{id}     API Gateway's management of connections
    anything else                                               404: the engine's own port has it
"""

from __future__ import annotations

import asyncio
import http
import json
import time
from contextvars import copy_context
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httptools

from local.edge import guard, posts
from local.engine import borrowed
from local.engine.borrowed import Call, Reply

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine

    from local.edge.throttle import Throttles

PHRASES = {status.value: status.phrase for status in http.HTTPStatus}
QUEUED_CONNECTIONS = 1024
OF_ITEMS = frozenset(
    {
        b"GetItem",
        b"PutItem",
        b"UpdateItem",
        b"DeleteItem",
        b"Query",
        b"Scan",
        b"BatchGetItem",
        b"BatchWriteItem",
        b"TransactGetItems",
        b"TransactWriteItems",
    }
)


async def listen(sockets: list[socket.socket], on_call: Callable[[], None], throttles: Throttles) -> None:
    """Serve on these sockets, for ever. `on_call` is told of each call; those about connections are throttled."""
    loop = asyncio.get_running_loop()
    for bound in sockets:
        await loop.create_server(lambda: Calls(on_call, throttles), sock=bound, backlog=QUEUED_CONNECTIONS)
    await asyncio.Event().wait()


class Calls(asyncio.Protocol):
    """One kept-alive connection: a request, its answer, the next request.

    Most are answered within the turn of the loop in which their last byte came.
    """

    def __init__(self, on_call: Callable[[], None], throttles: Throttles) -> None:
        self._on_call = on_call
        self._throttles = throttles
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Parse what has come."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Let a client go on that asks before it sends its body."""
        if (b"expect", b"100-continue") in self._headers:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer: at once, or when it is known, with the next request left unread meanwhile."""
        self._on_call()
        url = httptools.parse_url(self._url)
        call = Call(
            method=self._parser.get_method().decode(),
            raw_path=url.path.decode("latin-1"),
            query=(url.query or b"").decode("latin-1"),
            headers=self._headers,
            body=b"".join(self._body),
        )
        if never_waits(call):
            self._send(copy_context().run(run_now, answer(call, self._throttles)))
        else:
            self._transport.pause_reading()
            asyncio.ensure_future(answer(call, self._throttles)).add_done_callback(self._send_late)

    def _send_late(self, answering: asyncio.Future[Reply]) -> None:
        if not self._transport.is_closing():
            self._send(answering.result())
            self._transport.resume_reading()

    def _send(self, reply: Reply) -> None:
        self._transport.write(encoded(reply))
        if not self._parser.should_keep_alive():
            self._transport.close()


def never_waits(call: Call) -> bool:
    """Whether the engine answers a call without waiting for anything: those of items, and all about connections."""
    target = next((value for name, value in call.headers if name == b"x-amz-target"), b"")
    return not target or target.rpartition(b".")[2] in OF_ITEMS


def run_now(work: Coroutine[Any, Any, Reply]) -> Reply:
    """Run what is written as a coroutine and never waits: a task of its own would cost as much as the call."""
    try:
        work.send(None)
    except StopIteration as end:
        reply: Reply = end.value
        return reply
    work.close()
    raise RuntimeError("The engine waits for something where it did not wait before")


async def answer(call: Call, throttles: Throttles) -> Reply:
    """Return the answer to a call, judged as the edge judges requests to the engine."""
    if not guard.comes_here({"headers": call.headers}) or guard.is_foreign_page({"headers": call.headers}):
        return _told(403, "Forbidden")
    if refused := posts.refusal(call.method, call.path, len(call.body), throttles):
        return refused
    return await borrowed.answer(call) or _told(404, f"The engine's own port has {call.path}, this one has not.")


def encoded(reply: Reply) -> bytes:
    """Return an answer as it goes over the wire."""
    status, headers, body = reply
    lines = [f"HTTP/1.1 {status} {PHRASES.get(status, '')}", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body)}", f"Date: {_date(int(time.time()))}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _told(status: int, message: str) -> Reply:
    return status, {"Content-Type": "application/json"}, json.dumps({"message": message}).encode()


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
