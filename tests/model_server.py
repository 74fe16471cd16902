"""An HTTP server that streams as OpenAI-compatible endpoints do, and fails in all the ways that they do.

What it does follows from the last message: a JSON list of steps, e.g. ``[{"say": "Hello"}, {"wait": 2}]``; any other
message is answered with its own words. Before that it looks at all messages: for words that its filter refuses, and
for more characters than its context holds.
"""

from __future__ import annotations

import json
import select
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_S = 0.02


class Hung(Exception):  # noqa: N818
    """The client has hung up."""


@dataclass
class Seen:
    """One request as the server saw it. `hung_up_at`: when the client had gone, by `time.time`."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    hung_up_at: float | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def message(self) -> str:
        return str(self.body["messages"][-1]["content"])


@dataclass
class ModelServer:
    """Where it listens, and what it was asked."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    filtered: set[str] = field(default_factory=set)  # a word in any message: 400 by the filter
    context_chars: int = 10**9  # more in all messages together: 400, too long

    def asked(self, message: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.message == message]


def steps(*wanted: dict[str, Any]) -> str:
    """A message that makes the server do this."""
    return json.dumps(wanted)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A server on a free port of this machine."""
    model = ModelServer("")

    class Handler(_Handler):
        model_server = model

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model_server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen = Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.model_server.seen.append(seen)
        self._has_begun = False
        self.close_connection = True
        try:
            self._answer(self._refusal(seen) or self._steps(seen))
        except (Hung, OSError):
            seen.hung_up_at = time.time()
        finally:
            seen.ended.set()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _refusal(self, seen: Seen) -> list[dict[str, Any]]:
        """How OpenAI and Azure refuse a prompt; nothing if it is taken."""
        text = " ".join(str(message["content"]) for message in seen.body["messages"])
        if len(text) > self.model_server.context_chars:
            message = "This model's maximum context length is 8192 tokens. However, you requested more."
            return [{"status": 400, "error": {"message": message, "code": "context_length_exceeded"}}]
        if any(word in text for word in self.model_server.filtered):
            return [{"status": 400, "error": {"message": "no: sk-secret", "code": "content_filter"}}]
        return []

    def _steps(self, seen: Seen) -> list[dict[str, Any]]:
        try:
            wanted = json.loads(seen.message)
        except ValueError:
            wanted = None
        if not isinstance(wanted, list):
            return [{"say": f"{word} "} for word in seen.message.split()]
        tries = sum(earlier.message == seen.message for earlier in self.model_server.seen)
        return [step for step in wanted if tries <= step.get("tries", tries)]

    def _answer(self, wanted: list[dict[str, Any]]) -> None:
        for step in wanted:
            match step:
                case {"status": status}:
                    self._refuse(status, step.get("headers", {}), step.get("error", {"message": "no: sk-secret"}))
                    return
                case {"cut": True}:
                    self.wfile.flush()
                    return
                case {"wait": seconds}:
                    self._wait(seconds)
                case {"raw": text}:
                    self._write(text.encode())
                case {"hex": digits}:
                    self._write(bytes.fromhex(digits))
                case {"say": text}:
                    for _ in range(step.get("times", 1)):
                        self._event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})
                        self._wait(step.get("every", 0))
                case {"finish": reason}:
                    self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
                    self._chunk(b"")
                    return
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 34}})
        self._write(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _refuse(self, status: int, headers: dict[str, str], error: Any) -> None:
        body = json.dumps({"error": error}).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _event(self, payload: dict[str, Any]) -> None:
        self._write(b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n")

    def _write(self, data: bytes) -> None:
        if data:
            self._chunk(data)

    def _chunk(self, data: bytes) -> None:
        if not self._has_begun:
            self._has_begun = True
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _wait(self, seconds: float) -> None:
        """Wait, but notice at once that the client has hung up."""
        until = time.monotonic() + seconds
        while True:
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1):
                raise Hung
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(LOOK_S, left))
