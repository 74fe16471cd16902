"""Connections to push services: to checked addresses only, kept, and never used for longer than a push may take.

Importing this loads httpcore: it is done for the first push.
"""

from __future__ import annotations

import time
import weakref
from contextlib import contextmanager, suppress
from threading import local
from typing import TYPE_CHECKING, Any

import httpcore

from serverless_socketio_chat.push import guard
from serverless_socketio_chat.push.model import Unreachable, Unsafe

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

CONNECT_S, READ_S, TOTAL_S = 2.0, 5.0, 6.0  # push services answer in some tenths of a second
IDLE_S = 60.0  # how long a connection is kept; a function that was frozen for longer makes a new one
IDLE_MAX = 32
RESPONSE_MAX = 16 * 1024  # bytes that are read of a body, which says why a push was refused
TIMEOUTS = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": CONNECT_S}
FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
LOOPBACK = "127.0.0.1"


class GuardedConnections:
    """HTTP/1.1 from many threads. No redirect is followed, no proxy asked, nothing sent again.

    `loopback`: ``127.0.0.1`` may be connected to. `resolve` and `is_safe`: how names become addresses, and which of
    those are good. `tls`: certificates that are trusted, those of `certifi` if None.
    """

    def __init__(
        self,
        *,
        loopback: bool = False,
        resolve: Callable[[str, int], Sequence[str]] = guard.resolve,
        is_safe: Callable[[str], bool] = guard.is_global,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._deadline = Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=None,
            max_keepalive_connections=IDLE_MAX,
            keepalive_expiry=IDLE_S,
            network_backend=_Backend(self._deadline, resolve, is_safe, loopback=loopback),
        )
        weakref.finalize(self, self._pool.close)  # connections that are kept end with the pool's owner

    def post(
        self, url: httpcore.URL, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Sequence[tuple[bytes, bytes]], bytes]:
        """Status, headers and the beginning of the body of the answer. Raises Unreachable, Unsafe."""
        text = bytearray()
        try:
            with (
                self._deadline.within(TOTAL_S),
                self._pool.stream(
                    "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": TIMEOUTS}
                ) as answer,
            ):
                with suppress(*FAILURES):  # the status is what counts
                    _drain(answer, text)
                return answer.status, answer.headers, bytes(text)
        except FAILURES as error:
            raise Unreachable(type(error).__name__) from error


class Deadline(local):
    """When the post that a thread is at must have ended, whatever it awaited how often until then."""

    until = 0.0

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let what is done inside the block take so long at most."""
        self.until = time.monotonic() + seconds
        yield

    def left(self, timeout: float | None) -> float:
        """A time-out that ends no later. Raises `httpcore.ReadTimeout` when the time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("A push took too long")
        return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    """Resolves a name once, checks all its addresses, and connects to those: no second answer can lead elsewhere."""

    def __init__(
        self,
        deadline: Deadline,
        resolve: Callable[[str, int], Sequence[str]],
        is_safe: Callable[[str], bool],
        *,
        loopback: bool,
    ) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._is_safe = is_safe
        self._loopback = loopback
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that takes us. Raises Unsafe if any is none of a push service's."""
        failure: Exception | None = None
        for address in self._addresses(host, port):
            try:
                left = self._deadline.left(timeout)
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("The name of a push service has no address")

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if self._loopback and host == LOOPBACK:
            return [host]
        addresses = self._resolve(host, port)
        if not all(map(self._is_safe, addresses)):
            raise Unsafe("The name of a push service leads into a network that is not public")
        return addresses[: guard.ADDRESSES_MAX]


class _Timed(httpcore.NetworkStream):
    """A stream that knows the deadline of the request that uses it now: a server may send one byte at a time."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Timed(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _drain(response: httpcore.Response, text: bytearray) -> None:
    """Read a short body into `text`, so that the connection can be kept; a long one ends it."""
    for chunk in response.iter_stream():
        text += chunk
        if len(text) > RESPONSE_MAX:
            return
