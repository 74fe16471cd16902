"""The page on a network, and with a storage, that fails: what is written arrives, and the page says how it is."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import QUIET, Consoles, executable
from tests.e2e.conftest import Stack
from tests.e2e.proxy import Proxy, proxy_to
from tests.e2e.windows import Window, Windows

pytestmark = pytest.mark.e2e

ANSWER_S_MAX = 35.0
OFFLINE = "Object.defineProperty(navigator, 'onLine', { get: () => false })"


@pytest.fixture
def proxy(windows: Windows, stack: Stack) -> Iterator[Proxy]:
    """A network in between, by which the page is reached."""
    with proxy_to(stack) as made:
        windows.url = made.url
        yield made
        windows.close()  # before the network goes: what pages try then would be told by their consoles


def test_a_message_into_a_half_open_connection_has_its_answer_within_35_s(
    windows: Windows, proxy: Proxy, user: str
) -> None:
    window = windows.open(user).ready()
    proxy.freeze()
    began = time.monotonic()
    window.say("Is anybody there?")
    expect(window.answers()).to_contain_text("Is anybody there?", timeout=1_000 * ANSWER_S_MAX)
    assert time.monotonic() - began <= ANSWER_S_MAX
    assert window.whole() == ["Is anybody there?"]
    expect(window.said()).to_have_count(1)


def test_a_browser_that_says_offline_for_ever_is_not_believed(windows: Windows, user: str) -> None:
    window = windows.open(user, prepare=lambda page: page.add_init_script(OFFLINE)).ready()
    window.page.evaluate("dispatchEvent(new Event('offline'))")
    expect(window.status).to_contain_text("Offline")
    window.say("later")
    assert window.whole() == ["later"]


FORBIDDEN = """
for (const name of ["indexedDB", "localStorage", "BroadcastChannel"])
    Object.defineProperty(window, name, { get() { throw new DOMException("Access is denied.", "SecurityError"); } });
for (const name of ["serviceWorker", "locks"])
    Object.defineProperty(navigator, name, { get() { throw new DOMException("Access is denied.", "SecurityError"); } });
"""
SILENT = "IDBFactory.prototype.open = () => ({})"
FULL = """
const { put } = IDBObjectStore.prototype;
IDBObjectStore.prototype.put = function (...given) {
    const request = put.apply(this, given);
    request.addEventListener("success", () => this.transaction.abort());
    return request;
};
"""


@pytest.mark.parametrize("script", [FORBIDDEN, SILENT, FULL], ids=["forbidden", "silent", "full"])
def test_storage_that_fails_costs_no_message_and_the_page_says_what_is_not_saved(
    windows: Windows, user: str, script: str
) -> None:
    window = windows.open(user, prepare=lambda page: page.add_init_script(script)).ready()
    window.say("one")
    assert window.whole() == ["one"]
    window.context.set_offline(True)
    window.say("two")
    window.say("three")
    note = window.page.get_by_text("Your browser cannot save what waits to be sent.")
    expect(note).to_be_visible()
    window.context.set_offline(False)
    assert window.whole(3) == ["one", "two", "three"]
    expect(window.said()).to_have_count(3)
    expect(note).to_have_count(0)


def test_a_browser_that_blocks_all_cookies_has_a_chat(
    browser: Browser, stack: Stack, user: str, tmp_path: Path, consoles: Consoles
) -> None:
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"profile": {"default_content_setting_values": {"cookies": 2}}}))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=executable(), args=list(QUIET), base_url=stack.url
    )
    consoles.hear(context)
    try:
        window = Window(context.pages[0], "Echo")
        window.page.goto(f"/?{urlencode({'agent': 'echo', 'user': user})}")
        window.ready()
        assert is_forbidden(window.page)
        window.say("hello")
        assert window.whole() == ["hello"]
    finally:
        context.close()


def is_forbidden(page: Page) -> bool:
    """Whether a page may store nothing."""
    return bool(page.evaluate("() => { try { localStorage.length; return false } catch { return true } }"))


def test_who_or_what_the_address_names_and_nobody_knows_is_said(windows: Windows, user: str) -> None:
    window = windows.go("/?agent=echo&user=nobody")
    expect(window.page.get_by_role("heading", name="This user is not known here")).to_be_visible()
    expect(window.page.get_by_text("nobody", exact=True)).to_be_visible()
    window.page.get_by_role("button", name="Go on as").click()
    window.ready()
    window.page.goto(f"/?{urlencode({'agent': 'noone', 'user': user})}")
    expect(window.page.get_by_role("alert")).to_contain_text("This agent does not exist")
    expect(window.page.get_by_role("heading", name="noone", level=2)).to_be_visible()
