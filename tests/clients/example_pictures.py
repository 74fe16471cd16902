"""The pictures of docs/examples.md: `python -m tests.clients.example_pictures`. Each is to be looked at."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect

from tests.clients.test_examples import NAMES, NARROW, PAGES, PATIENCE_MS, Examples, all_served, entered
from tests.e2e.browser import chromium
from tests.processes import ROOT

FOLDER = ROOT / "docs" / "images"
WIDE = ViewportSize(width=900, height=600)
SAID = (
    "Which **examples** are there?",
    """Three, and each is a whole app:

1. **Vite**, with a form to sign in
2. **Next.js**, rendered on the server
3. plain **HTML**, with `cdn.js`""",
)
SAID_NEXT = ("Is this another chat?", "No: one user has one chat with an agent, whichever page shows it.")


def take(browser: Browser, examples: Examples, name: str) -> None:
    """Take an example's pictures: by day and wide, by night and on a phone."""
    page = browser.new_page(viewport=WIDE, device_scale_factor=2, locale="en-GB")
    user = examples.users[0 if name.startswith("nextjs") else 1 + NAMES.index(name)]
    shown = entered(page, examples, name, user)
    before = shown.said("agent").count()
    for count, text in enumerate(SAID_NEXT if before else SAID, before + 1):
        shown.say(text)
        expect(shown.said("agent")).to_have_count(count, timeout=PATIENCE_MS)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        page.wait_for_timeout(2_000)  # what is known by then has been played out
    picture = f"example-{name.replace('/', '-')}"
    page.screenshot(path=FOLDER / f"{picture}.png")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    page.wait_for_timeout(1_000)
    page.screenshot(path=FOLDER / f"{picture}-dark.png")
    page.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home, chromium() as browser, all_served(Path(home)) as examples:
        for name in PAGES:
            take(browser, examples, name)
