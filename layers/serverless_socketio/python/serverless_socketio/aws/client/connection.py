"""Connections to one endpoint: kept alive, taken again, and opened anew when they are stale.

a kept connection …                          then
has been idle for long                       is closed: the other side may have forgotten it while Lambda slept
has something to read before it is used      was closed by the other side: the next one
fails while the request is being sent        was closed just now, nothing was done: once again on a new one
ends before the answer is whole              AnswerLostError: the request may have worked
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from .errors import AnswerLostError, NotConnectedError
from .http1 import AnswerReader, BadAnswerError

if TYPE_CHECKING:
    from .endpoints import Endpoint
    from .http1 import Response

READ_BYTES = 256 * 1024
IDLE_MAX_S = 60.0  # the default of the AWS SDK for Java 2.x (`connectionMaxIdleTime`)
KEPT_MAX = 100  # as many as `multiplex` has at work
RESOLVED_S = 5.0  # of a name whose record holds for 60 s


class Pool:
    """Kept connections to an endpoint, the last used first, for any number of threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._address: tuple[float, tuple[int, Any]] = (-1.0, (0, None))  # until when, and what
        self._kept: list[tuple[float, socket.socket]] = []  # since when, and what; a list's own calls are atomic

    def take(self) -> socket.socket | None:
        """Return a kept connection that is still open."""
        while self._kept:
            try:
                since, connection = self._kept.pop()
            except IndexError:  # another thread was quicker
                return None
            # Time of day: the monotonic clock may stand still while Lambda has frozen the process.
            if time.time() - since < IDLE_MAX_S and not _has_news(connection):
                return connection
            connection.close()
        return None

    def keep(self, connection: socket.socket) -> None:
        """Keep a connection for the next request."""
        if len(self._kept) < KEPT_MAX:
            self._kept.append((time.time(), connection))
        else:
            connection.close()

    def open(self, timeout_s: float) -> socket.socket:
        """Return a new connection. Raises NotConnectedError."""
        try:
            return self._open(timeout_s)
        except OSError as error:  # a time-out, a name that is not found and a certificate are such, too
            raise NotConnectedError(f"No connection to {self.endpoint.netloc}: {error}") from error

    def exchange(self, request: bytes, *, connect_s: float, read_s: float) -> Response:
        """Send a request and return its answer. Raises NotConnectedError or AnswerLostError.

        `read_s`: for the sending, and for each piece of the answer.
        """
        connection = self.take()
        if connection is not None and not _sent(connection, request, read_s):
            connection.close()
            connection = None
        if connection is None:
            connection = self.open(connect_s)
            if not _sent(connection, request, read_s):
                connection.close()
                raise AnswerLostError("The connection ended while the request was sent")
        return self._answer(connection)

    def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            self._kept.pop()[1].close()

    def open_later(self) -> socket.socket:
        """Return a connection that does not block and is being made. Raises OSError."""
        family, address = self._resolved()
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        trouble = connection.connect_ex(address)
        if trouble not in (0, errno.EINPROGRESS):  # else what comes of it, the socket says later
            connection.close()
            raise OSError(trouble, os.strerror(trouble))
        return connection

    def _resolved(self) -> tuple[int, Any]:
        """Return where the endpoint is now: looked up once for all connections that are made at a time."""
        until, found = self._address
        if time.monotonic() > until:
            family, _, _, _, address = socket.getaddrinfo(
                self.endpoint.host, self.endpoint.port, type=socket.SOCK_STREAM
            )[0]
            found = family, address
            self._address = time.monotonic() + RESOLVED_S, found
        return found

    def over_tls(self, connection: socket.socket) -> socket.socket:
        """Return what is sent and received by, on a connection that was just made; hands are still to be shaken."""
        if not self.endpoint.is_tls:
            return connection
        from .tls import context

        return context().wrap_socket(connection, server_hostname=self.endpoint.host, do_handshake_on_connect=False)

    def _open(self, timeout_s: float) -> socket.socket:
        connection = socket.create_connection((self.endpoint.host, self.endpoint.port), timeout_s)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self.over_tls(connection)
            if self.endpoint.is_tls:
                connection.do_handshake()  # type: ignore[attr-defined]  # an SSLSocket
        except BaseException:
            connection.close()
            raise
        return connection

    def _answer(self, connection: socket.socket) -> Response:
        try:
            answer = _read(connection)
        except TimeoutError as error:
            connection.close()
            raise AnswerLostError("No answer came in time") from error
        except (OSError, BadAnswerError) as error:
            connection.close()
            raise AnswerLostError(f"The answer was lost: {error}") from error
        if answer.stays:
            self.keep(connection)
        else:
            connection.close()
        return answer


def _sent(connection: socket.socket, request: bytes, timeout_s: float) -> bool:
    with contextlib.suppress(OSError):
        connection.settimeout(timeout_s)
        connection.sendall(request)
        return True
    return False


def _read(connection: socket.socket) -> Response:
    reader = AnswerReader()
    while data := connection.recv(READ_BYTES):
        if answer := reader.feed(data):
            return answer
    return reader.closed()


def _has_news(connection: socket.socket) -> bool:
    """Whether there is something to read, which before a request can only be the end."""
    if hasattr(select, "poll"):
        poll = select.poll()  # takes descriptors of any number, which `select` does not
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([connection], [], [], 0)[0])
