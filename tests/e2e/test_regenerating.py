"""An answer is given again: by a stock client, and in the page, where the one before can be looked at."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.answers import hear, heard, history, join, say, succeed
from tests.e2e.conftest import World
from tests.e2e.windows import Windows

pytestmark = pytest.mark.e2e


def test_a_stock_client_has_an_answer_given_again(world: World, user: str) -> None:
    device, other = world.connect(user), world.connect(user)
    join(other)
    first = say(device, "one two three four")
    for each in (device, other):
        hear(each, first["replyId"])
    ack = succeed(device, "chat:regenerate", {"agentId": "echo", "messageId": first["replyId"]})
    assert ack["messageId"] == first["messageId"]
    for each in (device, other):
        hear(each, ack["replyId"])
        answer = heard(each, ack["replyId"])
        answer.check()
        assert answer.complete.body["replaces"] == first["replyId"]
    lines = {line["messageId"]: line for line in history(other)}
    assert lines[first["replyId"]]["replacedBy"] == ack["replyId"]
    assert lines[ack["replyId"]]["replaces"] == first["replyId"]


def test_in_the_page_one_answer_is_shown_and_the_one_before_can_be_looked_at(windows: Windows, user: str) -> None:
    window, other = windows.open(user, ("companion", "Mira")).ready(), windows.open(user, ("companion", "Mira")).ready()
    window.say("Tell me a story about the sea.")
    (first,) = window.whole()
    window.page.get_by_role("button", name="Regenerate answer").click()
    versions = window.log.get_by_role("group", name="Answers to this message")
    expect(versions).to_contain_text("2 of 2")
    (second,) = window.whole()
    assert second != first
    for page in (window, other):
        versions = page.log.get_by_role("group", name="Answers to this message")
        versions.get_by_role("button", name="Previous answer").click()
        expect(versions).to_contain_text("1 of 2")
        expect(page.answers()).to_have_text([re.compile(re.escape(first[:40]))])
    window.page.reload()
    assert window.ready().whole() == [second]
    expect(window.log.get_by_role("group", name="Answers to this message")).to_contain_text("2 of 2")
