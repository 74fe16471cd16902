"""The page in German: it says so, and none of its words is cut or pushes the page wider than a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.windows import Windows, refusing, violations

pytestmark = pytest.mark.e2e

NARROW: dict[str, Any] = {"viewport": ViewportSize(width=360, height=740), "is_mobile": True, "has_touch": True}
CUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
    const { overflowX } = getComputedStyle(element);
    const isCut = element.scrollWidth > element.clientWidth + 1 && ["hidden", "clip"].includes(overflowX);
    const { left, right, width } = element.getBoundingClientRect();
    const isOutside = width > 0 && (left < -1 || right > innerWidth + 1);
    const isSpoken = element.closest(".ssio-hidden, .ssio-skip");
    return element.innerText?.trim() && !isSpoken && ((isCut && element.children.length === 0) || isOutside);
}).map((element) => element.outerHTML.slice(0, 200))"""


def fits(page: Page) -> None:
    """Fail where a word is cut off or lies outside of the page."""
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_german_words_fit_on_a_narrow_phone(windows: Windows, user: str, scheme: str) -> None:
    window = windows.open(user, locale="de-DE", color_scheme=scheme, prepare=refusing(), **NARROW).ready("Verbunden")
    page = window.page
    assert page.evaluate("document.documentElement.lang") == "de"
    expect(page).to_have_title("Echo \u2013 Serverless Chat")
    fits(page)
    page.get_by_role("textbox", name="Nachricht an Echo").fill("Eine Nachricht, die abgelehnt wird")
    page.get_by_role("button", name="Senden", exact=True).tap()
    expect(window.log.get_by_text("Nicht gesendet.")).to_be_visible()
    fits(page)
    assert violations(page) == []
    for name in ("Benachrichtigungen", "Hinter den Kulissen", "Schlüssel benutzen"):
        page.get_by_role("button", name="Agenten, Personen und Einstellungen").tap()
        fits(page)
        page.get_by_role("button", name=name).tap()
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        expect(page.locator("[aria-label='Wird geladen']")).to_have_count(0)
        fits(page)
        page.get_by_role("button", name="Schließen").tap()
    window.context.set_offline(True)
    expect(window.status).to_contain_text("Offline. Was du schreibst, wird später gesendet.")
    fits(page)
