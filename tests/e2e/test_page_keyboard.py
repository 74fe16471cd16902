"""The page by keyboard alone: what Escape means, and where the focus goes when what had it is gone."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.windows import Window, Windows, refusing

pytestmark = pytest.mark.e2e

EPIC = " ".join(f"word{number}" for number in range(1, 901))  # fifteen seconds of the echo
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


def speaking(windows: Windows, user: str, **options: Any) -> Window:
    """A chat in the middle of an answer."""
    window = windows.open(user, **options).ready()
    window.say(EPIC)
    expect(window.answers()).to_contain_text("word30")
    return window


def tool(window: Window, name: str) -> Locator:
    """A button of the page, beside the chat."""
    return window.page.get_by_role("button", name=name)


def test_escape_closes_a_dialog_and_the_answer_goes_on(windows: Windows, user: str) -> None:
    window = speaking(windows, user)
    tool(window, "Notifications").click()
    expect(window.page.get_by_role("dialog")).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    expect(tool(window, "Notifications")).to_be_focused()
    expect(window.stop).to_be_visible()
    window.field.press("Escape")
    expect(window.answers()).to_contain_text("Stopped")


def test_escape_elsewhere_on_the_page_is_not_the_chats(windows: Windows, user: str) -> None:
    window = speaking(windows, user)
    tool(window, "Notifications").press("Escape")
    window.page.wait_for_timeout(300)  # a stop would have been sent by then
    expect(window.stop).to_be_visible()
    window.stop.click()
    window.whole()


def test_the_focus_stays_when_a_stop_button_goes(windows: Windows, user: str) -> None:
    window = speaking(windows, user)
    window.stop.press("Enter")
    expect(window.stop).to_have_count(0)
    expect(window.field).to_be_focused()


def test_on_a_phone_it_goes_to_the_log_so_that_no_keyboard_comes_up(windows: Windows, user: str) -> None:
    window = speaking(windows, user, **PHONE)
    window.stop.tap()
    expect(window.stop).to_have_count(0)
    expect(window.log).to_be_focused()


def test_the_focus_stays_in_the_log_when_a_message_is_tried_again_or_deleted(windows: Windows, user: str) -> None:
    window = windows.open(user, prepare=refusing(times=1)).ready()
    for name in ("Try again", "Delete"):
        window.say(name)
        window.log.get_by_role("button", name=name).press("Enter")
        expect(window.log.get_by_role("button", name=name)).to_have_count(0)
        expect(window.log).to_be_focused()


def test_a_chat_that_was_chosen_has_the_focus(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    tool(window, "Mira").press("Enter")
    expect(window.page.get_by_role("textbox", name="Message to Mira")).to_be_focused()


def test_on_a_phone_too_where_the_menu_was_in_between(windows: Windows, user: str) -> None:
    window = windows.open(user, **PHONE).ready()
    tool(window, "Agents, people and settings").tap()
    tool(window, "Mira").tap()
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    expect(window.page.get_by_role("log", name="Chat with Mira")).to_be_focused()
    tool(window, "Agents, people and settings").tap()
    window.page.keyboard.press("Escape")
    expect(tool(window, "Agents, people and settings")).to_be_focused()


def test_a_draft_waits_in_its_chat_over_switches_and_reloads(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.field.fill("Not yet")
    tool(window, "Mira").click()
    expect(window.page.get_by_role("textbox", name="Message to Mira")).to_have_value("")
    tool(window, "Echo").click()
    expect(window.field).to_have_value("Not yet")
    window.page.reload()
    expect(window.field).to_have_value("Not yet")
