"""The docs site, built as `make docs` builds it: every page in a browser, wide and narrow, light and dark."""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]  # `e2e` for its sockets: no stack is needed

BUILD_S = 500
DRAWN_MS = 60_000
LOOKS = [(1280, "light"), (390, "dark")]
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNREACHED = """() => [...document.querySelectorAll("article table, article pre, article img, article .drawing")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
    .filter((each) => {
        for (let box = each; box.tagName !== "ARTICLE"; box = box.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
        return true;
    })
    .map((each) => each.outerHTML.slice(0, 80))"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site; a warning of mkdocs, mkdocstrings or typedoc fails the build."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=BUILD_S, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert {line.split()[0] for line in done.stderr.splitlines() if line} == {"INFO"}, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    """Where it is served."""
    handler = functools.partial(Quiet, directory=str(built))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def elsewhere() -> list[str]:
    """What was asked of other hosts."""
    return []


def opened(browser: Browser, address: str, elsewhere: list[str], width: int = 1280, scheme: str = "light") -> Page:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    context.set_default_timeout(DRAWN_MS)
    context.on("request", lambda sent: None if sent.url.startswith((address, "data:")) else elsewhere.append(sent.url))
    return context.new_page()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_fits_and_asks_no_other_host(
    browser: Browser, built: Path, address: str, elsewhere: list[str], width: int, scheme: str
) -> None:
    page = opened(browser, address, elsewhere, width, scheme)
    names = sorted(path.relative_to(built).as_posix() for path in built.rglob("*.html"))
    assert len(names) > 80
    for name in names:
        page.goto(address + name)
        assert page.evaluate(WIDER) <= 0, name
        assert page.evaluate(UNREACHED) == [], name
    assert elsewhere == []
    page.context.close()


def test_drawings_are_drawn_by_what_the_site_has(browser: Browser, address: str, elsewhere: list[str]) -> None:
    page = opened(browser, address, elsewhere)
    page.goto(f"{address}architecture.html")
    expect(page.locator("pre.mermaid")).to_have_count(0, timeout=DRAWN_MS)
    expect(page.locator("div.mermaid")).to_have_count(6, timeout=DRAWN_MS)
    assert elsewhere == []
    page.context.close()


def test_a_name_is_found_and_leads_to_its_arguments(browser: Browser, address: str, elsewhere: list[str]) -> None:
    page = opened(browser, address, elsewhere)
    page.goto(address)
    page.get_by_role("textbox", name="Search").fill("enter_room")
    found = page.locator(".md-search-result__item a", has_text="enter_room")
    found.first.click(timeout=DRAWN_MS)
    expect(page.locator("article")).to_contain_text("enter_room(", timeout=DRAWN_MS)
    assert elsewhere == []
    page.context.close()


@pytest.mark.parametrize(("media", "shown"), [("light", "cost-months.svg"), ("dark", "cost-months-dark.svg")])
def test_a_picture_follows_the_look(
    browser: Browser, address: str, elsewhere: list[str], media: str, shown: str
) -> None:
    page = opened(browser, address, elsewhere, scheme=media)
    page.goto(f"{address}cost.html")
    pictures = page.get_by_role("img", name="A month by users")
    seen = [str(each.get_attribute("src")) for each in pictures.all() if each.is_visible()]
    assert [Path(src.partition("#")[0]).name for src in seen] == [shown]
    page.context.close()


def test_a_link_to_code_shows_it(browser: Browser, address: str, elsewhere: list[str]) -> None:
    page = opened(browser, address, elsewhere)
    page.goto(f"{address}library.html")
    page.get_by_role("link", name="infra/chat_stack.py").click()
    expect(page.locator("article")).to_contain_text("class ChatStack")
    page.context.close()
