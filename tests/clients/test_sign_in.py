"""A token's whole life, with stock clients on a stack of its own whose issuer rotates its keys."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

ADMIN = Path(sys.executable).with_name("chat-admin")
LONG = " ".join(f"word{number}" for number in range(120))
PATIENCE_S = 90.0  # what is promised within 30 s, on a slow machine


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sign-in")


@pytest.fixture(scope="module")
def stack(home: Path) -> Iterator[Stack]:
    with stack_in(home, {"SIGN_IN": "demo"}) as made:
        yield made


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    with world_of(stack) as made:
        yield made


class Issuer:
    """The demo's issuer, asked as anybody may."""

    def __init__(self, stack: Stack) -> None:
        self._url: str = stack.outputs["signIn"]["issuer"]
        self.tokens: list[str] = []

    def token(self, sub: str, **claims: Any) -> str:
        token: str = self._post("/demo/token", {"sub": sub, **claims})["token"]
        self.tokens.append(token)
        return token

    def rotate(self) -> str:
        return str(self._post("/demo/rotate", {})["kid"])

    def let_live(self, seconds: int) -> None:
        self._post("/demo/lives", {"seconds": seconds})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        at = f"{self._url}{path}"
        request = urllib.request.Request(at, json.dumps(body).encode(), method="POST")  # noqa: S310 - this machine
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - likewise
            return json.load(answer)


@pytest.fixture(scope="module")
def issuer(stack: Stack) -> Issuer:
    return Issuer(stack)


def open_with(world: World, token: str) -> Any:
    return world.clients.open(
        world.stack.url, path=world.stack.socket_path, transports=["websocket"], auth={"token": token}
    )


def test_a_tokens_whole_life(world: World, issuer: Issuer, stack: Stack, home: Path) -> None:
    device = open_with(world, issuer.token("dora", lives_s=5))
    device.wait_for("connect", lambda _: True)
    assert device.call("chat:join", {"agentId": "echo"})["room"] == "chat:echo:dora"
    told = device.wait_for("auth:expiring", within_s=PATIENCE_S).body
    issuer.rotate()
    ack = refreshed(device, issuer)
    assert ack["expiresAt"] > told["expiresAt"]

    sent = device.start("chat:message", {"agentId": "echo", "message": LONG})
    device.wait_for("chat:message:stream", within_s=PATIENCE_S)
    ack = device.call("auth:refresh", {"token": issuer.token("dora", lives_s=0)}, within_s=PATIENCE_S)
    complete = device.wait_for("chat:message:complete", within_s=PATIENCE_S).body
    chunks = device.events("chat:message:stream")
    assert [chunk.body["index"] for chunk in chunks] == list(range(complete["chunks"]))
    assert (complete["message"], sent.result().body["ok"]) == (LONG, True)

    closed = device.wait_for("disconnect", lambda _: True, within_s=2 * PATIENCE_S)
    assert closed.body == "transport close"
    assert 0 <= closed.at_ms - ack["expiresAt"] <= 30_000
    refused = device.wait_for("connect_error", lambda _: True, within_s=PATIENCE_S)  # it has its first token still
    assert refused.body["data"] == {"code": "unauthorized", "reason": "expired"}

    again = open_with(world, issuer.token("dora", lives_s=300))
    again.wait_for("connect", lambda _: True)
    by_key = world.connect("alice")
    sign_out(stack, "dora")
    again.wait_for("error", lambda body: body["code"] == "unauthorized", within_s=PATIENCE_S)
    again.wait_for("disconnect", lambda _: True, within_s=PATIENCE_S)
    late = open_with(world, issuer.tokens[-1])
    assert late.wait_for("connect_error", lambda _: True).body["data"] == {"code": "unauthorized"}
    time.sleep(1)  # tokens say in whole seconds when they were issued
    open_with(world, issuer.token("dora")).wait_for("connect", lambda _: True)
    assert by_key.call("chat:history", {"agentId": "echo"})["ok"]
    assert kept_of(issuer.tokens, home) == []


def refreshed(device: Any, issuer: Issuer) -> Any:
    """The ack of a refresh by a token whose key is new: so long as the last reading is too fresh, it is tried again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        ack = device.call("auth:refresh", {"token": issuer.token("dora", lives_s=30)}, within_s=PATIENCE_S)
        if ack["ok"]:
            return ack
        assert ack["error"]["code"] == "unavailable"
        assert time.monotonic() < deadline
        time.sleep(ack["error"]["retryAfterMs"] / 1000)


def sign_out(stack: Stack, user: str) -> None:
    assert stack.run is not None
    outputs = str(stack.run.home / "outputs.json")
    command = [str(ADMIN), "--outputs", outputs, "users", "sign-out", user]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)


def kept_of(tokens: list[str], home: Path) -> list[str]:
    """Files in which a part of a token is: tables, logs, queues, whatever the local cloud writes down."""
    signatures = [token.rpartition(".")[2].encode() for token in tokens]
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if any(each in path.read_bytes() for each in signatures)]


# The page


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(stack.url)
    yield page
    context.close()


def sign_in(page: Page, user: str) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Who are you?").fill(user)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=f"Sign out {user}").wait_for()


def test_one_signs_in_on_the_page_which_renews_its_token_and_signs_out(
    page: Page, issuer: Issuer, stack: Stack
) -> None:
    asked: list[str] = []
    sent: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    page.reload()
    page.get_by_role("textbox", name="Message to").wait_for()
    assert not [url for url in asked if "oidc" in url], "it is loaded on use"
    issuer.let_live(5)  # so that the server says at once that it ends soon
    sign_in(page, "emma")
    assert "code=" not in page.url
    page.get_by_role("textbox", name="Message to").fill("hello there")
    page.keyboard.press("Enter")
    page.get_by_text("hello there").first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('iframe').length === 0")
    wait_until(page, lambda: any('"auth:refresh"' in frame for frame in sent))
    assert [url for url in asked if url.endswith("/token")][1:], "a refresh token was used"
    issuer.let_live(300)
    page.reload()
    page.get_by_role("button", name="Sign out emma").wait_for()
    page.get_by_role("button", name="Sign out emma").click()
    page.get_by_role("button", name="Sign in", exact=True).wait_for()
    assert page.evaluate("() => Object.keys(sessionStorage).filter((name) => /oidc|signed/.test(name))") == []
    assert page.evaluate("() => JSON.stringify(localStorage)").count("eyJ") == 0


def test_who_does_not_sign_in_at_the_issuer_is_told_and_nobody_is_signed_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/?error=access_denied&state=forged")
    page.get_by_text("You could not be signed in").wait_for()
    assert "state=" not in page.url


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
