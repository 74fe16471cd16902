"""A TCP proxy that can go silent, a network that is gone without either end being told; or cut off who is there."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

from tests.e2e.conftest import Stack

CHUNK = 65_536
GET_OF_SESSION = re.compile(rb"GET \S*[?&]sid=([^&\s]+)")  # Engine.IO's: of one that polls, or upgrades


class Proxy:
    """Forwards connections to a stack until it is told to stop: then it keeps them open and moves nothing."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("localhost", 0))
        self._sockets: list[socket.socket] = []
        self._frozen = Event()  # whether the connections of now are
        self._seen: set[bytes] = set()  # sids
        self._cut: set[bytes] = set()
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://localhost:{self._listener.getsockname()[1]}"

    def freeze(self) -> None:
        """Forward nothing more on the connections of now; new ones are as good as ever."""
        self._frozen.set()
        self._frozen = Event()

    def go_silent(self) -> None:
        """Forward nothing more, and take no new connection."""
        self._listener.close()
        self.freeze()

    def cut(self) -> None:
        """End the connections of now, and of their sessions every later GET; new sessions are as good as ever."""
        self._cut |= self._seen
        self._end([self._sockets.pop() for _ in range(len(self._sockets))])

    def close(self) -> None:
        """End everything."""
        self._end([self._listener, *self._sockets])

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    Thread(target=self._forward, args=(*pair, self._frozen), daemon=True).start()

    def _is_cut(self, data: bytes) -> bool:
        found = GET_OF_SESSION.match(data)
        if found is None:
            return False
        self._seen.add(found[1])
        return found[1] in self._cut

    @staticmethod
    def _end(sockets: list[socket.socket]) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _forward(self, source: socket.socket, sink: socket.socket, frozen: Event) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if frozen.is_set():
                    return
                if self._is_cut(data):
                    return self._end([source, sink])
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxy_to(stack: Stack) -> Iterator[Proxy]:
    """A proxy to a stack that is reached over plain TCP."""
    to = urlsplit(stack.url)
    assert to.hostname
    assert to.port
    proxy = Proxy((to.hostname, to.port))
    try:
        yield proxy
    finally:
        proxy.close()
