"""A push service, and the browsers that subscribe with it: over HTTP on loopback, with the manners of the real ones.

It refuses what they refuse (RFC 8030, RFC 8292), answers as its tests' scripts say, and keeps everything that it was
sent. Browsers hold keys of their own and decrypt by `http_ece` (RFC 8291); tokens are verified by PyJWT.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BODY_MAX = 4096  # bytes, encrypted: what a push service must take (RFC 8030 section 7.2), and no real one takes more
TOKEN_LIFE_MAX_S = 24 * 3600  # RFC 8292 section 2
URGENCIES = {None, "very-low", "low", "normal", "high"}
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")  # RFC 8030 section 5.4
OTHER_KEY = (  # as Google's says it
    "the VAPID credentials in the authorization header do not correspond to the credentials used to create the "
    "subscriptions.\n"
)
WITHOUT_DELAY = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset


@dataclass(frozen=True)
class Step:
    """What one request is answered with, after `wait_s`.

    `taken`: whether the browser is shown the message; by default if the status says so. `reset`: the connection breaks
    instead of an answer. `retry_after`: seconds from now; `as_date`: written as an HTTP date.
    """

    status: int = 201
    retry_after: float | None = None
    as_date: bool = False
    wait_s: float = 0
    reset: bool = False
    taken: bool | None = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def shows(self) -> bool:
        return self.status < 300 and not self.reset if self.taken is None else self.taken


@dataclass(frozen=True)
class Received:
    """One request. `claims`: of its token, verified; `status`: what it was answered with, None for a reset."""

    headers: Mapping[str, str]  # names in lower case
    body: bytes
    claims: Mapping[str, Any]
    at: float
    status: int | None
    shown: bool
    why: str = ""  # of a refusal

    @property
    def topic(self) -> str | None:
        return self.headers.get("topic")

    @property
    def ttl_s(self) -> int:
        return int(self.headers["ttl"])

    @property
    def urgency(self) -> str:
        return self.headers.get("urgency", "normal")


class Refused(Exception):  # noqa: N818
    """A request that no push service would take."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Browser:
    """A browser with one subscription; `key`: the application server's, which alone may push to it then."""

    def __init__(self, service: PushService, key: str | None) -> None:
        self._service = service
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = uuid4().bytes
        self.application_server_key = key
        self.path = f"/push/{uuid4().hex}"
        self.endpoint = service.url + self.path
        self.is_gone = False
        self.received: list[Received] = []
        self._steps: list[Step] = []

    @property
    def subscription(self) -> dict[str, Any]:
        """What ``PushSubscription.toJSON()`` gives a page."""
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(point), "auth": encoded(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def script(self, *steps: Step) -> Browser:
        """Answer the next requests by these steps, then with 201 again."""
        self._steps = list(steps)
        return self

    def unsubscribe(self) -> None:
        """From now on 410."""
        self.is_gone = True

    def next_step(self) -> Step:
        return self._steps.pop(0) if self._steps else Step()

    def decrypt(self, body: bytes) -> bytes:
        """The message of a body, by this browser's keys."""
        message: bytes = http_ece.decrypt(body, private_key=self._private, auth_secret=self._auth)
        return message

    @property
    def notifications(self) -> list[dict[str, Any]]:
        """What it was shown, decrypted, in order."""
        return [json.loads(self.decrypt(request.body)) for request in list(self.received) if request.shown]

    def wait(self, count: int = 1, *, patience_s: float = 15) -> list[dict[str, Any]]:
        """Its notifications once there are so many."""
        until = time.monotonic() + patience_s
        while len(self.notifications) < count:
            assert time.monotonic() < until, f"{len(self.notifications)} of {count} notifications came"
            time.sleep(0.02)
        return self.notifications

    def asked(self, count: int = 1, *, patience_s: float = 15) -> list[Received]:
        """What was posted to it, once that is so much, whatever was answered."""
        until = time.monotonic() + patience_s
        while len(self.received) < count:
            assert time.monotonic() < until, f"{len(self.received)} of {count} requests came"
            time.sleep(0.02)
        return self.received


@dataclass
class PushService:
    """Where it listens, who is subscribed, and how many connections were made to it."""

    url: str
    now: Callable[[], float] = time.time
    browsers: dict[str, Browser] = field(default_factory=dict)  # by path
    connections: int = 0

    def browser(self, key: str | None = None) -> Browser:
        """A browser that subscribes now."""
        browser = Browser(self, key)
        self.browsers[browser.path] = browser
        return browser


@contextmanager
def push_service(now: Callable[[], float] = time.time) -> Iterator[PushService]:
    """A push service on a free port of this machine; `now`: the seconds that tokens are verified by."""
    server = _Server(now)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.service
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = PushService(f"http://127.0.0.1:{self.server_port}", now)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.service.connections += 1
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake the handlers that wait for another request."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no error of the service."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        service = self.server.service
        body = self.rfile.read(int(self.headers["Content-Length"]))
        browser = service.browsers.get(self.path)
        if browser is None:
            self._say(Step(404))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        claims: Mapping[str, Any] = {}
        why = ""
        try:
            claims = verified(headers, service, browser)
            check(headers, body, browser)
            step = browser.next_step()
        except Refused as refused:
            step, why = Step(refused.status, text=str(refused)), str(refused)
        status = None if step.reset else step.status
        browser.received.append(Received(headers, body, claims, service.now(), status, step.shows, why))
        self._say(step)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _say(self, step: Step) -> None:
        time.sleep(step.wait_s)
        if step.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITHOUT_DELAY)
            socket.close(self.connection.detach())  # at once: others hold files of it
            self.close_connection = True
            return
        self.send_response(step.status)
        for name, value in {**self._headers(step), **step.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(step.text.encode())

    def _headers(self, step: Step) -> dict[str, str]:
        headers = {"Content-Length": str(len(step.text.encode()))}
        if step.status == 201:
            headers["Location"] = f"{self.server.service.url}/message/{uuid4().hex}"
        if step.retry_after is not None:
            at = formatdate(self.server.service.now() + step.retry_after, usegmt=True)
            headers["Retry-After"] = at if step.as_date else f"{step.retry_after:.0f}"
        return headers


def verified(headers: Mapping[str, str], service: PushService, browser: Browser) -> Mapping[str, Any]:
    """The claims of a request's token (RFC 8292). Raises Refused."""
    found = re.fullmatch(r"vapid\s+t=([^,\s]+)\s*,\s*k=([^,\s]+)", headers.get("authorization", ""))
    if found is None:
        raise Refused(401, "no vapid credentials")
    token, key = found.groups()
    if browser.application_server_key not in {None, key}:
        raise Refused(403, OTHER_KEY)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(jwk(key)),
            algorithms=["ES256"],
            audience=service.url,
            options={"require": ["aud", "exp", "sub"], "verify_exp": False},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise Refused(403, f"a bad token: {error}") from error
    if not 0 < claims["exp"] - service.now() <= TOKEN_LIFE_MAX_S:
        raise Refused(403, "a token that is no longer valid, or for more than a day")
    if not claims["sub"].startswith(("mailto:", "https:")):
        raise Refused(403, "a subject that nobody can be reached by")
    return claims


def check(headers: Mapping[str, str], body: bytes, browser: Browser) -> None:
    """What RFC 8030 asks of a request, and whether there is anybody to take it. Raises Refused."""
    if browser.is_gone:
        raise Refused(410, "the subscription has ended")
    if not headers.get("ttl", "").isdecimal():
        raise Refused(400, "no TTL")
    if headers.get("urgency") not in URGENCIES:
        raise Refused(400, "an unknown urgency")
    if "topic" in headers and not TOPIC.fullmatch(headers["topic"]):
        raise Refused(400, "a bad topic")
    if headers.get("content-encoding") != "aes128gcm":
        raise Refused(415, "not encrypted as RFC 8291 says")
    if len(body) > BODY_MAX:
        raise Refused(413, "too large")


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk(key: str) -> dict[str, str]:
    """An uncompressed P-256 point as a JSON Web Key (RFC 7518 section 6.2)."""
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    if len(point) != 65 or point[0] != 4:
        raise ValueError("not an uncompressed point of P-256")
    return {"kty": "EC", "crv": "P-256", "x": encoded(point[1:33]), "y": encoded(point[33:])}
