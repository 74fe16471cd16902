"""The page's service worker in a real browser: whatever is pushed, a notification is shown."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.e2e.conftest import Stack

pytestmark = pytest.mark.e2e

READY = "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => true)"
SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) => all.map((each) => ({
    title: each.title, body: each.body, tag: each.tag, data: each.data, icon: each.icon, badge: each.badge,
    actions: each.actions.map(({ action, title }) => ({ action, title })),
})))"""
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


@dataclass(frozen=True)
class Installed:
    """A page with its worker."""

    page: Page
    devtools: CDPSession
    origin: str
    registration: str

    def push(self, data: str) -> None:
        """Let the browser's push service bring a message."""
        message = {"origin": self.origin, "registrationId": self.registration, "data": data}
        self.devtools.send("ServiceWorker.deliverPushMessage", message)

    def shown(self, count: int = 1) -> list[dict[str, Any]]:
        """The notifications, once there are so many."""
        shown: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        while len(shown) != count:
            self.page.wait_for_timeout(20)
            shown = self.page.evaluate(SHOWN)
        return shown


@pytest.fixture
def installed(browser: Browser, stack: Stack) -> Iterator[Installed]:
    context = browser.new_context()
    context.grant_permissions(["notifications"], origin=stack.url)
    page = context.new_page()
    page.goto(stack.url)
    assert page.evaluate(READY)
    devtools = context.new_cdp_session(page)
    ids: dict[str, str] = {}
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: ids.update((each["scopeURL"], each["registrationId"]) for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    while f"{stack.url}/" not in ids:
        page.wait_for_timeout(10)
    yield Installed(page, devtools, stack.url, ids[f"{stack.url}/"])
    context.close()


def test_a_push_shows_its_notification(installed: Installed) -> None:
    installed.push(json.dumps(ANSWER))
    (shown,) = installed.shown()
    assert shown == {
        "title": "Mira",
        "body": "Once upon a time",
        "tag": "chat:companion",
        "icon": f"{installed.origin}/icons/icon-192.png",
        "badge": f"{installed.origin}/icons/badge-96.png",
        "actions": [{"action": "open", "title": "Open chat"}],
        "data": {"url": "/?agent=companion", "actions": {}},
    }


def test_a_newer_answer_of_the_same_chat_takes_the_place_of_the_older(installed: Installed) -> None:
    installed.push(json.dumps(ANSWER))
    installed.shown()
    installed.push(json.dumps({**ANSWER, "body": "The end"}))
    installed.page.wait_for_function(f"{SHOWN}.then((all) => all[0]?.body === 'The end')")
    assert len(installed.shown()) == 1
    installed.push(json.dumps({**ANSWER, "tag": "chat:echo"}))
    installed.shown(2)


@pytest.mark.parametrize("data", ["", "not JSON", "{}", "null", "[]", '{"body": 5}'])
def test_whatever_comes_something_is_shown(installed: Installed, data: str) -> None:
    installed.push(data)
    (shown,) = installed.shown()
    assert shown["title"] == "A new message"


def test_a_declarative_message_alone_is_understood(installed: Installed) -> None:
    installed.push(
        json.dumps({"web_push": 8030, "notification": {"title": "Mira", "body": "Hi", "navigate": "/?agent=mira"}})
    )
    (shown,) = installed.shown()
    assert (shown["title"], shown["body"], shown["data"]["url"]) == ("Mira", "Hi", "/?agent=mira")
