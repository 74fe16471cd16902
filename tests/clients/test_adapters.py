"""The example app of each adapter, in a real browser, on the deployed stack: a copy of it is a chat that works."""

import mimetypes
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, WebSocketRoute, expect

from tests.e2e.browser import Consoles
from tests.e2e.conftest import Stack, World
from tests.e2e.driver import Device
from tests.processes import ROOT

pytestmark = pytest.mark.e2e

WAITS = "assistant-ui"  # over our own `useChat`: a message waits in the outbox where others show an error
NAMES = ("ai-sdk", WAITS, "ag-ui")
LONG = " ".join(f"word{number}" for number in range(240))  # 80 chunks, 50 ms each
ANSWER_MS = 30_000
expect.set_options(timeout=15_000)  # for anything else: functions start cold, and machines are slow at times


@dataclass
class App:
    """One window with an example app in it."""

    page: Page
    name: str
    sockets: list[WebSocketRoute]

    @property
    def waits(self) -> bool:
        """Whether what cannot be sent yet goes by itself."""
        return self.name == WAITS

    @property
    def alert(self) -> Locator:
        """What went wrong."""
        return self.page.get_by_role("alert")

    def said(self, role: str) -> Locator:
        """The messages of the `user` or the `assistant`."""
        return self.page.locator(f"[data-role={role}]:not(:has([role=alert]))")

    def say(self, text: str) -> None:
        """Write and send."""
        self.page.get_by_label("Message").fill(text)
        self.page.get_by_role("button", name="Send").click()

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name).click()

    def has(self, *exchanges: str) -> None:
        """Wait until just these were said, and each was answered with itself."""
        expect(self.page.get_by_role("button", name="Send")).to_be_visible(timeout=ANSWER_MS)
        for role in ("user", "assistant"):
            expect(self.said(role)).to_have_text(list(exchanges), timeout=ANSWER_MS)

    def has_begun(self, count: int = 1) -> None:
        """Wait until an answer grows."""
        expect(self.said("assistant").nth(count - 1)).to_contain_text("word5", timeout=ANSWER_MS)

    def cut(self) -> None:
        """Cut the connection, as a network does that changes."""
        self.sockets[-1].close(code=1001)


@dataclass
class Apps:
    """Example apps as the site of the stack would serve them."""

    browser: Browser
    stack: Stack
    built: Path
    name: str
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, user_id: str) -> App:
        """Open the app in a profile of its own, as a user."""
        # what a test serves counts as from elsewhere, and needs leave to talk to this machine
        context = self.browser.new_context(base_url=self.stack.url, permissions=["local-network-access"])
        self._contexts.append(context)
        sockets: list[WebSocketRoute] = []

        def stand_between(socket: WebSocketRoute) -> None:
            socket.connect_to_server()
            sockets.append(socket)

        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/examples/**", self._serve)
        page.route_web_socket(re.compile("/api/socketio"), stand_between)
        page.goto(f"/examples/{self.name}/?user={user_id}")
        expect(page.get_by_role("button", name="Send")).to_be_visible()
        return App(page, self.name, sockets)

    def close(self) -> None:
        """Close them, and fail if one has thrown."""
        for context in self._contexts:
            context.close()
        assert not self.complaints, self.complaints

    def _serve(self, route: Route) -> None:
        path = self.built / urlsplit(route.request.url).path.removeprefix("/examples/")
        found = path / "index.html" if path.is_dir() else path
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        route.fulfill(body=found.read_bytes(), content_type=kind)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example apps, built by Vite with the package as it is published."""
    folder = tmp_path_factory.mktemp("apps")
    script = ROOT / "tests" / "clients" / "build.mjs"
    subprocess.run(["node", str(script), str(folder), *NAMES], check=True, timeout=300)
    return folder


@pytest.fixture(params=NAMES)
def open_app(
    request: pytest.FixtureRequest, browser: Browser, stack: Stack, built: Path
) -> Iterator[Callable[[str], App]]:
    """Opens one of the apps."""
    apps = Apps(browser, stack, built, request.param)
    yield apps.open
    apps.close()


def test_it_is_answered_word_by_word_and_a_lost_connection_costs_and_doubles_none(
    open_app: Callable[[str], App], user: str
) -> None:
    app = open_app(user)
    app.say("hello there")
    app.has("hello there")
    app.say(LONG)
    app.has_begun(2)
    app.cut()
    app.has("hello there", LONG)


def test_an_answer_that_is_stopped_keeps_what_was_said_and_the_next_can_be_asked_for(
    open_app: Callable[[str], App], user: str
) -> None:
    app = open_app(user)
    app.say(LONG)
    app.has_begun()
    app.press("Stop")
    app.say("thank you")
    expect(app.said("assistant").nth(1)).to_have_text("thank you", timeout=ANSWER_MS)
    expect(app.alert).to_have_count(0)
    stopped = app.said("assistant").first.inner_text().strip()
    assert LONG.startswith(stopped)
    assert len(stopped) < len(LONG)
    app.page.reload()  # and so the server has it
    expect(app.said("assistant").nth(1)).to_have_text("thank you", timeout=ANSWER_MS)
    assert len(app.said("assistant").first.inner_text()) < len(LONG)


def test_after_a_reload_in_mid_answer_everything_is_there_and_the_answer_goes_on(
    open_app: Callable[[str], App], user: str
) -> None:
    app = open_app(user)
    app.say("hello")
    app.has("hello")
    app.say(LONG)
    app.has_begun(2)
    app.page.reload()
    app.has_begun(2)
    expect(app.page.get_by_role("button", name="Stop")).to_be_visible()
    app.has("hello", LONG)


def test_a_key_that_is_refused_is_told(open_app: Callable[[str], App]) -> None:
    app = open_app("nobody")
    if app.waits:
        app.say("hello")
    expect(app.alert).to_contain_text("API key")


def exhaust(device: Device) -> None:
    """Send until the next message is too many, and will be for two seconds."""
    wait_ms = 0
    while wait_ms < 2_000:  # what is refused as a conflict costs as much
        ack = device.call("chat:message", {"agentId": "companion", "message": "hello"})
        wait_ms = ack.get("error", {}).get("retryAfterMs", 0)


def test_too_many_messages_are_told_with_the_time_to_wait(open_app: Callable[[str], App], world: World) -> None:
    app = open_app("alice")
    exhaust(world.connect("alice"))
    text = f"one more, by {app.name}"
    app.say(text)
    if not app.waits:
        expect(app.alert).to_contain_text(re.compile(r"Wait \d+ s"))
        wait = re.search(r"Wait (\d+) s", app.alert.inner_text())
        assert wait
        app.page.wait_for_timeout(1_000 * int(wait[1]))
        app.press("Try again")
    expect(app.said("assistant").last).to_have_text(text, timeout=ANSWER_MS)
    expect(app.alert).to_have_count(0)


def test_a_message_while_another_window_is_being_answered(open_app: Callable[[str], App], user: str) -> None:
    other = open_app(user)
    other.say("hello")
    other.has("hello")
    one = open_app(user)
    one.has("hello")
    one.say(LONG)
    one.has_begun(2)
    other.say("me too")
    if not other.waits:
        expect(other.alert).to_contain_text("still answering")
        one.has("hello", LONG)
        other.press("Try again")
    expect(other.said("assistant").last).to_have_text("me too", timeout=ANSWER_MS)
    expect(other.alert).to_have_count(0)


def test_without_a_network_it_says_so_and_the_message_is_sent_later(
    open_app: Callable[[str], App], user: str, consoles: Consoles
) -> None:
    app = open_app(user)
    app.say("one")
    app.has("one")
    app.page.context.set_offline(True)
    app.say("two")
    expect(app.alert).to_contain_text("The network is down.")
    app.page.context.set_offline(False)
    if not app.waits:
        app.press("Try again")
    app.has("one", "two")
    expect(app.alert).to_have_count(0)
    consoles.said[:] = [each for each in consoles.said if "ERR_INTERNET_DISCONNECTED" not in each]  # of each attempt
