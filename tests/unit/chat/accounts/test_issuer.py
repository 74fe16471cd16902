"""How an issuer is asked for its keys: by https, in bounded time and size, and nowhere else than it says."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.issuer.keys import KeyRing
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.accounts import issuer as asked
from serverless_socketio_chat.accounts.issuer import BYTES_MAX, DISCOVERY, HttpIssuer, may_be_asked
from serverless_socketio_chat.accounts.model import KeysUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e  # it needs a socket, on this machine


def says(body: Any, status: int = 200, **headers: str) -> Any:
    def reply(request: BaseHTTPRequestHandler) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text)

    return reply


@contextmanager
def serving(replies: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            replies.get(self.path, says({}, 404))(self)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", paths
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def keys(url: str, jwks_url: str = "") -> dict[str | None, Any]:
    return dict(HttpIssuer(url, jwks_url, SystemClock()).keys(5).keys)


def test_keys_are_where_the_discovery_document_says_or_where_it_was_set() -> None:
    jwks = KeyRing().jwks()
    replies: dict[str, Any] = {"/keys": says(jwks)}
    with serving(replies) as (url, paths):
        replies[f"/a{DISCOVERY}"] = says({"issuer": f"{url}/a/", "jwks_uri": f"{url}/keys"})
        assert keys(f"{url}/a/") == {"key-1": jwks["keys"][0]}
        assert paths == [f"/a{DISCOVERY}", "/keys"]
        assert keys(f"{url}/b", f"{url}/keys") == {"key-1": jwks["keys"][0]}


def test_what_is_no_key_is_left_out_and_of_two_with_an_id_the_first_is_taken() -> None:
    listed = [
        {"kid": "a", "n": 1},
        {"kid": "a", "n": 2},
        {"n": 3},
        {"kid": 5},
        {"kid": ["a"]},
        {"kid": None},
        "a",
        None,
    ]
    with serving({"/jwks": says({"keys": listed})}) as (url, _):
        assert keys(url, f"{url}/jwks") == {"a": {"kid": "a", "n": 1}, None: {"n": 3}}


@pytest.mark.parametrize(
    "reply",
    [
        says({"keys": []}, 500),
        says({"keys": []}, 302, Location="/keys"),
        says(b"<html>"),
        says([]),
        says({"keys": {}}),
        says({}),
        says({"keys": [], "more": "x" * BYTES_MAX}),
        says(b"[" * 10_000),
    ],
    ids=["error", "redirect", "html", "list", "keys that are no list", "no keys", "too long", "deep"],
)
def test_an_answer_that_is_no_key_set_is_none(reply: Any) -> None:
    with serving({"/jwks": reply, "/keys": says({"keys": []})}) as (url, paths):
        with pytest.raises(KeysUnreadable):
            keys(url, f"{url}/jwks")
        assert paths == ["/jwks"]


@pytest.mark.parametrize("named", ["https://evil.example", None, "http://127.0.0.1:1"])
def test_a_discovery_document_of_another_issuer_is_not_followed(named: Any) -> None:
    replies: dict[str, Any] = {"/keys": says({"keys": []})}
    with serving(replies) as (url, paths):
        replies[DISCOVERY] = says({"issuer": named, "jwks_uri": f"{url}/keys"})
        with pytest.raises(KeysUnreadable):
            keys(url)
        assert paths == [DISCOVERY]


@pytest.mark.parametrize("to", ["http://evil.example/keys", "file:///etc/passwd", None, 5])
def test_a_discovery_document_leads_to_https_alone(to: Any) -> None:
    replies: dict[str, Any] = {}
    with serving(replies) as (url, _):
        replies[DISCOVERY] = says({"issuer": url, "jwks_uri": to})
        with pytest.raises(KeysUnreadable, match="is not https"):
            keys(url)


def test_an_issuer_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "WITHIN_S", 0.3)
    is_over = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not is_over.wait(0.05):
            try:
                request.wfile.write(b" ")
            except OSError:
                return

    with serving({"/jwks": drip}) as (url, _):
        began = time.monotonic()
        with pytest.raises(KeysUnreadable):
            keys(url, f"{url}/jwks")
        assert time.monotonic() - began < 30
        is_over.set()


def test_an_issuer_that_is_not_there_is_unreadable() -> None:
    with pytest.raises(KeysUnreadable):
        keys("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://login.example.com/x", True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("http://login.example.com", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("https://", False),
        ("ftp://localhost", False),
        ("http://[", False),
        ("None", False),
    ],
)
def test_only_https_and_this_machine_are_asked(url: str, may: bool) -> None:
    assert may_be_asked(url) is may
