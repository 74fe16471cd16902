"""axe finds nothing in any state of the page: light and dark, narrow and wide, with forced colours, and on paper.

A state is reached once, in a window of its own; then it is judged in every look.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.browser import Consoles
from tests.e2e.conftest import Stack
from tests.e2e.windows import Window, Windows, configured, refusing, violations

pytestmark = pytest.mark.e2e

NARROW, WIDE = ViewportSize(width=390, height=780), ViewportSize(width=1280, height=800)
LOOKS: dict[str, tuple[ViewportSize, dict[str, Any]]] = {
    "light, narrow": (NARROW, {"color_scheme": "light"}),
    "light, wide": (WIDE, {"color_scheme": "light"}),
    "dark, narrow": (NARROW, {"color_scheme": "dark"}),
    "dark, wide": (WIDE, {"color_scheme": "dark"}),
    "forced colours": (WIDE, {"forced_colors": "active"}),
    "forced colours, dark": (WIDE, {"forced_colors": "active", "color_scheme": "dark"}),
    "paper": (WIDE, {"media": "print"}),
}
AS_IT_IS: dict[str, Any] = {"color_scheme": "null", "forced_colors": "null", "media": "null"}

EVERYTHING = """# A title

Here is **bold**, *leaning*, ~~wrong~~, `code`, a [link](https://example.com), \\(x^2\\) and https://example.com/a.

1. one
2. two
   - nested

- [x] done
- [ ] to do

| left | right |
|---|--:|
| 1 | 2 |

> said

```python
@cached
class Greeter:  # says hello
    def greet(self, name: str = "you", times: int = 3) -> None:
        print(f"hi {name}" * times)
```

```diff
- before
+ after
```
"""
STORY = " ".join(f"word{number}" for number in range(1, 901))  # fifteen seconds of the echo
SILENT = "IDBFactory.prototype.open = () => ({})"
DENIED = "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
GRANTED = "Object.defineProperty(Notification, 'permission', { get: () => 'default' })"
# What a message, a chat or the page asks the browser while it is drawn, which fails once it is told to.
BREAKING = """
addEventListener("DOMContentLoaded", () => {
    const { match } = String.prototype;
    String.prototype.match = function (pattern) {
        if (this.includes("unspeakable")) throw new Error("broken");
        return match.call(this, pattern);
    };
    const ask = window.matchMedia;
    window.matchMedia = (query) => {
        if (query === window.breaking) throw new Error("broken");
        return ask(query);
    };
});
"""
OFFLINE = "Object.defineProperty(navigator, 'onLine', { get: () => false }); dispatchEvent(new Event('offline'))"
CHAT_ASKS, PAGE_ASKS = "(pointer: coarse)", "(max-width: 52rem)"


def findings(page: Page) -> dict[str, list[str]]:
    """What axe finds in the looks of a state, by look."""
    found = {}
    for look, (viewport, media) in LOOKS.items():
        page.set_viewport_size(viewport)
        page.emulate_media(**{**AS_IT_IS, **media})
        found[look] = violations(page)
    page.emulate_media(**AS_IT_IS)
    page.set_viewport_size(WIDE)
    return {look: all_found for look, all_found in found.items() if all_found}


def opened(windows: Windows, user: str, script: str = "", prepare: Callable[[Page], object] = lambda _: None) -> Window:
    """A chat where nothing moves, as colours on their way are not judged, with few others to be: each takes time."""
    few = configured(lambda config: {"users": [each for each in config["users"] if each["userId"] in (user, "alice")]})

    def all_of_it(page: Page) -> None:
        few(page)
        page.add_init_script(script)
        prepare(page)

    return windows.open(user, prepare=all_of_it, reduced_motion="reduce")


def tool(window: Window, name: str) -> None:
    """Press a button beside the chat, once there is a place for it."""
    window.page.get_by_role("button", name=name).click()


def test_a_chat_from_its_beginning_over_an_answer_to_what_waits(windows: Windows, user: str) -> None:
    window = opened(windows, user).ready()
    assert findings(window.page) == {}
    window.say(EVERYTHING)
    window.whole(1)
    tool(window, "how Echo feels")
    expect(window.page.locator(".ssio-relation")).to_be_visible()
    window.answers().hover()
    assert findings(window.page) == {}
    window.say(STORY)
    expect(window.answers().nth(1)).to_contain_text("word30 ")
    assert findings(window.page) == {}
    window.stop.click()
    expect(window.answers().nth(1)).to_contain_text("Stopped")
    window.field.fill("x" * 8_001)
    assert findings(window.page) == {}
    window.field.fill("")
    window.page.evaluate(OFFLINE)
    window.say("later")
    expect(window.log.get_by_text("Waiting to be sent")).to_be_visible()
    assert findings(window.page) == {}


def test_what_is_not_saved_and_what_is_not_sent(windows: Windows, user: str) -> None:
    window = opened(windows, user, SILENT, refusing()).ready()
    window.say("not let through")
    expect(window.log.get_by_text("Not sent.")).to_be_visible()
    window.page.evaluate(OFFLINE)
    window.say("later")
    expect(window.page.get_by_text("Your browser cannot save what waits to be sent.")).to_be_visible()
    assert findings(window.page) == {}


def test_dialogs(windows: Windows, user: str) -> None:
    window = opened(windows, user, GRANTED).ready()
    for name in ("Notifications", "Use a key", "Behind the scenes"):
        tool(window, name)
        expect(window.page.locator(".ssio-settings-offer, .ssio-inspector, .ssio-sign-in")).to_be_visible()
        assert findings(window.page) == {}, name
        window.page.get_by_role("button", name="Close").click()
    window.page.set_viewport_size(NARROW)
    tool(window, "Agents, people and settings")
    for look in ("light", "dark"):
        window.page.emulate_media(color_scheme=look)
        assert violations(window.page) == [], look


def test_notifications_that_are_blocked(windows: Windows, user: str) -> None:
    window = opened(windows, user, DENIED).ready()
    tool(window, "Notifications")
    expect(window.page.get_by_text("Notifications are blocked")).to_be_visible()
    assert findings(window.page) == {}


def test_the_ways_in(windows: Windows, user: str) -> None:
    page = windows.go("/", prepare=configured(lambda _: {"users": [], "agents": []}), reduced_motion="reduce").page
    expect(page.get_by_label("API key")).to_be_visible()
    assert findings(page) == {}
    page.get_by_label("API key").fill("no such key")
    page.get_by_label("Agent").fill("echo")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert findings(page) == {}
    page = windows.go("/?agent=echo&user=unknown", reduced_motion="reduce").page
    expect(page.get_by_role("heading", name="This user is not known here")).to_be_visible()
    assert findings(page) == {}
    page = windows.go(f"/?{urlencode({'agent': 'unknown', 'user': user})}", reduced_motion="reduce").page
    expect(page.get_by_role("alert")).to_contain_text("This agent does not exist")
    assert findings(page) == {}


def test_a_key_that_is_not_taken_any_more(windows: Windows, user: str) -> None:
    def revoked(config: dict[str, Any]) -> dict[str, Any]:
        return {"users": [{**each, "apiKey": "revoked"} for each in config["users"]]}

    window = opened(windows, user, prepare=configured(revoked))
    expect(window.status).to_contain_text("Your key is not accepted")
    assert findings(window.page) == {}


def test_a_page_without_its_stack(windows: Windows, user: str, consoles: Consoles) -> None:
    page = windows.go("/", prepare=configured(lambda _: {"enableWebsockets": False}), reduced_motion="reduce").page
    expect(page.get_by_role("heading", name="Real-time chat is switched off")).to_be_visible()
    assert findings(page) == {}
    absent = opened(
        windows, user, prepare=lambda at: at.route("**/config.json", lambda route: route.fulfill(status=404))
    )
    expect(absent.page.get_by_text("The chat is not there yet.")).to_be_visible()
    assert findings(absent.page) == {}
    absent.context.close()
    consoles.expect("404")


def test_a_part_that_could_not_be_loaded(windows: Windows, user: str, consoles: Consoles) -> None:
    window = opened(
        windows, user, prepare=lambda page: page.route("**/SignIn-*.js", lambda route: route.abort())
    ).ready()
    tool(window, "Use a key")
    expect(window.page.get_by_role("dialog").get_by_text("could not be loaded")).to_be_visible()
    assert findings(window.page) == {}
    consoles.expect("ERR_FAILED")


def test_what_cannot_be_drawn(windows: Windows, user: str, consoles: Consoles) -> None:
    window = opened(windows, user, BREAKING).ready()
    window.say("It is unspeakable")
    window.whole(1)
    expect(window.answers().locator(".ssio-said")).to_have_text("It is unspeakable")
    assert findings(window.page) == {}
    window.page.evaluate("(query) => { window.breaking = query }", CHAT_ASKS)
    tool(window, "Mira")
    expect(window.page.get_by_role("alert")).to_contain_text("Something went wrong while this chat was shown.")
    assert findings(window.page) == {}
    window.page.evaluate("(query) => { window.breaking = query }", PAGE_ASKS)
    tool(window, "Echo")
    expect(window.page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    assert violations(window.page) == []
    consoles.expect("broken")


KEPT = """
PushManager.prototype.getSubscription = async () => ({
    endpoint: "https://push.example.com/1", options: {}, unsubscribe: async () => { throw new Error("not now"); },
});
"""


def test_a_key_whose_notifications_could_not_be_ended(windows: Windows, user: str, stack: Stack) -> None:
    def without(config: dict[str, Any]) -> dict[str, Any]:
        return {"users": [each for each in config["users"] if each["userId"] == "alice"]}

    def prepare(page: Page) -> None:
        configured(without)(page)
        page.context.grant_permissions(["notifications"], origin=windows.url)
        page.add_init_script(KEPT)

    window = windows.go("/?agent=echo", prepare=prepare, reduced_motion="reduce")
    page = window.page
    page.get_by_role("button", name="Use a key").click()
    page.get_by_label("API key").fill(stack.key(user))
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("button", name=f"Forget {user}")).to_be_visible()
    window.ready()  # a browser complains of a WebSocket that is closed before it is open
    page.evaluate(OFFLINE)
    page.get_by_role("button", name=f"Forget {user}").click()
    expect(page.get_by_role("alert")).to_contain_text("may still be notified")
    assert findings(page) == {}


def test_news_from_another_chat(windows: Windows, user: str) -> None:
    window = opened(windows, user).ready()
    elsewhere = windows.open(user, ("companion", "Mira"), reduced_motion="reduce").ready()
    elsewhere.say("Hello")
    expect(window.page.locator(".ssio-toast")).to_contain_text(re.compile("Mira"))
    assert findings(window.page) == {}
