"""What is said, as a browser shows it: no answer blanks the page, and what a reader has selected stays so."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.windows import Window, Windows

pytestmark = pytest.mark.e2e

DEEP = {
    "quotes": ">" * 2_500 + " the end",
    "lists": "- " * 1_000 + "the end",
    "code in code": "```js\n" + "`${" * 2_500 + " the end\n```",
    "stars": "*" * 3_990 + "the end" + "*" * 3_990,
}
WORDS = " ".join(f"word{number}" for number in range(1, 400))
CODE = '```python\ndef greet(name: str) -> str:  # says hello\n    return f"hi {name}" * 2\n```'
MARK = """(text) => {
    const message = document.querySelector(".ssio-message[data-role=agent]");
    const walker = document.createTreeWalker(message, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(text);
        if (at < 0) continue;
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + text.length);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
    }
    return String(getSelection());
}"""
SIDES = """(element) => {
    const range = new Range();
    range.selectNodeContents(element);
    const text = range.getBoundingClientRect();
    const around = element.closest(".ssio-markdown, .ssio-said").getBoundingClientRect();
    return { left: text.left - around.left, right: around.right - text.right };
}"""


@pytest.mark.parametrize("kind", DEEP)
def test_an_answer_deeper_than_any_stack_is_shown_and_again_after_a_reload(
    windows: Windows, user: str, kind: str
) -> None:
    window = windows.open(user).ready()
    window.say(DEEP[kind])
    assert "the end" in window.whole()[0]
    window.page.reload()
    expect(window.answers()).to_contain_text("the end")
    window.ready().say("And on")
    assert window.whole(2)[1] == "And on"


@pytest.mark.parametrize("marked", ["word3 word4", "A first line"])
def test_what_is_marked_stays_marked_while_more_is_said(windows: Windows, user: str, marked: str) -> None:
    window = windows.open(user).ready()
    window.say(f"A first line.\n\n{WORDS}")
    expect(window.answers()).to_contain_text("word30 ")
    assert window.page.evaluate(MARK, marked) == marked
    assert "word399" in window.whole()[0]
    assert window.page.evaluate("String(getSelection())") == marked


def test_what_colours_code_is_loaded_once_there_is_code(windows: Windows, user: str) -> None:
    scripts: list[str] = []

    def hear(request: Request) -> None:
        if request.url.endswith(".js"):
            scripts.append(request.url.rsplit("/", 1)[1])

    def prepare(page: Page) -> None:
        page.on("request", hear)

    window = windows.go(f"/?agent=echo&user={user}", prepare=prepare).ready()
    window.say("No code, but `some`")
    window.whole()
    assert not [name for name in scripts if name.startswith(("colours", "python"))]
    window.say(CODE)
    expect(window.answers().locator(".ssio-hl-keyword").first).to_have_text("def")
    expect(window.answers().locator(".ssio-hl-string").first).to_contain_text("hi")
    assert {name.split("-")[0] for name in scripts} >= {"colours", "python"}
    assert "css" not in {name.split("-")[0] for name in scripts}  # of the languages only those that are used


def test_every_message_can_be_copied(windows: Windows, user: str) -> None:
    window = windows.open(user, permissions=["clipboard-read", "clipboard-write"]).ready()
    window.say("Some **bold** words")
    window.whole()
    for message in (window.said().first, window.answers().first):
        window.page.evaluate("navigator.clipboard.writeText('')")
        message.hover()
        message.get_by_role("button", name="Copy message").click()
        expect(message.get_by_text("Copied")).to_be_visible()
        assert window.page.evaluate("navigator.clipboard.readText()") == "Some **bold** words"


def sides(window: Window, selector: str) -> dict[str, float]:
    """How far a text is from the sides of what it stands in."""
    found: dict[str, float] = window.answers().locator(selector).first.evaluate(SIDES)
    return found


def test_every_text_begins_on_its_own_side(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.say("مرحبا بك\nhello there, and more than the line above\n\n- أولا\n- second\n\n> قول\n\nAnd *left* again")
    window.whole()
    answer = window.answers()
    for selector in ("ul", "blockquote"):
        assert answer.locator(selector).evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    assert answer.locator("ul").evaluate("(element) => getComputedStyle(element).paddingRight") != "0px"
    for selector in ("li >> nth=0", "li >> nth=1", "blockquote p"):
        assert sides(window, selector)["right"] < 40 < sides(window, selector)["left"], selector
    last = sides(window, ".ssio-markdown > p:last-child")
    assert last["left"] < last["right"]
    lines = (
        window.said()
        .locator(".ssio-said")
        .evaluate(
            """(element) => {
            const range = new Range();
            const at = (from, to) => {
                range.setStart(element.firstChild, from);
                range.setEnd(element.firstChild, to);
                return range.getBoundingClientRect();
            };
            const [first, second] = [at(0, 4), at(9, 13)];
            return { first: first.left, second: second.left };
        }"""
        )
    )
    assert lines["second"] < lines["first"]  # the first begins at the right, the second at the left


def test_a_screen_reader_hears_words(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    window.say("Some **bold** words, [a link](https://example.com/a?b=c) and\n\n- a list")
    expect(window.page.get_by_role("status").get_by_text(re.compile("^Echo: "))).to_have_text(
        "Echo: Some bold words, a link and. a list."
    )
