"""The page's service worker in a real browser: whatever is pushed, a notification is shown."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import deliver, shown
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.e2e

READY = "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => true)"
ANSWER = {
    "title": "Mira",
    "body": "Once upon a time",
    "icon": "/icons/icon-192.png",
    "badge": "/icons/badge-96.png",
    "url": "/?agent=companion",
    "tag": "chat:companion",
    "actions": [{"action": "open", "title": "Open chat"}],
    "timestamp": 1_700_000_000_000,
}


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page with its worker."""
    context = browser.new_context()
    context.grant_permissions(["notifications"], origin=stack.url)
    page = context.new_page()
    page.goto(stack.url)
    assert page.evaluate(READY)
    yield page
    context.close()


def test_a_push_shows_its_notification(page: Page, stack: Stack) -> None:
    deliver(page, json.dumps(ANSWER))
    (notification,) = shown(page)
    assert notification == {
        "title": "Mira",
        "body": "Once upon a time",
        "tag": "chat:companion",
        "icon": f"{stack.url}/icons/icon-192.png",
        "badge": f"{stack.url}/icons/badge-96.png",
        "actions": [{"action": "open", "title": "Open chat"}],
        "data": {"url": "/?agent=companion", "actions": {}},
    }


def test_a_newer_answer_of_the_same_chat_takes_the_place_of_the_older(page: Page) -> None:
    deliver(page, json.dumps(ANSWER))
    shown(page)
    deliver(page, json.dumps({**ANSWER, "body": "The end"}))
    while shown(page)[0]["body"] != "The end":
        pass
    deliver(page, json.dumps({**ANSWER, "tag": "chat:echo"}))
    shown(page, 2)


@pytest.mark.parametrize("data", ["", "not JSON", "{}", "null", "[]", '{"body": 5}'])
def test_whatever_comes_something_is_shown(page: Page, data: str) -> None:
    deliver(page, data)
    (notification,) = shown(page)
    assert notification["title"] == "A new message"


def test_a_declarative_message_alone_is_understood(page: Page) -> None:
    deliver(
        page,
        json.dumps({"web_push": 8030, "notification": {"title": "Mira", "body": "Hi", "navigate": "/?agent=mira"}}),
    )
    (notification,) = shown(page)
    assert (notification["title"], notification["body"], notification["data"]["url"]) == ("Mira", "Hi", "/?agent=mira")
