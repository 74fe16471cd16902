"""As much of a Socket.IO client as shows why another does not connect: each answer that it gets is told apart."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as upgrade

PATIENCE_S = 10.0
"""A function that starts cold may take seconds, for the handshake, the open packet and CONNECT each."""
ENGINE_IO = {"EIO": "4", "transport": "websocket"}
"""Query of a Socket.IO client's handshake. Without it a client is a native one."""


class Unreachable(OSError):  # noqa: N818 - an answer that did not come
    """Nothing answers there, or nothing that speaks HTTP."""


class Refused(Exception):  # noqa: N818 - an answer
    """The handshake was answered with another status than 101. Attributes: `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Denied(Exception):  # noqa: N818 - an answer
    """CONNECT was refused. Attributes: `code`, of the contract, and `message`, for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Silent(Exception):  # noqa: N818 - an answer, or none
    """The connection was opened, and then nothing came, or it was closed. The message says where."""


class Client:
    """A connection that was accepted. Attributes: `socket`, and `sid`, as CONNECT was answered."""

    def __init__(self, socket: ClientConnection, sid: str) -> None:
        self.socket = socket
        self.sid = sid
        self._ack_id = 0

    def call(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send an event and return its ack. Raises Silent."""
        self._ack_id += 1
        missing = f"no ack of {event} came"
        try:
            self.socket.send(f"42{self._ack_id}{json.dumps([event, payload])}")
        except ConnectionClosed as exc:
            raise Silent(f"{missing}, the connection was closed") from exc
        return _object(until(self.socket, f"43{self._ack_id}", missing)[1:-1])


@contextmanager
def connected(url: str, key: str, origin: str) -> Iterator[Client]:
    """Connect as a stock client does. Raises Unreachable, Refused, Denied or Silent."""
    with opened(url, origin) as socket:
        until(socket, "0", "no open packet came")
        socket.send(f"40{json.dumps({'token': key})}")
        answer = until(socket, "4", "CONNECT was not answered")
        if answer.startswith("4"):  # `44{…}`: CONNECT_ERROR
            told = _object(answer[1:])
            raise Denied(str((told.get("data") or {}).get("code", "")), str(told.get("message", "")))
        yield Client(socket, str(_object(answer[1:]).get("sid", "")))


@contextmanager
def opened(
    url: str, origin: str = "", *, query: Mapping[str, str] = ENGINE_IO, headers: Mapping[str, str] | None = None
) -> Iterator[ClientConnection]:
    """Open a WebSocket, as Engine.IO does unless `query` says otherwise. Raises Unreachable or Refused."""
    sent = {**(headers or {}), **({"Origin": origin} if origin else {})}
    try:
        socket = upgrade(
            f"{url}?{urlencode(query)}",
            additional_headers=sent,
            compression=None,
            open_timeout=PATIENCE_S,
            close_timeout=1,
        )
    except InvalidStatus as exc:
        raise Refused(exc.response.status_code) from exc
    except ssl.SSLError as exc:
        raise Unreachable(f"it does not speak TLS as it should: {exc}") from exc
    except (OSError, TimeoutError, InvalidHandshake, EOFError) as exc:
        raise Unreachable(str(exc) or type(exc).__name__) from exc
    with socket:
        yield socket


def _object(text: str) -> dict[str, Any]:
    """Return the JSON object that a frame carries. Raises Silent for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Silent(f"what came is not Socket.IO's: {text[:40]}")
    return found


def until(socket: ClientConnection, start: str, missing: str, within_s: float | None = None) -> str:
    """Return what follows the start of the first frame that begins so. Raises Silent."""
    patience_s = within_s or PATIENCE_S
    try:
        while True:
            frame = socket.recv(timeout=patience_s)
            if isinstance(frame, str) and frame.startswith(start):
                return frame.removeprefix(start)
    except ConnectionClosed as exc:
        raise Silent(f"{missing}, the connection was closed") from exc
    except TimeoutError as exc:
        raise Silent(f"{missing} within {patience_s:.0f} s") from exc
