"""The page for those who use a keyboard, other colours, paper, or a script that runs the other way."""

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.browser import Consoles
from tests.e2e.test_page_quality import flooded
from tests.e2e.windows import Window, Windows, violations

pytestmark = pytest.mark.e2e

ARABIC = "مرحبا! كيف يبدو البحر اليوم؟"
FIRST = "document.querySelector('a[href], button, input, textarea, [tabindex]').focus()"  # whence Tab sets out
FOCUSED = "document.activeElement.closest('nav, form, [role=log]')?.className || document.activeElement.textContent"
EDGES = """(row) => {
    const text = row.querySelector('.ssio-said').firstChild;
    const box = row.querySelector('.ssio-said').getBoundingClientRect();
    return text.data.split('\\n').reduce(([lines, at], line) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + line.length);
        const { left, right } = range.getBoundingClientRect();
        const edges = { left: Math.round(left - box.left), right: Math.round(box.right - right) };
        return [[...lines, edges], at + line.length + 1];
    }, [[], 0])[0];
}"""


def style(locator: Locator, name: str) -> str:
    """A computed style."""
    return str(locator.evaluate("(element, name) => getComputedStyle(element)[name]", name))


def test_a_list_of_people_is_one_stop_and_arrows_walk_in_it(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    keys = window.page.keyboard
    window.page.evaluate(FIRST)
    stops = [window.page.evaluate(FOCUSED)]
    for _ in range(3):
        keys.press("Tab")
        stops.append(window.page.evaluate(FOCUSED))
    assert stops == ["Skip to the chat", "ssio-choices", "ssio-choices", "Notifications"]
    people = window.page.get_by_role("navigation", name="You are").get_by_role("button")
    keys.press("Shift+Tab")
    expect(people.and_(window.page.locator("[aria-pressed=true]"))).to_be_focused()
    keys.press("Home")
    expect(people.first).to_be_focused()
    keys.press("ArrowDown")
    expect(people.nth(1)).to_be_focused()
    keys.press("End")
    expect(people.last).to_be_focused()
    keys.press("ArrowUp")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(people.last).to_be_focused()
    expect(window.page.locator("[aria-pressed=true]").last).not_to_be_focused()  # nobody is chosen on the way


def test_the_first_stop_leads_past_the_lists(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    skip = window.page.get_by_role("link", name="Skip to the chat")
    expect(skip).not_to_be_in_viewport()
    window.page.evaluate(FIRST)
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    assert violations(window.page) == []
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("main")).to_be_focused()
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.closest('main') !== null")


def test_what_the_dots_mean_is_said(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    legend = window.page.locator(".ssio-legend")
    expect(legend).to_have_text("online away offline")
    looks = {style(dot, "backgroundImage") + style(dot, "boxShadow") for dot in legend.locator(".ssio-dot").all()}
    assert len(looks) == 3, "without their colours they are to differ too"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_nothing_is_told_by_a_ground_alone(windows: Windows, user: str, scheme: str) -> None:
    window = windows.open(user, forced_colors="active", color_scheme=scheme).ready()
    window.say("Hello")
    window.whole()
    window.page.get_by_role("button", name="how Echo feels").click()
    for bubble in (window.said(), window.answers()):
        assert style(bubble.locator(".ssio-bubble"), "borderTopWidth") == "1px"
    legend = window.page.locator(".ssio-legend .ssio-dot")
    fillings = {style(dot, "clipPath") + style(dot, "backgroundColor") for dot in legend.all()}
    assert len(fillings) == 3
    bar = window.page.locator(".ssio-bar[data-main]")
    assert style(bar, "backgroundColor") != style(bar.locator("span"), "backgroundColor")
    chosen = window.page.locator(".ssio-choice [aria-pressed=true]").first
    assert style(chosen, "outlineStyle") == "solid"
    assert violations(window.page) == []


def test_on_paper_there_is_all_that_was_said_and_nothing_to_press(browser: Browser) -> None:
    with flooded(browser) as window:
        rows = window.log.locator(".ssio-message")
        loaded = window.page.evaluate("document.querySelectorAll('.ssio-lines > div').length") * 20
        assert rows.count() < 100
        drawn = window.page.evaluate(
            "(dispatchEvent(new Event('beforeprint')), document.querySelectorAll('.ssio-message').length)"
        )
        assert drawn > loaded - 40 > 100
        window.page.emulate_media(media="print")
        for width in (1280, 640):  # that of a sheet, too, at which the page is laid out as on a phone
            window.page.set_viewport_size({"width": width, "height": 800})
            expect(window.page.locator(".ssio-menu")).to_have_count(int(width < 832))
            for pressed in ("textbox", "button", "toolbar"):
                expect(window.page.get_by_role(pressed)).to_have_count(0)
            expect(window.page.get_by_role("heading", level=1)).to_have_count(1)
        window.page.set_viewport_size({"width": 1280, "height": 800})
        assert window.page.evaluate("document.documentElement.scrollHeight") > drawn * 20
        assert window.log.evaluate("(log) => log.scrollHeight - log.clientHeight") == 0
        window.page.emulate_media(media="screen")
        window.page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(rows.nth(100)).to_have_count(0)
        assert 0 < rows.count() < 100


def test_each_line_has_its_own_direction(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.field.fill(f"A line that is longer than the other one is, so that there is room beside it.\n{ARABIC}\nshort")
    window.page.get_by_role("button", name="Send").click()
    latin, arabic, short = window.said().evaluate(EDGES)
    assert latin["left"] == short["left"] == 0
    assert arabic["right"] == 0 < arabic["left"]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_that_runs_from_right_to_left_is_mirrored_and_nothing_sticks_out(
    windows: Windows, user: str, width: int
) -> None:
    window = windows.open(user, viewport={"width": width, "height": 800}).ready()
    window.page.evaluate("document.documentElement.dir = 'rtl'")
    window.say(ARABIC)
    window.whole()
    avatar = window.page.locator(".ssio-header .ssio-avatar").bounding_box()
    name = window.page.locator(".ssio-who").bounding_box()
    assert avatar
    assert name
    assert avatar["x"] > name["x"]
    overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert window.page.evaluate(overhang) == 0
    assert violations(window.page) == []


def scripts(window: Window) -> set[str]:
    """The names of the scripts that a page has loaded."""
    urls: list[str] = window.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    return {url.rsplit("/", 1)[1] for url in urls if url.endswith(".js")}


@pytest.mark.parametrize("tool", ["Notifications", "Behind the scenes", "Use a key"])
def test_what_is_not_needed_at_once_is_loaded_when_it_is_wanted(windows: Windows, user: str, tool: str) -> None:
    window = windows.open(user).ready()
    first = scripts(window)
    window.page.get_by_role("button", name=tool).click()
    expect(window.page.locator(".ssio-settings, .ssio-inspector, .ssio-sign-in")).to_be_visible()
    assert scripts(window) > first


def test_what_cannot_be_loaded_says_so_and_is_tried_again(windows: Windows, user: str, consoles: Consoles) -> None:
    window = windows.open(user).ready()
    window.context.set_offline(True)
    window.page.get_by_role("button", name="Use a key").click()
    dialog = window.page.get_by_role("dialog")
    expect(dialog.get_by_text("could not be loaded")).to_be_visible()
    assert violations(window.page) == []
    window.context.set_offline(False)
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_label("API key")).to_be_focused()
    consoles.expect("ERR_INTERNET_DISCONNECTED")
