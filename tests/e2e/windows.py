"""The page in windows of a browser, driven as a person would: by names and words on the screen."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, WebSocketRoute, expect

from tests.processes import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WHOLE_MS = 30_000  # for an answer to end
expect.set_options(timeout=15_000)  # for anything else: machines are slow at times


@dataclass
class Window:
    """One window, which is a device of its own."""

    page: Page
    agent: str

    @property
    def context(self) -> BrowserContext:
        """Its profile."""
        return self.page.context

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name=f"Message to {self.agent}")

    @property
    def log(self) -> Locator:
        """What was said."""
        return self.page.get_by_role("log")

    @property
    def status(self) -> Locator:
        """How the connection is."""
        return self.page.locator(".ssio-connection")

    @property
    def stop(self) -> Locator:
        """The button that ends the answer."""
        return self.page.get_by_role("button", name="Stop the answer")

    def answers(self) -> Locator:
        """The agent's messages."""
        return self.log.locator(".ssio-message[data-role=agent]:not(.ssio-typing)")

    def said(self) -> Locator:
        """The user's messages."""
        return self.log.locator(".ssio-message[data-role=user]:not(.ssio-typing)")

    def ready(self, status: str = "Connected") -> "Window":
        """Wait until the chat is entered, as the `status` says in the page's language."""
        expect(self.status).to_have_text(status)
        return self

    def say(self, text: str) -> None:
        """Write and send, in the way of the device: on a phone Enter begins a line."""
        self.field.fill(text)
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            self.page.get_by_role("button", name="Send", exact=True).tap()
        else:
            self.field.press("Enter")

    def whole(self, count: int = 1) -> list[str]:
        """The texts of the answers once so many are there and all have ended."""
        expect(self.answers()).to_have_count(count, timeout=WHOLE_MS)
        expect(self.stop).to_have_count(0, timeout=WHOLE_MS)
        expect(self.log.locator("[data-state=streaming]")).to_have_count(0)
        self.page.wait_for_timeout(400)  # what is known by then has been played out
        return self.answers().locator(".ssio-bubble").all_inner_texts()

    def status_of(self, name: str) -> Locator:
        """How somebody in the list is."""
        return self.page.get_by_role("button", name=re.compile(rf"^{name}\b")).locator(".ssio-dot")


@dataclass
class Windows:
    """Windows on a page, closed together."""

    browser: Browser
    url: str
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, user_id: str, agent: tuple[str, str] = ("echo", "Echo"), **options: Any) -> Window:
        """Open the chat of a user with an agent; whether it connects is for the caller to see."""
        return self.go(f"/?{urlencode({'agent': agent[0], 'user': user_id})}", agent[1], **options)

    def go(
        self, path: str, agent_name: str = "Echo", prepare: Callable[[Page], object] = lambda _: None, **options: Any
    ) -> Window:
        """Open an address in a profile of its own, after `prepare`."""
        context = self.browser.new_context(base_url=self.url, **options)
        self._contexts.append(context)
        page = context.new_page()
        prepare(page)
        page.goto(path)
        return Window(page, agent_name)

    def close(self) -> None:
        """Close them."""
        while self._contexts:
            self._contexts.pop().close()


def configured(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Page], None]:
    """What a page is prepared by for which `/config.json` says something else; `change`: what, given all of it."""

    def answer(route: Route) -> None:
        fetched = route.fetch()
        config = fetched.json()
        route.fulfill(response=fetched, body=json.dumps({**config, **change(config)}))

    def prepare(page: Page) -> None:
        page.route("**/config.json", answer)

    return prepare


def refusing(times: int | None = None) -> Callable[[Page], None]:
    """What a page is prepared by whose messages are refused as the server would, each so many `times`, else always."""
    refusal = '{"ok":false,"error":{"code":"forbidden","message":"This chat is closed to you."}}'
    refused: Counter[str] = Counter()

    def stand_between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def judge(frame: str | bytes) -> None:
            asked = re.match(r'42(\d+)\["chat:message",.*"clientMessageId":"([^"]+)"', str(frame))
            if asked and (times is None or refused[asked[2]] < times):
                refused[asked[2]] += 1
                socket.send(f"43{asked[1]}[{refusal}]")
            else:
                server.send(frame)

        socket.on_message(judge)

    return lambda page: page.route_web_socket(re.compile("/api/socketio"), stand_between)


def violations(page: Page) -> list[str]:
    """What axe finds wrong, with the elements that it is about."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]
