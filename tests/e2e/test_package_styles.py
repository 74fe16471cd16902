"""The package's styles beside those of others, in a real browser: nothing changes on either side."""

import functools
import mimetypes
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

SITE = ROOT / "web" / "tests" / "package" / "styles"
ORIGIN = "http://localhost:9"  # nothing listens there: every answer is made here
OURS = ".ssio-chat, .ssio-chat :not(.ssio-leading *), .ssio-settings, .ssio-settings :not(option)"
THEIRS = "html, body, #host, #host *"
STILL = "* { transition: none !important; animation: none !important }"

STYLES = """([ours, theirs]) => [ours, theirs].map((selector) =>
    [...document.querySelectorAll(selector)].flatMap((element) =>
        ["", ...(element.placeholder ? ["::placeholder"] : [])].map((part) => {
            const style = getComputedStyle(element, part || undefined);
            const name = `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}${part}`;
            return { name, ...Object.fromEntries([...style].map((key) => [key, style.getPropertyValue(key)])) };
        })))"""

Look = list[dict[str, str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody else's page, with the package, Tailwind and daisyUI from npm."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(["node", str(SITE / "build.mjs"), str(folder)], check=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def look(browser: Browser, built: Path) -> Iterator[Callable[..., tuple[Look, Look]]]:
    """What the components and what the page around them look like with style sheets in their order; nothing moves."""
    context = browser.new_context(viewport={"width": 1400, "height": 1600}, reduced_motion="reduce")
    page = context.new_page()

    def answer(route: Route) -> None:
        path = built / route.request.url.removeprefix(ORIGIN).lstrip("/")
        kind = mimetypes.guess_type(path.name)[0] or "text/html"
        route.fulfill(path=path, content_type=kind) if path.is_file() else route.fulfill(status=404)

    page.route("**/*", answer)

    @functools.cache
    def look_at(*sheets: str, elements: tuple[str, str] = (OURS, THEIRS)) -> tuple[Look, Look]:
        page.goto(f"{ORIGIN}/index.html")
        page.get_by_role("button", name="how Mira feels").dispatch_event("click")
        page.locator(".ssio-relation").wait_for()
        page.add_style_tag(content=STILL)
        for sheet in sheets:
            page.add_style_tag(url=f"{ORIGIN}/{sheet}.css")
        ours, theirs = page.evaluate(STYLES, elements)
        assert ours
        assert theirs
        return ours, theirs

    yield look_at
    context.close()


def differences(some: Look, others: Look) -> list[str]:
    """Where two looks differ."""
    return [
        f"{one['name']} {key}: {value} ≠ {other.get(key)}"
        for one, other in zip(some, others, strict=True)
        for key, value in one.items()
        if other.get(key) != value
    ]


@pytest.mark.parametrize("together", [["ours-first"], ["ours-last"], ["ours", "theirs"], ["theirs", "ours"]])
def test_beside_tailwind_and_daisyui_nothing_changes_on_either_side(look: Any, together: list[str]) -> None:
    ours, theirs = look(*together)
    assert differences(look("ours")[0], ours) == []
    assert differences(look("theirs")[1], theirs) == []


def test_a_page_of_no_style_keeps_having_none(look: Any) -> None:
    assert differences(look("none")[1], look("ours")[1]) == []


def test_what_the_page_puts_into_a_chat_stays_its_own(look: Any) -> None:
    leading, twin = look("ours-last", elements=("#leading", "#twin"))
    of_the_button = re.compile(r"^(background|border|padding|border-radius|text-transform|outline)")
    assert [key for key in twin[0] if of_the_button.match(key) and leading[0][key] != twin[0][key]] == []


@pytest.mark.parametrize("sheet", ["reset-in-layer", "unlayered", "unlayered-reset"])
def test_beside_a_reset_the_one_that_fits_holds(look: Any, sheet: str) -> None:
    assert differences(look("ours")[0], look(sheet)[0]) == []
