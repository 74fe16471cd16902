"""The page in a real browser, against the deployed stack: what a person does, and sees."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.e2e.browser import Consoles
from tests.e2e.conftest import Stack
from tests.e2e.windows import Window, Windows, configured

pytestmark = pytest.mark.e2e

WORDS = [f"word{number}" for number in range(1, 901)]
TALE = " ".join(WORDS[:120])  # takes the echo two seconds
EPIC = " ".join(WORDS)  # fifteen: time enough to stop it on any machine
ANSWERED = re.compile(r"\bword30\b")


def test_an_answer_appears_as_it_is_written(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.say(TALE)
    expect(window.said()).to_have_text([re.compile("word120")])
    expect(window.field).to_have_value("")
    expect(window.answers()).to_contain_text(ANSWERED)
    assert "word120" not in window.answers().inner_text()
    assert window.whole() == [TALE]
    expect(window.status).to_have_text("Connected")


def test_an_answer_is_stopped_by_escape_and_what_was_said_stays(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.say(EPIC)
    expect(window.answers()).to_contain_text(ANSWERED)
    window.page.keyboard.press("Escape")
    (said,) = window.whole()
    assert EPIC.startswith(said)
    assert said != EPIC
    expect(window.answers()).to_contain_text("Stopped")
    window.say("And then?")
    assert window.whole(2)[1] == "And then?"


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.say(TALE)
    expect(window.answers()).to_contain_text(ANSWERED)
    window.page.reload()
    assert window.whole() == [TALE]
    expect(window.said()).to_have_count(1)


def test_two_windows_are_in_step(windows: Windows, user: str) -> None:
    one, other = windows.open(user).ready(), windows.open(user).ready()
    one.field.press_sequentially("Hel")
    expect(other.page.get_by_label("You, on another device, are typing")).to_be_visible()
    one.say(EPIC)
    expect(other.said()).to_have_count(1)
    expect(other.answers()).to_contain_text(ANSWERED)
    other.stop.click()
    assert one.whole() == other.whole()


def test_what_is_said_offline_is_sent_once_after_a_reload(windows: Windows, user: str, consoles: Consoles) -> None:
    window = windows.open(user).ready()
    window.context.set_offline(True)
    expect(window.status).to_contain_text("Offline. What you write is sent later.")
    for text in ("first", "second", "third"):
        window.say(text)
    expect(window.said()).to_have_count(3)
    expect(window.log.get_by_text("Waiting to be sent")).to_have_count(3)
    window.page.wait_for_timeout(300)  # they have been stored by then
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        window.page.reload()
    window.context.set_offline(False)
    consoles.said.clear()  # the browser may have told of the reload
    window.page.goto(f"/?{urlencode({'agent': 'echo', 'user': user})}")
    assert window.whole(3) == ["first", "second", "third"]
    expect(window.said()).to_have_count(3)
    expect(window.log.get_by_text("Waiting to be sent")).to_have_count(0)


def test_a_network_that_comes_back_sends_what_waits(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.context.set_offline(True)
    window.say("later")
    expect(window.log.get_by_text("Waiting to be sent")).to_have_count(1)
    window.context.set_offline(False)
    assert window.whole() == ["later"]


def test_the_presence_of_another_user_is_seen(windows: Windows, user: str, turns: Any) -> None:
    window, friend = windows.open(user).ready(), next(turns)
    expect(window.status_of(friend)).to_have_attribute("data-status", "offline")
    other = windows.open(friend).ready()
    expect(window.status_of(friend)).to_have_attribute("data-status", "online")
    other.context.close()
    expect(window.status_of(friend)).to_have_attribute("data-status", "offline", timeout=35_000)


def test_people_and_agents_are_chosen_by_their_names_and_the_address_says_who(windows: Windows, user: str) -> None:
    window = windows.go("/", "Mira").ready()
    window.page.get_by_role("button", name="Echo").click()
    window.page.get_by_role("button", name=re.compile(rf"^{user}\b")).click()
    window.agent = "Echo"
    window.ready().say("It is me")
    window.whole()
    assert window.page.url.endswith(f"/?{urlencode({'agent': 'echo', 'user': user})}")
    window.page.reload()
    expect(window.said()).to_contain_text("It is me")
    window.page.goto("/?agent=echo")  # as a notification does
    expect(window.said()).to_contain_text("It is me")
    window.page.go_back()
    window.page.go_back()
    expect(window.page.get_by_role("heading", name="Echo", level=2)).to_be_visible()


def test_who_has_a_key_comes_in_by_it(windows: Windows, user: str, stack: Stack) -> None:
    window = windows.go("/", prepare=configured(lambda _: {"users": [], "agents": []}))
    window.page.get_by_label("API key").fill("no such key")
    window.page.get_by_label("Agent").fill("echo")
    window.page.get_by_role("button", name="Connect").click()
    expect(window.page.get_by_role("alert")).to_be_visible()
    window.page.get_by_label("API key").fill(stack.key(user))
    window.page.get_by_role("button", name="Connect").click()
    window.agent = "echo"
    window.ready().say("Let in")
    assert window.whole() == ["Let in"]
    window.page.reload()
    expect(window.answers()).to_contain_text("Let in")
    window.page.get_by_role("button", name=f"Forget {user}").click()
    expect(window.page.get_by_label("API key")).to_be_visible()


def test_a_deployment_without_websockets_is_told_so_and_nothing_is_tried(windows: Windows) -> None:
    sockets: list[str] = []

    def prepare(page: Page) -> None:
        configured(lambda _: {"enableWebsockets": False})(page)
        page.on("websocket", lambda socket: sockets.append(socket.url))

    window = windows.go("/", prepare=prepare)
    expect(window.page.get_by_role("heading", name="Real-time chat is switched off")).to_be_visible()
    expect(window.page.get_by_text("ENABLE_WEBSOCKETS=false")).to_be_visible()
    assert sockets == []


def test_a_page_that_comes_before_its_stack_waits_for_it(windows: Windows, user: str, consoles: Consoles) -> None:
    answers = iter([404, 404])

    def late(route: Route) -> None:
        status = next(answers, None)
        route.fulfill(status=status) if status else route.continue_()

    window = windows.open(user, prepare=lambda page: page.route("**/config.json", late))
    expect(window.page.get_by_text("The chat is not there yet.")).to_be_visible()
    window.ready()
    consoles.expect("404")


def test_the_curious_see_what_goes_over_the_wire_but_no_key(windows: Windows, user: str, stack: Stack) -> None:
    window = windows.open(user).ready()
    window.page.get_by_role("button", name="Behind the scenes").click()
    frames = window.page.get_by_role("group", name="Frames, newest first")
    expect(frames).to_be_visible()  # what was sent before it looked is not measured
    window.say("Hello wire")
    window.whole()
    expect(frames.get_by_text("chat:message:complete")).to_have_count(1)
    expect(window.page.locator(".ssio-inspector dd").nth(2)).to_have_text(re.compile(r"\d+ ms"))
    window.context.set_offline(True)
    expect(window.status).to_contain_text("Offline")
    window.context.set_offline(False)
    window.ready()
    expect(window.page.locator(".ssio-inspector dd").nth(3)).to_have_text("1")
    assert stack.key(user) not in window.page.content()


def test_a_second_window_is_another_device_of_the_same_user(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    with window.context.expect_page() as opened:
        window.page.get_by_role("button", name="Second window").click()
    second = Window(opened.value, "Echo").ready()
    second.say("From the other side")
    assert window.whole() == ["From the other side"]


def test_where_the_stack_is_gone_the_page_says_so_quietly(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.page.route_web_socket(re.compile("/api/socketio"), lambda socket: socket.close())
    window.page.reload()
    expect(window.status).to_contain_text(re.compile("Connecting|Reconnecting"))
    window.say("Are you there?")
    expect(window.log.get_by_text("Waiting to be sent")).to_be_visible()
