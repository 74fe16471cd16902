"""Notifications from the page's side: asked for, stored, pushed, shown, and a click that leads to the chat.

A headless browser has no push service to subscribe to, so `PushManager` is replaced by one whose subscription belongs
to the push service of the tests; what that receives and decrypts is handed to the service worker by DevTools.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import deliver, shown
from tests.e2e.conftest import Stack, World
from tests.e2e.driver import Device
from tests.e2e.pushing import needs_loopback
from tests.e2e.windows import Window, Windows, configured, violations
from tests.push_service import Browser, PushService

pytestmark = [pytest.mark.e2e, needs_loopback]

PUSH_MANAGER = """
const given = %s;
const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const kept = () => localStorage.getItem("test.key");
const subscription = () => kept() && {
    endpoint: given.endpoint, expirationTime: null, toJSON: () => given,
    options: { userVisibleOnly: true, applicationServerKey: bytes(kept()).buffer },
    unsubscribe: async () => (localStorage.removeItem("test.key"), true),
};
PushManager.prototype.getSubscription = async () => subscription() || null;
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const text = btoa(String.fromCharCode(...new Uint8Array(applicationServerKey)));
    localStorage.setItem("test.key", text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
    return subscription();
};
"""
CLICK = """async () => {
    const went = { focused: [], opened: [] };  // no click of a person allows it to bring windows to the front
    WindowClient.prototype.focus = async function () { went.focused.push(this.url); };
    clients.openWindow = async (url) => { went.opened.push(url); };
    const [notification] = await registration.getNotifications();
    const event = new NotificationEvent("notificationclick", { notification });
    const waits = [];
    Object.defineProperty(event, "waitUntil", { value: (promise) => waits.push(promise) });
    dispatchEvent(event);
    await Promise.all(waits);
    return went;
}"""
ANSWER = {"title": "Mira", "body": "Once upon a time", "url": "/?agent=companion", "tag": "chat:companion"}


@pytest.fixture
def subscriber(service: PushService, stack: Stack) -> Browser:
    """A browser's subscription, whose keys are real."""
    return service.browser(str(stack.outputs["vapidPublicKey"]))


@pytest.fixture
def window(windows: Windows, user: str, subscriber: Browser) -> Window:
    """The page of a browser that may notify, before it has asked to."""

    def prepare(page: Page) -> None:
        page.context.grant_permissions(["notifications"], origin=windows.url)
        page.add_init_script(PUSH_MANAGER % json.dumps(subscriber.subscription))

    return windows.go(f"/?{urlencode({'agent': 'echo', 'user': user})}", prepare=prepare).ready()


def turn_on(window: Window) -> None:
    window.page.get_by_role("button", name="Notifications").click()
    window.page.get_by_role("button", name="Turn on notifications").click()
    expect(window.page.get_by_text("Notifications are on")).to_be_visible()


def click(window: Window) -> dict[str, list[str]]:
    """Click the notification that is shown: the windows that were brought to the front, and opened."""
    (worker,) = window.context.service_workers
    went: dict[str, list[str]] = worker.evaluate(CLICK)
    return went


def another(window: Window, user_id: str, agent: tuple[str, str]) -> Window:
    """Open another tab in the same browser."""
    page = window.context.new_page()
    page.goto(f"/?{urlencode({'agent': agent[0], 'user': user_id})}")
    return Window(page, agent[1]).ready()


def is_subscribed(device: Device, browser: Browser) -> bool:
    return bool(device.call("push:status", {"endpoint": browser.endpoint})["subscribed"])


def test_a_browser_subscribes_and_unsubscribes(window: Window, world: World, user: str, subscriber: Browser) -> None:
    device = world.connect(user)
    turn_on(window)
    assert is_subscribed(device, subscriber)
    window.page.reload()
    window.page.get_by_role("button", name="Notifications").click()
    window.page.get_by_role("button", name="Turn off").click()
    expect(window.page.get_by_role("button", name="Turn on notifications")).to_be_visible()
    assert not is_subscribed(device, subscriber)


def test_settings_are_kept(window: Window, world: World, user: str) -> None:
    turn_on(window)
    window.page.get_by_role("checkbox", name="No notifications at certain hours").check()
    window.page.get_by_role("combobox", name="Time zone").select_option("Europe/Berlin")
    window.page.get_by_label("From").fill("21:30")
    window.page.get_by_role("checkbox", name="Mira").uncheck()
    assert violations(window.page) == []
    device = world.connect(user)
    wanted = {
        "quietHours": {"start": "21:30", "end": "07:00"},
        "timeZone": "Europe/Berlin",
        "mutedAgents": ["companion"],
    }
    for _ in range(100):
        kept = device.call("push:settings", {})
        if kept.items() >= wanted.items():
            break
        window.page.wait_for_timeout(50)
    assert kept.items() >= wanted.items()
    window.page.reload()
    window.page.get_by_role("button", name="Notifications").click()
    expect(window.page.get_by_label("From")).to_have_value("21:30")
    expect(window.page.get_by_role("checkbox", name="Mira")).not_to_be_checked()
    device.call("push:settings", {"quietHours": None, "mutedAgents": []})


def test_a_test_notification_comes_all_the_way(window: Window, subscriber: Browser) -> None:
    turn_on(window)
    window.page.get_by_role("button", name="Send a test notification").click()
    expect(window.page.get_by_text("It is on its way to all your browsers.")).to_be_visible()
    (pushed,) = subscriber.wait()
    deliver(window.page, json.dumps(pushed))
    (notification,) = shown(window.page)
    assert notification["title"] == pushed["title"]


def test_an_answer_to_somebody_who_left_is_pushed_and_a_click_opens_its_chat(
    window: Window, world: World, user: str, subscriber: Browser
) -> None:
    turn_on(window)
    window.page.goto("about:blank")  # away: no page of ours is connected
    device = world.connect(user)
    device.call("chat:message", {"agentId": "companion", "message": "Tell me a story about the sea"})
    device.close()
    (pushed,) = subscriber.wait(patience_s=30)
    assert (pushed["title"], pushed["url"]) == ("Mira", "/?agent=companion")
    window.page.goto(f"/?{urlencode({'agent': 'echo', 'user': user})}")
    window.ready()
    deliver(window.page, json.dumps(pushed))
    shown(window.page)
    assert click(window)["opened"] == []
    window.agent = "Mira"
    expect(window.page.get_by_role("heading", name="Mira", level=2)).to_be_visible()
    (answer,) = window.whole()
    assert answer.startswith(pushed["body"].rstrip("…")[:20])
    assert "agent=companion" in window.page.url


def test_a_click_finds_the_tab_that_shows_the_chat(window: Window, user: str, turns: Any) -> None:
    friend = another(window, next(turns), ("companion", "Mira"))
    mine = another(window, user, ("companion", "Mira"))
    deliver(window.page, json.dumps(ANSWER))
    shown(window.page)
    assert click(window) == {"focused": [mine.page.url], "opened": []}
    assert "agent=echo" in window.page.url
    assert friend.page.url != mine.page.url


def test_a_tab_that_holds_a_draft_is_not_moved(window: Window, user: str, stack: Stack) -> None:
    window.field.fill("Not sent yet")
    deliver(window.page, json.dumps(ANSWER))
    shown(window.page)
    assert click(window) == {"focused": [], "opened": [f"{stack.url}/?agent=companion"]}
    expect(window.field).to_have_value("Not sent yet")
    assert "agent=echo" in window.page.url
    window.field.fill("")
    deliver(window.page, json.dumps(ANSWER))
    shown(window.page)
    assert click(window)["opened"] == []
    expect(window.page.get_by_role("heading", name="Mira", level=2)).to_be_visible()


def test_forgetting_a_key_ends_the_notifications_of_this_device(
    windows: Windows, user: str, stack: Stack, world: World, subscriber: Browser
) -> None:
    def prepare(page: Page) -> None:
        configured(lambda _: {"users": []})(page)
        page.context.grant_permissions(["notifications"], origin=windows.url)
        page.add_init_script(PUSH_MANAGER % json.dumps(subscriber.subscription))

    window = windows.go("/?agent=echo", prepare=prepare)
    window.page.get_by_label("API key").fill(stack.key(user))
    window.page.get_by_role("button", name="Connect").click()
    window.ready()
    turn_on(window)
    device = world.connect(user)
    assert is_subscribed(device, subscriber)
    window.page.keyboard.press("Escape")
    window.page.get_by_role("button", name=re.compile("Forget")).click()
    expect(window.page.get_by_label("API key")).to_be_visible()
    assert not is_subscribed(device, subscriber)
    expect(window.page.get_by_role("alert")).to_have_count(0)


def test_an_answer_in_another_chat_is_told_in_a_corner(window: Window, world: World, user: str) -> None:
    device = world.connect(user)
    device.call("chat:message", {"agentId": "companion", "message": "Hello"})
    toast = window.page.locator(".ssio-toast")
    expect(toast).to_contain_text("Mira", timeout=30_000)
    toast.get_by_role("button").first.click()
    window.agent = "Mira"
    assert len(window.whole()) == 1


def test_who_has_blocked_them_is_told_what_to_do(windows: Windows, user: str) -> None:
    def prepare(page: Page) -> None:
        page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")

    window = windows.open(user, prepare=prepare).ready()
    window.page.get_by_role("button", name="Notifications").click()
    expect(window.page.get_by_text("Notifications are blocked")).to_be_visible()
