"""The page on a network, and with a storage, that fails: what is written arrives, and the page says how it is."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import QUIET, executable
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
