"""`make screenshots`: the page in its states, as pictures for the documentation. Each is to be looked at.

`python -m tests.e2e.screenshots empty phone` takes those alone.

A stack of its own runs for it, so that every picture begins with an empty chat.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, WebSocketRoute, expect

from tests.e2e.browser import Consoles, chromium
from tests.e2e.windows import Window, Windows, configured, refusing
from tests.processes import ROOT, running

FOLDER = ROOT / "docs" / "images"
DESKTOP = ViewportSize(width=1280, height=800)
SMALL = ViewportSize(width=900, height=560)
SWATCHES = ViewportSize(width=900, height=440)
PHONE: dict[str, Any] = {
    "viewport": ViewportSize(width=390, height=780),
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
HELLO = "Hi Mira! I am Sam, and I have just moved to the coast."
STORY = "I feel a little lost here. Tell me a story about the sea."
NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
    Object.defineProperty(window, name, { get() { throw new DOMException("Blocked.", "SecurityError"); } });
}"""
CODE = """Of course. A **generator** reads one line at a time, so a file of any size will do:

```python
def lines(path: Path) -> Iterator[str]:
    with path.open() as file:
        for line in file:
            yield line.rstrip("\\n")
```

1. Nothing is read before it is asked for.
2. The file is closed after the last line.

| way | memory |
|---|---|
| `read()` | the whole file |
| generator | a line |"""

COLOURS = """() => {
    const all = (rules) => [...rules].flatMap((rule) => [rule, ...all(rule.cssRules ?? [])]);
    const rules = [...document.styleSheets].flatMap((sheet) => all(sheet.cssRules));
    const set = new Set(rules.flatMap((rule) => [...(rule.style ?? [])]));
    const names = [...set].filter((name) => name.startsWith("--ssio-"));
    const root = getComputedStyle(document.documentElement);
    const isColour = (name) => CSS.supports("color", root.getPropertyValue(name).trim());
    const box = (styles, ...content) => {
        const made = document.createElement("div");
        made.append(...content);
        Object.assign(made.style, styles);
        return made;
    };
    const edge = { height: "40px", marginBottom: "6px", borderRadius: "8px", border: "1px solid var(--ssio-edge)" };
    const swatch = (name) => box({}, box({ ...edge, background: `var(${name})` }), name);
    const grid = { display: "grid", gridTemplateColumns: "repeat(4, 1fr)", gap: "20px 16px", padding: "24px" };
    const looks = { background: "var(--ssio-ground)", color: "var(--ssio-text)", font: "13px var(--ssio-mono)" };
    const page = box({ ...grid, ...looks, minHeight: "100dvh", boxSizing: "border-box" });
    page.append(...names.filter(isColour).map(swatch));
    document.body.replaceChildren(page);
}"""
RIGHT_TO_LEFT = """مرحبا! كيف يبدو البحر اليوم؟

1. أحب أن أسمع **قصة قصيرة** عنه قبل النوم.
2. The second line is English: `const sea = "blue"`.

> كان البحر هادئا

And this block begins at the left again."""


@dataclass(frozen=True)
class Studio:
    """Where pictures are taken."""

    windows: Windows

    def open(
        self,
        user_id: str,
        agent: tuple[str, str],
        script: str = "",
        prepare: Callable[[Page], object] = lambda _: None,
        status: str = "Connected",
        **options: Any,
    ) -> Window:
        """A chat, with few others to choose from, after `prepare`; `script` runs before the page."""
        few = configured(lambda config: {"users": [user for user in config["users"] if is_shown(user, user_id)]})

        def prepare_all(page: Page) -> None:
            few(page)
            page.add_init_script(script)
            prepare(page)

        window = self.windows.open(user_id, agent, prepare=prepare_all, **{"viewport": DESKTOP, **options})
        return window.ready(status)

    def echo(self, user_id: str, **options: Any) -> Window:
        """A chat with the echo."""
        return self.open(user_id, ("echo", "Echo"), **options)

    def mira(self, user_id: str, **options: Any) -> Window:
        """A chat with Mira."""
        return self.open(user_id, ("companion", "Mira"), **options)

    def talked(self, user_id: str, **options: Any) -> Window:
        """A chat in which a little was said."""
        window = self.mira(user_id, **options)
        window.say(HELLO)
        window.whole(1)
        return window


def chat(studio: Studio) -> Page:
    """A chat, by day."""
    window = studio.talked("alice")
    window.say(STORY)
    window.whole(2)
    return window.page


def dark(studio: Studio) -> Page:
    """The same at night, with how the two stand."""
    window = studio.talked("bob", color_scheme="dark")
    feelings(window)
    window.say("That is kind of you. What do you like best about the sea?")
    window.whole(2)
    window.page.wait_for_timeout(800)  # the bars have grown by then
    return window.page


def feelings(window: Window) -> None:
    """Open the panel that says how the agent feels."""
    window.page.get_by_role("button", name=f"how {window.agent} feels").click()
    expect(window.page.locator(".ssio-relation")).to_be_visible()


def streaming(studio: Studio) -> Page:
    """An answer that is being written."""
    window = studio.talked("carol")
    window.say(STORY)
    expect(window.answers().nth(1)).to_contain_text(re.compile(r"\S.{300}"), timeout=20_000)
    return window.page


def broken_off(studio: Studio) -> Page:
    """After a reload: an answer that was stopped, and one whose model failed, as the history has them."""
    window = studio.talked("user010", prepare=failing_in_history)
    for count, question in enumerate((STORY, "Tell me a story about the moon."), start=2):
        window.say(question)
        expect(window.answers()).to_have_count(count)
        expect(window.answers().last).to_contain_text(re.compile(r"\S.{120}"), timeout=20_000)
        window.field.press("Escape")
        expect(window.answers().last).to_contain_text("Stopped")
    window.page.reload()
    window.ready()
    expect(window.answers().nth(1)).to_contain_text("Stopped")
    expect(window.answers().last).to_contain_text("The answer broke off here.")
    return window.page


def failing_in_history(page: Page) -> None:
    """Let the last answer of a chat that is entered be one that a failing model has left: none fails on demand."""

    def stand_between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def rewrite(frame: str | bytes) -> None:
            before, reason, after = str(frame).rpartition('"finishReason":"stopped"')
            is_history = reason and re.match(r"43\d+\[", before)
            socket.send(f'{before}"finishReason":"error"{after}' if is_history else frame)

        server.on_message(rewrite)

    page.route_web_socket(re.compile("/api/socketio"), stand_between)


def storage_fails(studio: Studio) -> Page:
    """Where the browser keeps nothing: a message goes out all the same."""
    window = studio.echo("user011", script=NO_STORAGE)
    window.say("Is this kept anywhere?")
    window.whole(1)
    window.context.set_offline(True)
    window.say("And this one?")
    expect(window.log.get_by_text("Waiting to be sent")).to_be_visible()
    window.page.wait_for_timeout(600)
    return window.page


def forced_colors(studio: Studio) -> Page:
    """In a high-contrast theme."""
    window = studio.talked("user012", forced_colors="active", color_scheme="dark")
    feelings(window)
    return window.page


def on_paper(studio: Studio) -> Page:
    """What is printed, on a sheet of A4."""
    window = studio.echo("user013", viewport=ViewportSize(width=794, height=1123))
    window.say(CODE)
    window.whole(1)
    window.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    window.page.emulate_media(media="print")
    window.page.evaluate("document.body.style.padding = '15mm'")  # the paper's own margin
    return window.page


def phone_keyboard(studio: Studio) -> Page:
    """On a phone whose keyboard is up: half of the height is left."""
    window = studio.talked("user014", **{**PHONE, "viewport": ViewportSize(width=390, height=420)})
    window.field.fill("One line\nand another,\nand a third one that is long enough to be broken")
    window.field.tap()
    return window.page


def mirrored(studio: Studio) -> Page:
    """A page that runs from right to left."""
    window = studio.echo("user015")
    window.page.evaluate("document.documentElement.dir = 'rtl'")
    window.say("مرحبا! كيف يبدو البحر اليوم؟\nHello, how is the sea today?\nأحب أن أسمع قصة قصيرة.")
    window.whole(1)
    feelings(window)
    return window.page


def markdown(studio: Studio) -> Page:
    """Code, lists and tables in an answer."""
    window = studio.echo("user001")
    window.say(CODE)
    window.whole(1)
    return window.page


def offline(studio: Studio) -> Page:
    """Messages that wait for the network."""
    window = studio.talked("user002")
    window.context.set_offline(True)
    window.say("I am on a train now, and the tunnel is long.")
    window.say("Will you still be there on the other side?")
    expect(window.log.get_by_text("Waiting to be sent")).to_have_count(2)
    window.page.wait_for_timeout(600)
    return window.page


def error(studio: Studio) -> Page:
    """A message that was refused."""
    window = studio.talked("user003")
    refusing()(window.page)
    window.page.reload()
    window.ready().say("This one is not let through.")
    expect(window.log.get_by_text("Not sent.")).to_be_visible()
    return window.page


def phone(studio: Studio) -> Page:
    """On a phone."""
    return studio.talked("user004", **PHONE).page


def phone_dark(studio: Studio) -> Page:
    """On a phone, at night, with the choices open."""
    window = studio.talked("user005", color_scheme="dark", **PHONE)
    window.page.get_by_role("button", name="Agents, people and settings").click()
    expect(window.status_of("user005")).to_be_visible()
    return window.page


def notifications(studio: Studio) -> Page:
    """What notifications are for, before the browser asks."""
    window = studio.talked("user006")
    window.page.get_by_role("button", name="Notifications").click()
    return window.page


def right_to_left(studio: Studio) -> Page:
    """Text that runs the other way."""
    window = studio.echo("user007")
    window.say(RIGHT_TO_LEFT)
    window.whole(1)
    return window.page


def behind_the_scenes(studio: Studio) -> Page:
    """What goes over the wire."""
    window = studio.mira("user008")
    window.page.get_by_role("button", name="Behind the scenes").click()
    window.say(HELLO)
    window.whole(1)
    return window.page


def empty(studio: Studio) -> Page:
    """Before the first word."""
    return studio.mira("user009").page


def colours(studio: Studio) -> Page:
    """The colours, by day."""
    return swatches(studio.echo("user001", viewport=SWATCHES))


def colours_dark(studio: Studio) -> Page:
    """The colours, at night."""
    return swatches(studio.echo("user001", viewport=SWATCHES, color_scheme="dark"))


def swatches(window: Window) -> Page:
    """Show each property that is a colour, in the place of the page."""
    window.page.evaluate(COLOURS)
    return window.page


def radius(studio: Studio) -> Page:
    """Corners that are nearly square."""
    window = studio.talked("user002", viewport=SMALL)
    window.page.evaluate("document.documentElement.style.setProperty('--ssio-radius', '0.25rem')")
    return window.page


def fonts(studio: Studio) -> Page:
    """Other fonts, for text and for code."""
    window = studio.echo("user003", viewport=SMALL)
    window.page.evaluate(
        "Object.entries({ font: 'Georgia, serif', mono: 'Courier, monospace' })"
        ".forEach(([name, value]) => document.documentElement.style.setProperty(`--ssio-${name}`, value))"
    )
    window.say("Text is set in `--ssio-font`, and code in `--ssio-mono`:\n\n```python\nprint('hello')\n```")
    window.whole(1)
    return window.page


def german(studio: Studio) -> Page:
    """In German."""
    return in_german(studio, "user004", viewport=SMALL)


def german_phone(studio: Studio) -> Page:
    """In German, on a narrow phone, at night, with a message that was not sent."""
    narrow = {**PHONE, "viewport": ViewportSize(width=360, height=740), "color_scheme": "dark"}
    return in_german(studio, "user005", **narrow)


def in_german(studio: Studio, user_id: str, **options: Any) -> Page:
    """A chat in German whose second message was not sent."""
    window = studio.open(
        user_id, ("companion", "Mira"), locale="de-DE", status="Verbunden", prepare=refusing(), **options
    )
    window.page.get_by_role("textbox").fill("Diese Nachricht kommt nicht durch.")
    window.page.get_by_role("button", name="Senden").click()
    expect(window.log.get_by_text("Nicht gesendet.")).to_be_visible()
    return window.page


PICTURES: tuple[Callable[[Studio], Page], ...] = (
    chat,
    dark,
    streaming,
    broken_off,
    storage_fails,
    markdown,
    offline,
    error,
    phone,
    phone_dark,
    phone_keyboard,
    notifications,
    right_to_left,
    mirrored,
    forced_colors,
    on_paper,
    behind_the_scenes,
    empty,
    colours,
    colours_dark,
    radius,
    fonts,
    german,
    german_phone,
)


def is_shown(user: dict[str, str], user_id: str) -> bool:
    """Whether a user is in the picture: the three with a name, and the one whose chat it is."""
    return user["userId"] == user_id or not user["userId"].startswith("user")


@contextmanager
def studio() -> Iterator[Studio]:
    """A stack and a browser, gone at the end."""
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home), environment={"DEMO_USERS": "16", "LOCAL_CACHE_DIR": str(ROOT / ".local")}) as run,
        chromium() as browser,
    ):
        consoles = Consoles()
        consoles.listen(browser)
        windows = Windows(browser, f"http://localhost:{run.port}")
        yield Studio(windows)
        windows.close()
        consoles.check()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with studio() as place:
        for picture in PICTURES:
            name = picture.__name__.replace("_", "-")
            if not sys.argv[1:] or name in sys.argv[1:]:
                page = picture(place)
                page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
                page.context.close()
