"""A headless Chromium: the system's own, since its package brings every library it needs."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

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


if __name__ == "__main__":
    try:
        executable()
    except LookupError as error:
        sys.exit(str(error))
