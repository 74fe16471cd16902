"""The beginning of the short way: how botocore's requests to the listener of tables and posts go over the wire.

botocore hands a signed request to an HTTP session and gets a response. For this one address that session is replaced:
a kept-alive socket, one write, as few reads as it takes. What is sent is the same, what is above is botocore's own:
retries, time-outs, errors, signatures. The listener always says how long its answer is.

    the socket …                          is                                  as with urllib3
    has something to read before a use    closed by the other side: a new one  yes
    cannot be connected, or not in time   EndpointConnectionError, ConnectTimeoutError
    closes before the answer is whole     ConnectionClosedError
    says nothing for the read time-out    ReadTimeoutError
"""

from __future__ import annotations

import select
import socket
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from local.workers.inside.body import Whole

READ_BYTES = 64 * 1024
IDLE_MAX = 50  # sockets that a session keeps


def install(base: str) -> None:
    """Send requests whose URL begins with `base`, e.g. `http://127.0.0.1:1234/`, the short way."""
    sessions: Any = URLLib3Session
    long_way, close = sessions.send, sessions.close
    netloc = urlsplit(base).netloc

    def send(session: Any, request: Any) -> Any:
        if not request.url.startswith(base) or request.stream_output:
            return long_way(session, request)
        idle = session.__dict__.setdefault("_short_way", [])
        return exchange(request, netloc, idle, *_timeouts(session))

    def close_all(session: Any) -> None:
        for connection in session.__dict__.pop("_short_way", []):
            connection.close()
        close(session)

    sessions.send, sessions.close = send, close_all


def exchange(request: Any, netloc: str, idle: list[socket.socket], connect_s: float, read_s: float) -> Any:
    """Send a request and return its response."""
    connection = _take(idle) or _connect(request, netloc, connect_s)
    try:
        connection.settimeout(read_s)
        connection.sendall(written(request, netloc))
        status, headers, body, keeps = _read(connection)
    except TimeoutError as error:
        connection.close()
        raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except (OSError, ValueError) as error:
        connection.close()
        raise ConnectionClosedError(error=error, request=request, endpoint_url=request.url) from error
    if keeps and len(idle) < IDLE_MAX:
        idle.append(connection)
    else:
        connection.close()
    return AWSResponse(request.url, status, headers, Whole(body))  # type: ignore[arg-type]  # it takes any mapping


def written(request: Any, netloc: str) -> bytes:
    """Return a request as it goes over the wire."""
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    target = request.url.partition(netloc)[2] or "/"
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {netloc}"]
    for name, value in request.headers.items():
        lines.append(f"{name}: {value.decode('latin-1') if isinstance(value, bytes) else value}")
    if "Content-Length" not in request.headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + bytes(body)


def _take(idle: list[socket.socket]) -> socket.socket | None:
    """Return a kept socket that is still open."""
    while idle:
        try:
            connection = idle.pop()
        except IndexError:  # another thread was quicker
            return None
        if not select.select([connection], [], [], 0)[0]:
            return connection
        connection.close()
    return None


def _connect(request: Any, netloc: str, timeout_s: float) -> socket.socket:
    host, _, port = netloc.partition(":")
    try:
        connection = socket.create_connection((host, int(port)), timeout_s)
    except TimeoutError as error:
        raise ConnectTimeoutError(endpoint_url=request.url, error=error) from error
    except OSError as error:
        raise EndpointConnectionError(endpoint_url=request.url, error=error) from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _read(connection: socket.socket) -> tuple[int, dict[str, str], bytes, bool]:
    """Return status, headers, body, and whether the connection goes on."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(connection)
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    size = end + 4 + int(headers["Content-Length"])
    while len(data) < size:
        data += _more(connection)
    return int(first.split(" ", 2)[1]), headers, data[end + 4 :], headers.get("Connection", "") != "close"


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(READ_BYTES)
    if not part:
        raise ConnectionResetError("Connection closed before the answer was whole")
    return part


def _timeouts(session: Any) -> tuple[float, float]:
    timeout = session._timeout
    if isinstance(timeout, (int, float)):
        return timeout, timeout
    return timeout.connect_timeout, timeout.read_timeout
