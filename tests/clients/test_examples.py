"""The example apps: built for production by their README's lines, each is a chat that works, in a real browser.

The browser is in another time zone and language than the servers, so that what they render differently would be told.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.clients import apps
from tests.e2e.conftest import Stack, stack_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

NAMES = ("vite", "html", "nextjs")
COMPONENT, OWN = ".ssio-message[data-role={}]:not(.ssio-typing) .ssio-bubble", "li[data-role={}] span"
PAGES = {"vite": ("", COMPONENT), "html": ("", COMPONENT), "nextjs": ("", COMPONENT), "nextjs/own": ("own", OWN)}
"""The pages of the examples: what follows the example's address, and where a message of a role stands."""

LONG = " ".join(f"word{number}" for number in range(240))  # 80 chunks, 50 ms each
PATIENCE_MS = 60_000
NARROW = ViewportSize(width=390, height=780)
LIGHT, DARK = 180, 75  # of 255: what is written by night is above, by day below
INK = """(element) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""
WATCH = """addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const last = [...document.querySelectorAll("%s")].at(-1)?.textContent ?? "";
    if (!(window.grown ??= []).includes(last)) window.grown.push(last);
}).observe(document.body, { subtree: true, childList: true, characterData: true }));"""


@dataclass(frozen=True)
class Examples:
    """All of them, served, and the back end that lets them in.

    Attributes:
        urls: By name.
        users: On the enterprise plan; the first is who chats where the app's own server decides that.
    """

    stack: Stack
    urls: dict[str, str]
    users: list[str]


@contextmanager
def all_served(home: Path) -> Iterator[Examples]:
    """Build and serve every example in a folder, for as long as the block runs."""
    (packed := home / "packed").mkdir()
    ports = dict(zip(NAMES, apps.free_ports(len(NAMES)), strict=True))
    origins = ",".join(f"http://localhost:{port}" for port in ports.values())
    with ExitStack() as running:
        stack = running.enter_context(stack_in(home / "cloud", {"ALLOWED_ORIGINS": origins}))
        users = [str(each["userId"]) for each in stack.outputs["users"] if each["plan"] == "enterprise"]
        env = {"CHAT_USER": users[0], "CHAT_API_KEY": stack.key(users[0])}
        tarball = apps.pack(packed)
        urls = {
            name: running.enter_context(apps.served(name, home, tarball, url=stack.url, port=port, env=env))
            for name, port in ports.items()
        }
        yield Examples(stack, urls, users)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    """The example apps."""
    with all_served(tmp_path_factory.mktemp("examples")) as made:
        yield made


@dataclass(frozen=True)
class Shown:
    """A page with a chat in it."""

    page: Page
    selector: str

    def said(self, role: str) -> Locator:
        """The messages of the `user` or the `agent`."""
        return self.page.locator(self.selector.format(role))

    def ready(self) -> None:
        """Wait until the chat is entered: what was said so far is there."""
        expect(self.page.get_by_role("status").first).to_have_text(re.compile("Connected|online"), timeout=PATIENCE_MS)

    def say(self, text: str) -> None:
        """Write and send."""
        self.page.get_by_role("textbox", name="Message").fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def has(self, exchanges: list[str]) -> None:
        """Wait until just these were said, and each was answered with itself."""
        for role in ("user", "agent"):
            expect(self.said(role)).to_have_text(exchanges, timeout=PATIENCE_MS)

    def ink(self) -> int:
        """How light the newest message is written: 0 to 255."""
        red, green, blue = self.said("agent").last.evaluate(INK)
        return int(red + green + blue) // 3


def entered(page: Page, examples: Examples, name: str, user: str) -> Shown:
    """Open an example, signed in where that is the page's business."""
    path, selector = PAGES[name]
    page.add_init_script(WATCH % selector.format("agent"))
    page.goto(examples.urls[name.partition("/")[0]] + path)
    if not name.startswith("nextjs"):
        page.get_by_label("User").fill(user)
        page.get_by_label("API key").fill(examples.stack.key(user))
        page.get_by_role("button", name="Sign in").click()
    shown = Shown(page, selector)
    shown.ready()
    return shown


@pytest.mark.parametrize("name", PAGES)
def test_it_is_answered_word_by_word_and_goes_on_after_a_reload_by_night_and_on_a_phone(
    browser: Browser, examples: Examples, name: str
) -> None:
    context = browser.new_context(timezone_id="Asia/Kathmandu", locale="de-DE")
    page = context.new_page()
    asked: set[str | None] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
    user = examples.users[0 if name.startswith("nextjs") else 1 + NAMES.index(name)]
    shown = entered(page, examples, name, user)
    before = shown.said("user").all_inner_texts()

    shown.say("hello there")
    shown.has([*before, "hello there"])
    shown.say(LONG)
    expect(shown.said("agent").last).to_contain_text("word5", timeout=PATIENCE_MS)
    page.reload()
    shown.has([*before, "hello there", LONG])
    shown.say(LONG)
    shown.has([*before, "hello there", LONG, LONG])
    assert len(page.evaluate("window.grown")) > 3, "the answer came at once"

    assert shown.ink() < DARK
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    assert shown.ink() > LIGHT
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    expect(shown.said("agent").last).to_be_in_viewport()
    assert asked - {None} == {"localhost"}, "the browser was sent elsewhere"  # None: `data:`
    context.close()


@pytest.mark.parametrize("path", ["", "own"])
def test_a_page_of_next_js_has_what_was_said_before_a_script_runs(
    browser: Browser, examples: Examples, path: str
) -> None:
    said = f"said before, at /{path}"
    page = browser.new_page()
    shown = entered(page, examples, f"nextjs/{path}".rstrip("/"), examples.users[0])
    shown.say(said)
    expect(shown.said("agent").last).to_have_text(said, timeout=PATIENCE_MS)
    html = page.request.get(examples.urls["nextjs"] + path).text()
    page.close()
    assert html.count(f">{said}<") == 2, "its own words, and the answer"


def test_the_page_of_somebody_who_is_not_let_in_says_which_setting_does(browser: Browser, examples: Examples) -> None:
    page = browser.new_page()
    page.goto(examples.urls["html"].replace("localhost", "127.0.0.1"))
    page.get_by_label("API key").fill("a key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("status").first).to_contain_text("ALLOWED_ORIGINS", timeout=PATIENCE_MS)
    page.close()
