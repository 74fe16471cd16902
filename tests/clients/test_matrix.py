"""Stock clients, old and new, each over each of its transports: docs/clients.md has them as a table (matrix.py)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.clients.matrix import STORIES, STORY, TRANSPORTS, Release, cells
from tests.e2e.conftest import World
from tests.e2e.proxy import Proxy, proxy_to
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

AT_ONCE = 3  # stories that are played side by side: they mostly wait
PLAYED_S = 300
BUNDLE = ROOT / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
CELLS = cells()

Verdict = dict[str, Any]


def asked(world: World, proxy: Proxy, release: Release, transport: str) -> dict[str, Any]:
    """What a story is asked; with two users whom no other story has."""
    first = 2 * [cell[1:] for cell in CELLS].index((release, transport))
    option, ends = TRANSPORTS[transport]
    return {
        "url": proxy.url,
        "path": world.stack.socket_path,
        "tokens": [world.stack.key(user) for user in world.crowd[first : first + 2]],
        "transports": option,
        "ends": ends,
        "recovers": release.recovers,
        "auth": release.auth,
        "package": release.name,
        "kind": release.name,
    }


def command(release: Release) -> list[str]:
    """What plays the story of a release in a process of its own."""
    if release.runner == "node":
        return ["node", str(STORIES / "node.mjs")]
    if release.requirements is None:
        return [sys.executable, str(STORIES / "story.py")]
    uv = [str(Path(sys.executable).with_name("uv")), "run", "--quiet", "--isolated", "--no-project"]
    return [
        *uv,
        "--python",
        sys.executable,
        "--with-requirements",
        str(release.requirements),
        str(STORIES / "story.py"),
    ]


def play(world: World, release: Release, transport: str) -> Verdict:
    """Play a story in a process; whenever it says so, cut its connections."""
    with proxy_to(world.stack) as proxy:
        process = subprocess.Popen(
            command(release), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdin
        assert process.stdout
        assert process.stderr
        said = ""
        print(json.dumps(asked(world, proxy, release, transport)), file=process.stdin, flush=True)
        for line in process.stdout:
            said = line
            if line == "cut\n":
                proxy.cut()
                print(file=process.stdin, flush=True)
        _, errors = process.communicate(timeout=PLAYED_S)
        assert said.startswith("{"), errors
        verdict: Verdict = json.loads(said)
        return verdict


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, session_world: World) -> Iterator[dict[str, "Future[Verdict]"]]:
    """The stories that are asked for, begun in their order, some at a time."""
    wanted = {getattr(item, "callspec").id for item in request.session.items if item.name.startswith(STORY)}  # noqa: B009
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            name: pool.submit(play, session_world, release, transport)
            for name, release, transport in CELLS
            if name in wanted and release.runner != "chromium"
        }


def play_in(page: Page, world: World, release: Release, transport: str) -> Verdict:
    """Play a story in a page; by the address at which the page is, so that its origin is the page's own."""
    with proxy_to(world.stack) as proxy:
        page.expose_function("cut", proxy.cut)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.route(
            "**/story.mjs", lambda route: route.fulfill(path=STORIES / "story.mjs", content_type="text/javascript")
        )
        page.goto(f"{proxy.url}/health")
        page.add_script_tag(path=BUNDLE)
        verdict: Verdict = page.evaluate(
            'async (asked) => (await import("/story.mjs")).story(io, asked, window.cut)',
            asked(world, proxy, release, transport),
        )
        return verdict


@pytest.mark.parametrize(("name", "release", "transport"), [pytest.param(*cell, id=cell[0]) for cell in CELLS])
def test_a_stock_client_lives_through_the_story(
    request: pytest.FixtureRequest, session_world: World, name: str, release: Release, transport: str
) -> None:
    if release.runner == "chromium":
        browser: Browser = request.getfixturevalue("browser")
        context = browser.new_context()
        verdict = play_in(context.new_page(), session_world, release, transport)
        context.close()
    else:
        verdict = request.getfixturevalue("played")[name].result()
    assert verdict["failed"] is None, verdict
    assert verdict["done"] == release.steps
    if release.runner == "python":
        assert f"{verdict['version']}.".startswith(f"{release.version}.")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_client_of_engine_io_3_is_refused_in_words(session_world: World, transport: str) -> None:
    """Over a WebSocket the platform lets a refusal have a status and no words."""
    stack = session_world.stack
    given = {"url": stack.url, "path": stack.socket_path, "transports": TRANSPORTS[transport][0]}
    done = subprocess.run(
        ["node", str(STORIES / "refused.mjs")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    if transport == "websocket":
        assert told == {"message": "websocket error", "status": "Unexpected server response: 400"}
    else:
        words = {"code": 5, "message": "Unsupported protocol version"}
        assert told == {"message": "xhr poll error", "status": 400, "words": words}
