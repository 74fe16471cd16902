"""Frames by hand, for what no stock client sends."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import Stack

PATIENCE_S = 10.0


@contextmanager
def raw_client(stack: Stack, user_id: str) -> Iterator["RawClient"]:
    """Connect as a user, for as long as the block lasts."""
    with open_websocket(stack) as websocket:
        yield RawClient(websocket, stack.key(user_id))


def open_websocket(
    stack: Stack, *, native: bool = False, headers: Mapping[str, str] | None = None, **query: str
) -> ClientConnection:
    """Upgrade to a WebSocket: Socket.IO's, or a native one at the managed endpoint. Use it as a context manager."""
    if native:
        url, asked = stack.websocket_url, query
    else:
        url = f"{stack.url.replace('http', 'ws', 1)}{stack.socket_path}/"
        asked = {"EIO": "4", "transport": "websocket", **query}
    return connect(f"{url}?{urlencode(asked)}" if asked else url, additional_headers=headers, compression=None)


def close_code(websocket: ClientConnection, within_s: float = PATIENCE_S) -> int:
    """Wait for the server's close; returns its code."""
    deadline = time.monotonic() + within_s
    with suppress(ConnectionClosed):
        while True:
            websocket.recv(timeout=max(0.0, deadline - time.monotonic()))
    assert websocket.close_code is not None
    return websocket.close_code


class RawClient:
    """A Socket.IO connection whose every frame is ours. Frames that answer nothing we asked are kept in `others`.

    What comes by itself is no answer either, and comes when it comes: pings are answered, the user's own presence is
    passed over.
    """

    def __init__(self, websocket: ClientConnection, api_key: str) -> None:
        self.websocket = websocket
        self.others: list[str] = []
        self._ack_id = 0
        assert self.receive().startswith("0{")
        self.websocket.send("40" + json.dumps({"token": api_key}))
        assert self.receive().startswith('40{"sid"')

    def receive(self, within_s: float = PATIENCE_S) -> str:
        """Return the next frame that does not come by itself."""
        deadline = time.monotonic() + within_s
        while True:
            frame = self.websocket.recv(timeout=max(0.0, deadline - time.monotonic()))
            assert isinstance(frame, str), "a server frame is text"
            if frame == "2":
                self.websocket.send("3")
            elif not frame.startswith('42["presence:updated"'):
                return frame

    def call(self, event: Any, *args: Any) -> Any:
        """Send an event and return its ack. Strings go out escaped, so that half a surrogate pair can be among them."""
        self._ack_id += 1
        return self.call_text(self._ack_id, json.dumps([event, *args]))

    def call_text(self, ack_id: int, body: str) -> Any:
        """Send an event as text, and return its ack."""
        self.websocket.send(f"42{ack_id}{body}")
        return json.loads(self._until(f"43{ack_id}["))[0]

    def refused(self, frame: str) -> Any:
        """Send a frame and return the `error` event that answers it."""
        self.websocket.send(frame)
        return json.loads(self._until('42["error"', keep='["error"'))[1]

    def is_alive(self) -> bool:
        """Whether the connection still does its work."""
        return bool(self.call("chat:history", {"agentId": "echo", "limit": 1})["ok"])

    def close_code(self, within_s: float = PATIENCE_S) -> int:
        """Wait for the server's close; returns its code."""
        return close_code(self.websocket, within_s)

    def _until(self, start: str, keep: str = "[") -> str:
        """Wait for the frame that starts so; returns it from `keep` on."""
        while not (frame := self.receive()).startswith(start):
            self.others.append(frame)
        return frame[frame.index(keep) :]
