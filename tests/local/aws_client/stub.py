"""A server of HTTP/1.1 that does what a test says, and clients of it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b'{"Item": {"pk": {"S": "found"}}}'


def answer(body: bytes = OK, status: str = "200 OK", **headers: str) -> bytes:
    fields = {"Content-Type": "application/x-amz-json-1.0", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def say(connection: socket.socket, what: bytes | None = None, *, goes_on: bool = True) -> bool:
    """Send an answer; returns whether the connection goes on."""
    connection.sendall(answer() if what is None else what)
    return goes_on


@dataclass
class Server:
    """Answers each request as it is told, in a thread for each connection; notes what came."""

    behave: Callable[[socket.socket], bool] = lambda connection: say(connection)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    latest: dict[int, bytes] = field(default_factory=dict)  # each thread's request
    echoes: bool = False  # it answers with what it is asked

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def say_in_turn(self, *answers: bytes) -> None:
        """Give these answers, each to one request, and then the usual one."""
        left = list(answers)
        self.behave = lambda connection: say(connection, left.pop(0) if left else None)

    def close(self) -> None:
        with suppress(OSError):  # it is closed
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(OSError):
            while (request := _request(connection)) is not None:
                self.requests.append(request)
                self.latest[threading.get_ident()] = request
                if self.echoes:
                    connection.sendall(answer(request.partition(b"\r\n\r\n")[2]))
                elif not self.behave(connection):
                    return


def _request(connection: socket.socket) -> bytes | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < size:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def get(client: Any) -> Any:
    return client.get_item(TableName="t", Key={"pk": {"S": "é"}})
