"""A gateway that keeps Socket.IO's promises as far as a probe looks, but for those that a test lets it break."""

import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

Let = Callable[[Request], int]
Reply = Callable[["Gateway", ServerConnection, str], None]

EVENT = re.compile(r'42(\d*)\["([^"]+)",?(.*)\]$')
RANDOM = "x" * 22  # of a sid; its connection's id follows


def let_in(request: Request) -> int:
    """Refuse nobody."""
    return 101


@dataclass
class Gateway:
    """What it does.

    Attributes:
        let: Status of a handshake.
        pages: Answers to plain HTTP by path: status, headers and body.
        replies: What a frame that begins so does, in place of what is usual.
        post: What a post does, in place of arriving.
        delete: What the end of a connection is.
        binary: Code that closes a binary frame.
        url: Where it listens.
    """

    let: Let = let_in
    pages: Mapping[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    replies: Mapping[str, Reply] = field(default_factory=dict)
    post: Callable[["Gateway", ServerConnection, str], None] | None = None
    delete: Callable[[ServerConnection], None] = ServerConnection.close
    binary: int = 1003
    url: str = ""
    connections: dict[str, ServerConnection] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=itertools.count)
    _let_in: int = 0
    _taken: int = 0
    _turn: threading.Condition = field(default_factory=threading.Condition)

    # `@connections`, as boto3 has it

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's names
        post = self.post or (lambda _gateway, connection, text: connection.send(text))
        post(self, self.connections[ConnectionId], Data.decode())

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803
        self.delete(self.connections.pop(ConnectionId))

    def close_all(self) -> None:
        """Close every connection that a client has opened: those, too, whose thread has yet to begin."""
        with self._turn:
            self._turn.wait_for(lambda: self._taken == self._let_in)
        for each in self.connections.values():
            each.close()

    # The socket

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path in self.pages:
            status, headers, body = self.pages[path]
            given = {"Content-Length": str(len(body)), "Connection": "close", **headers}
            return Response(status, HTTPStatus(status).phrase, Headers(given), body)
        if "Upgrade" not in request.headers:
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        told = self.let(request)
        if told != 101:
            return connection.respond(HTTPStatus(told), "no")
        with self._turn:
            self._let_in += 1
        return None

    def talk(self, connection: ServerConnection) -> None:
        address = f"c{next(self._ids)}"
        with self._turn:
            self.connections[address] = connection
            self._taken += 1
            self._turn.notify_all()
        assert connection.request
        try:
            if "EIO=4" in connection.request.path:
                connection.send('0{"sid":"x"}')
            for frame in connection:
                self._take(connection, address, frame)
        except ConnectionClosed:
            return

    def _take(self, connection: ServerConnection, address: str, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            connection.close(self.binary)
            return
        for begin, reply in self.replies.items():
            if frame.startswith(begin):
                reply(self, connection, frame)
                return
        if frame.startswith("40"):
            connection.send(f'40{{"sid":"{RANDOM}{address}"}}')
        elif event := EVENT.match(frame):
            connection.send(f'43{event[1]}[{{"ok":true}}]')
        elif frame.startswith("{"):
            connection.send(json.dumps({"id": json.loads(frame)["id"], "ok": True}))
        elif frame == "41":
            connection.close()


@contextmanager
def listening(gateway: Gateway) -> Iterator[Gateway]:
    """Let it listen on a port of its own."""
    with serve(
        gateway.talk, "127.0.0.1", 0, process_request=gateway.answer, compression=None, max_size=32_768
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        gateway.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/live"
        yield gateway
        server.shutdown()
        thread.join()


def saying(*frames: str) -> Reply:
    """Return a reply of frames."""

    def reply(_gateway: Gateway, connection: ServerConnection, _frame: str) -> None:
        for frame in frames:
            connection.send(frame)

    return reply


def everybody(event: str, body: Mapping[str, Any]) -> Reply:
    """Return a reply that acks an event, and tells another to all who are connected."""

    def reply(gateway: Gateway, connection: ServerConnection, frame: str) -> None:
        ack = EVENT.match(frame)
        assert ack
        connection.send(f'43{ack[1]}[{{"ok":true}}]')
        for each in gateway.connections.values():
            each.send(f"42{json.dumps([event, body], separators=(',', ':'))}")

    return reply
