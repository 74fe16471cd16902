"""A headless Chromium: the system's own, since its package brings every library it needs."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, Worker, sync_playwright

SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) => all.map((each) => ({
    title: each.title, body: each.body, tag: each.tag, data: each.data, icon: each.icon, badge: each.badge,
    actions: each.actions.map(({ action, title }) => ({ action, title })),
})))"""
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",  # containers rarely allow one, and the only page is ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> str:
    """Return the path of a Chromium: `CHROMIUM` names it, or PATH has it. Raises LookupError."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise LookupError("There is no Chromium: `make e2e` installs one, or set CHROMIUM to its path")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start one; it is gone at the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass  # not frozen: Playwright marks whose methods it is given
class Consoles:
    """What pages and service workers say in their consoles, and errors that they do not catch: nothing, if all is well.

    Attributes:
        said: What has been said, oldest first.
    """

    said: list[str] = field(default_factory=list)

    def listen(self, browser: Browser) -> None:
        """Hear every page that a browser opens from now on, in whichever context."""
        browser.on("context", self.hear)

    def hear(self, context: BrowserContext) -> None:
        """Hear the pages and workers of one context."""
        context.on("console", self._message)
        context.on("weberror", self._error)
        context.on("serviceworker", self._worker)

    def expect(self, words: str) -> None:
        """Take back what has these words in it, and fail if nothing has: the test brought it about."""
        others = [each for each in self.said if words not in each]
        assert len(others) < len(self.said), f"No console says {words!r}: {self.said}"
        self.said[:] = others

    def check(self) -> None:
        """Fail if anything has been said, and begin again."""
        said = self.said.copy()
        self.said.clear()
        assert not said, said

    def _message(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.said.append(str(error.error))

    def _worker(self, worker: Worker) -> None:
        worker.on("console", self._message)


def deliver(page: Page, data: str) -> None:
    """Do as the browser does when its push service brings a message for the worker of a page."""
    devtools = page.context.new_cdp_session(page)
    ids: dict[str, str] = {}
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: ids.update((each["scopeURL"], each["registrationId"]) for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    origin = str(page.evaluate("location.origin"))
    while f"{origin}/" not in ids:
        page.wait_for_timeout(10)
    message = {"origin": origin, "registrationId": ids[f"{origin}/"], "data": data}
    devtools.send("ServiceWorker.deliverPushMessage", message)
    devtools.detach()


def shown(page: Page, count: int = 1) -> list[dict[str, Any]]:
    """Return the notifications that a page's worker shows, once there are so many.

    Asked for seldom: who asks while one is being shown may keep a headless browser from it.
    """
    while True:
        page.wait_for_timeout(400)
        found: list[dict[str, Any]] = page.evaluate(SHOWN)
        if len(found) == count:
            return found


if __name__ == "__main__":
    try:
        executable()
    except LookupError as error:
        sys.exit(str(error))
