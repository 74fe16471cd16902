"""The probes of `make verify-live` at a gateway that breaks one promise at a time: each is refuted by what was seen."""

import gzip
import itertools
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError
from websockets.http11 import Request
from websockets.sync.server import ServerConnection

from tests.e2e.gateway import EVENT, Gateway, everybody, listening, saying
from tools.verify_live.deployment import read
from tools.verify_live.items import Item, Scene
from tools.verify_live.probes import PROBES, delays, frames, handshakes, inside
from tools.verify_live.visitors import AdminError, Visitor
from tools.verify_live.walk import Outcome, ask

if TYPE_CHECKING:
    from tools.target import Target

pytestmark = pytest.mark.e2e

BY_ID = {item.id: item for item in PROBES}
GONE = type("GoneException", (ClientError,), {})


class FakeAdmin:
    """`chat-admin`, for which each look at a connection is a moment later. `forgets`: ended ones are unknown."""

    def __init__(self, gateway: Gateway, *, forgets: bool) -> None:
        self._gateway = gateway
        self._forgets = forgets
        self._now = itertools.count()

    def __call__(self, *words: str) -> Any:
        if words[:2] == ("show", "connection") and self._forgets and words[2] not in self._gateway.connections:
            raise AdminError("there is no such connection")
        return {"seenAt": next(self._now), "apiKey": "chat_2", "fingerprint": "abc"}


class FakeAws:
    """The services that probes ask: a function's settings, and who is in a room."""

    endpoint = None
    region = "eu-central-1"

    def __init__(self, gateway: Gateway, **variables: str) -> None:
        self._gateway = gateway
        self._variables = variables

    def client(self, _service: str) -> Any:
        return SimpleNamespace(get_function_configuration=self._configuration, query=self._query)

    def _configuration(self, **_about: str) -> Any:
        return {"Environment": {"Variables": self._variables}}

    def _query(self, **_about: Any) -> Any:
        return {"Items": [{"address": {"S": address}} for address in list(self._gateway.connections)]}


@contextmanager
def scene(
    gateway: Gateway, folder: Path, *, forgets: bool = True, page: bool = False, **variables: str
) -> Iterator[Scene]:
    """A deployment whose endpoint, and page if wanted, is this gateway."""
    with listening(gateway):
        stack = {
            "Region": "eu-central-1",
            "WebSocketUrl": gateway.url,
            "FunctionConnect": "connect",
            "FunctionMessage": "message",
            "TableConnections": "connections",
        }
        if page:
            config = {"socketPath": "/api/socketio", "vapidPublicKey": ""}
            url = gateway.url.replace("ws", "http", 1).removesuffix("/live")
            stack |= {"SiteUrl": url, "SiteConfig": json.dumps(config)}
        file = folder / "outputs.json"
        file.write_text(json.dumps({"Chat": stack}))
        deployment = read(file, None)
        aws = cast("Target", FakeAws(gateway, **variables))
        found = Scene(
            deployment=replace(deployment, place=replace(deployment.place, aws=aws)),
            visitor=Visitor("verify-1", "chat_1"),
            absent=Visitor("verify-2", "chat_2"),
            entering=Visitor("verify-3", "chat_3"),
            admin=FakeAdmin(gateway, forgets=forgets),
            suite_outputs=file,
            environment=os.environ,
        )
        vars(found)["posts"] = SimpleNamespace(
            post_to_connection=gateway.post_to_connection,
            delete_connection=gateway.delete_connection,
            exceptions=SimpleNamespace(GoneException=GONE),
        )
        yield found


def refuse(where: Callable[[Request], bool], status: int = 403) -> Callable[[Request], int]:
    return lambda request: status if where(request) else 101


def foreign(request: Request) -> bool:
    return "evil" in request.headers.get("Origin", "")


def kept() -> Callable[[Request], int]:
    """Refuse foreign pages, and then whoever comes."""
    refused: list[Request] = []

    def let(request: Request) -> int:
        if foreign(request):
            refused.append(request)
        return 403 if refused else 101

    return let


def swapped() -> Callable[[Gateway, ServerConnection, str], None]:
    """Deliver each second post before the first."""
    waiting: list[str] = []

    def post(_gateway: Gateway, connection: ServerConnection, text: str) -> None:
        waiting.append(text)
        while len(waiting) == 2:
            connection.send(waiting.pop())
            connection.send(waiting.pop())

    return post


def gone(*_: Any) -> None:
    raise GONE({"Error": {"Code": "GoneException", "Message": ""}}, "PostToConnection")


def abort(connection: ServerConnection) -> None:
    connection.socket.shutdown(socket.SHUT_RDWR)


def presence(gateway: Gateway, connection: ServerConnection, frame: str) -> None:
    for status in ("online", "offline"):
        everybody("presence:updated", {"userId": "verify-2", "status": status})(gateway, connection, frame)


def answer(gateway: Gateway, connection: ServerConnection, frame: str) -> None:
    said = EVENT.match(frame)
    assert said
    everybody("chat:message:complete", {"message": json.loads(said[3])["message"]})(gateway, connection, frame)


def answer_and_close(gateway: Gateway, connection: ServerConnection, frame: str) -> None:
    answer(gateway, connection, frame)
    gateway.close_all()


FAILED = '{"message": "Internal server error", "connectionId": "c", "requestId": "r"}'

BROKEN: dict[str, tuple[str, Gateway, str]] = {
    "an error frame for a bare 3": ("bare-frames", Gateway(replies={"3": saying(FAILED)}), "bare frames brought {"),
    "a bare 40 without an answer": (
        "bare-frames",
        Gateway(replies={"40": lambda _gateway, connection, _frame: connection.close()}),
        "a bare `40` was not answered, the connection was closed",
    ),
    "a slash": ("slash", Gateway(let=refuse(lambda request: "/?" in request.path)), "/live/ is answered with 403"),
    "a silent opener": ("open-packet", Gateway(let=refuse(lambda request: "EIO" in request.path, 500)), "status 500"),
    "a cut post": (
        "post-sizes",
        Gateway(post=lambda _gateway, connection, text: connection.send(text[:32_000])),
        "a post of 33,000 bytes arrived as a message of 32,000",
    ),
    "posts that overtake": ("post-order", Gateway(post=swapped()), "50 posts arrived as [1, 0, 3"),
    "another code": (
        "close-codes",
        Gateway(binary=1000),
        "a binary frame is closed with 1000, not 1003",
    ),
    "nobody is refused": ("handshake-status", Gateway(), "101 came for 401, 101 came for 403, 101 came for 400"),
    "one time for all": (
        "frame-time",
        Gateway(replies={"42": everybody("chat:typing", {"userId": "verify-1", "timestamp": 7})}),
        "have times 0 ms apart",
    ),
    "no such route": (
        "native-routes",
        Gateway(replies={"{": saying('{"id":"presence:online","ok":false,"error":{"code":"not_found"}}')}),
        "presence:online of a native client is answered with",
    ),
    "no grace": ("delayed-10s", Gateway(replies={"42": presence}), "offline was told 0.0 s after the close"),
    "a key for ever": ("key-revoked", Gateway(), "a connection whose key was revoked was open for"),
    "no close frame": ("deleted-connection", Gateway(delete=abort), "was not closed by a close frame"),
    "reset in vain": ("reset-connection", Gateway(post=lambda *_: None), "was not answered with 410"),
    "no bearer": (
        "site-upgrades",
        Gateway(let=refuse(lambda request: "Authorization" in request.headers, 401)),
        "is answered with 401 where the key comes by Authorization",
    ),
    "any scheme": ("forwarded-proto", Gateway(), "is let in where a client sends"),
    "any page": ("site-origins", Gateway(), "sockets of https://evil.example are let in"),
    "a name that is believed": (
        "site-origins",
        Gateway(let=refuse(lambda request: foreign(request) and "X-Forwarded-Host" not in request.headers)),
        "sockets of https://evil.example are let in by what they claim",
    ),
    "an edge without words": ("site-plain-http", Gateway(), "/health is answered with 404"),
    "a refusal that is kept": ("error-caching", Gateway(let=kept()), "after a refusal the same URL is 403"),
    "an old error": (
        "error-caching",
        Gateway(let=refuse(foreign), pages={"/verify-live-nothing.js": (404, {"Age": "7"}, b"")}),
        "the 404 of /verify-live-nothing.js came from a cache, 7 s old",
    ),
    "an old page": (
        "site-no-cache",
        Gateway(pages={"/": (200, {"Cache-Control": "no-cache", "Age": "90"}, b"")}),
        "/ comes with Cache-Control no-cache, Age 90",
    ),
    "an empty page": ("site-files", Gateway(pages={"/": (200, {}, b"")}), "is it published?"),
    "plain files": (
        "site-files",
        Gateway(
            pages={"/": (200, {}, b'<script src="/a.js">'), "/a.js": (200, {"Content-Type": "text/javascript"}, b"1")}
        ),
        "/a.js does not come compressed",
    ),
    "another type": (
        "site-files",
        Gateway(pages={"/": (200, {}, b'<script src="/a.js">'), "/a.js": (200, {"Content-Type": "text/plain"}, b"1")}),
        "/a.js is of the type text/plain",
    ),
    "410 for ever": ("post-in-connect", Gateway(post=gone), "inside `$connect` and"),
}
AT_PAGE = {"site-upgrades", "site-origins", "site-plain-http", "error-caching", "site-no-cache", "site-files"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for in vain is waited for shortly."""
    monkeypatch.setattr(frames, "PAUSE_S", 0.05)
    monkeypatch.setattr(frames, "QUIET_S", 0.2)
    monkeypatch.setattr(delays, "REVOKED_S", 0.2)
    monkeypatch.setattr(inside, "LATER_S", 0.05)
    monkeypatch.setattr("tools.verify_live.probes.posts.GONE_S", 0.2)


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_a_promise_that_is_broken_is_refuted(case: str, tmp_path: Path) -> None:
    item_id, gateway, says = BROKEN[case]
    with scene(gateway, tmp_path, page=item_id in AT_PAGE) as found:
        verdict = ask(BY_ID[item_id], found)
    assert verdict.outcome is Outcome.REFUTED, verdict
    assert says in verdict.says


def verdict_of(item: Item, gateway: Gateway, folder: Path, **more: Any) -> tuple[Outcome, str]:
    with scene(gateway, folder, **more) as found:
        verdict = ask(item, found)
    return verdict.outcome, verdict.says


def test_a_tick_that_comes_too_early_is_no_tick(tmp_path: Path) -> None:
    outcome, says = verdict_of(BY_ID["roles"], Gateway(replies={"42": answer_and_close}), tmp_path)
    assert (outcome, "not 20 to 45" in says) == (Outcome.REFUTED, True)


def test_an_agent_that_types_meanwhile_is_not_taken_for_the_user(tmp_path: Path) -> None:
    def typing(gateway: Gateway, connection: ServerConnection, frame: str) -> None:
        for about in ({"agentId": "echo"}, {"agentId": "echo"}, {"agentId": "echo", "userId": "verify-1"}):
            told = {**about, "timestamp": round(time.time() * 1000) if "userId" in about else 7}
            everybody("chat:typing", told)(gateway, connection, frame)

    outcome, says = verdict_of(BY_ID["frame-time"], Gateway(replies={"42": typing}), tmp_path)
    assert outcome is Outcome.CONFIRMED, says


def test_late_open_packets_are_those_of_the_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "SECOND_S", 0.0)
    outcome, says = verdict_of(BY_ID["open-packet"], Gateway(), tmp_path)
    assert (outcome, "posts at once are refused" in says) == (Outcome.REFUTED, True)


def test_a_disconnect_that_does_not_follow_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "SOON_S", 0.2)
    outcome, says = verdict_of(BY_ID["deleted-connection"], Gateway(), tmp_path, forgets=False)
    assert (outcome, "`$disconnect` did not follow" in says) == (Outcome.REFUTED, True)


@pytest.mark.parametrize(
    ("variables", "replies", "outcome"),
    [
        ({}, {}, Outcome.NOT_ASKED),
        ({"ANSWER_IN_RESPONSE": "true"}, {}, Outcome.CONFIRMED),
        ({"ANSWER_IN_RESPONSE": "true"}, {"3": saying("")}, Outcome.REFUTED),
    ],
    ids=["off", "no-frame", "empty-frame"],
)
def test_a_response_without_a_body_is_asked_where_acks_come_so(
    tmp_path: Path, variables: dict[str, str], replies: dict[str, Any], outcome: Outcome
) -> None:
    assert verdict_of(BY_ID["empty-response"], Gateway(replies=replies), tmp_path, **variables)[0] is outcome


@pytest.mark.parametrize(
    "item_id", ["handshake-status", "site-status", "site-origins", "error-caching", "forwarded-proto"]
)
def test_where_every_page_may_connect_no_refusal_is_asked_for(tmp_path: Path, item_id: str) -> None:
    outcome, says = verdict_of(BY_ID[item_id], Gateway(), tmp_path, page=True, ALLOWED_ORIGINS="*")
    assert (outcome, "allowed_origins=*" in says) == (Outcome.NOT_ASKED, True)


def test_who_is_too_far_away_to_look_into_a_handshake_is_told_so(tmp_path: Path) -> None:
    monkey = Gateway(post=lambda *_: None)
    outcome, says = verdict_of(BY_ID["post-in-connect"], monkey, tmp_path)
    assert (outcome, says) == (Outcome.NOT_ASKED, inside.TOO_FAR)


def test_a_page_as_cloudfront_should_serve_it_is_confirmed(tmp_path: Path) -> None:
    script = {"Content-Type": "text/javascript; charset=utf-8", "Content-Encoding": "gzip"}
    pages = {
        "/": (200, {"Cache-Control": "no-cache"}, b'<script type="module" src="/assets/a.js"></script>'),
        "/config.json": (200, {"Cache-Control": "no-cache", "Age": "1"}, b"{}"),
        "/assets/a.js": (200, script, gzip.compress(b"start()")),
    }
    for item_id in ("site-no-cache", "site-files"):
        outcome, says = verdict_of(BY_ID[item_id], Gateway(pages=pages), tmp_path, page=True)
        assert outcome is Outcome.CONFIRMED, says


@pytest.mark.parametrize("item_id", sorted(AT_PAGE))
def test_without_a_page_nothing_is_asked_of_it(tmp_path: Path, item_id: str) -> None:
    outcome, says = verdict_of(BY_ID[item_id], Gateway(), tmp_path)
    assert (outcome, says) == (Outcome.NOT_ASKED, "the deployment has no page (web_site=false)")


def test_nobody_is_throttled_unasked(tmp_path: Path) -> None:
    outcome, says = verdict_of(BY_ID["throttle"], Gateway(), tmp_path)
    assert (outcome, "`--throttle` asks" in says) == (Outcome.NOT_ASKED, True)


@pytest.mark.parametrize(
    ("code", "printed", "outcome"),
    [(0, "all are back", Outcome.CONFIRMED), (1, "one is not", Outcome.REFUTED), (2, "no", Outcome.NOT_ASKED)],
)
def test_what_the_throttle_probe_says_is_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, printed: str, outcome: Outcome
) -> None:
    script = tmp_path / "probe"
    script.write_text(f"#!/bin/sh\necho '{printed}'\nexit {code}\n")
    script.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(script))
    with scene(Gateway(), tmp_path) as found:
        verdict = ask(BY_ID["throttle"], replace(found, throttles=True))
    assert verdict.outcome is outcome
    assert printed in verdict.says
