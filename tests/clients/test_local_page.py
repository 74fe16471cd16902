"""`/_local/` in a browser: light and dark, wide and narrow, with what happens on it and without anybody's key."""

import json

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.answers import COMPLETE, of, say
from tests.e2e.conftest import Stack, World

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.skipif("os.environ.get('E2E_OUTPUTS')")]

WITHIN_MS = 120_000
SIZES = {"wide": (1400, 1000), "narrow": (360, 780)}
BEYOND = """() => Math.max(document.documentElement.scrollWidth - innerWidth,
    ...[...document.querySelectorAll("main > *")].map((each) => each.getBoundingClientRect().right - innerWidth))"""
"""By how many pixels anything is broader than the window."""


@pytest.fixture
def seen(world: World, user: str) -> str:
    """An answer, and with it frames of all kinds, a room and a connection."""
    device = world.connect(user)
    reply = str(say(device, "what an operator sees", "echo")["replyId"])
    device.wait_for(COMPLETE, of(reply), within_s=WITHIN_MS / 1000)
    return reply


def opened(browser: Browser, stack: Stack, scheme: str, size: str) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    page.goto(f"{stack.url}/_local/")
    page.wait_for_selector("#frames td")
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_is_there_and_fits(browser: Browser, stack: Stack, seen: str, scheme: str, size: str) -> None:
    page = opened(browser, stack, scheme, size)
    page.wait_for_function("reply => document.querySelector('#answers').textContent.includes(reply)", arg=seen)
    assert page.evaluate(BEYOND) <= 0
    for part in ("alarms", "queues", "connections", "rooms", "frames", "metrics"):
        assert page.locator(f"#{part} td").count() > 0, part
    assert page.locator("#figures .figure").count() == 10
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) > 384) == (scheme == "light")
    page.context.close()


def test_no_key_is_on_the_page_whoever_connected(browser: Browser, stack: Stack, seen: str) -> None:
    page = opened(browser, stack, "light", "wide")
    shown = page.content() + json.dumps(page.evaluate("fetch('state.json').then((answer) => answer.json())"))
    assert "40…" in shown  # a CONNECT is among the frames
    assert seen in shown
    assert not [user for user in stack.outputs["users"] if user["apiKey"] in shown]
    page.context.close()


def test_what_is_folded_open_stays_so_and_a_name_is_never_markup(
    browser: Browser, stack: Stack, world: World, seen: str
) -> None:
    device = world.connect(world.crowd[7])
    device.emit("chat:join", {"agentId": "<img src=x onerror=alert(1)>"})
    page = opened(browser, stack, "light", "wide")
    page.get_by_text("All others").click()
    before = page.locator("#now").text_content()
    page.wait_for_function("said => document.querySelector('#now').textContent !== said", arg=before)
    assert page.locator("#alarms details").get_attribute("open") is not None
    page.wait_for_function("() => document.querySelector('#frames').textContent.includes('onerror')")
    assert page.locator("main img").count() == 0
    page.context.close()
