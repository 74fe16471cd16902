"""The starts for a front end, done as their pages say: in an empty folder, with the package as `npm pack` makes it."""

import json
import mimetypes
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.clients import apps
from tests.e2e.browser import Consoles
from tests.e2e.conftest import Stack, stack_in
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PAGE = (ROOT / "docs" / "start" / "ai-sdk.md").read_text(encoding="utf-8")
RUN, PACK, INSTALL = re.findall(r"```bash\n(.+)\n```", PAGE)
COMPONENT, USAGE = re.findall(r"```tsx\n(.+?)\n```", PAGE, re.DOTALL)
ORIGIN = re.findall(r"ALLOWED_ORIGINS=(\S+)", RUN)[0]
NEXT = ROOT / "docs" / "start" / "nextjs.md"
NEXT_STEPS = [shlex.split(line) for (line,) in apps.steps(NEXT)]
(NEXT_ENVIRONMENT,) = re.findall(r"```ini\n(.+?)\n```", NEXT.read_text("utf-8"), re.DOTALL)
NEXT_FILES = re.findall(r"`(app/[\w/.]+)`[^`]*```tsx\n(.+?)\n```", NEXT.read_text("utf-8"), re.DOTALL)
CREATE_NEXT_APP = "create-next-app@16.4.3"  # of those that the page allows
FONTS = re.compile(
    r"^import [^\n]+ from \"next/font/google\";$|^const \w+ = Geist\w*\(.+?^\}\);$|\$\{geist\w+\.variable\}",
    re.M | re.S,
)
OF_DEVELOPMENT = re.compile(r"info: %cDownload the React DevTools|log: \[(HMR|Fast Refresh)\]")
APP_HAS = ("react", "react-dom", "@types/react", "@types/react-dom")
BUILD = 'import { build } from "vite"; await build({ root: process.argv[1], configFile: false, logLevel: "error" });'
PATIENCE_MS = 60_000
SHARED = "/tmp"  # noqa: S108 - where the page puts the package; a test has a folder of its own


def main(usage: str) -> str:
    return f"""import {{ StrictMode }} from "react";
import {{ createRoot }} from "react-dom/client";
import {{ Chat }} from "./Chat";

createRoot(document.body).render(<StrictMode>{usage}</StrictMode>);
"""


@pytest.fixture(scope="module")
def next_port() -> int:
    """Where the app with Next.js is, in place of 3001."""
    return apps.free_ports(1)[0]


@pytest.fixture(scope="module")
def allowing(tmp_path_factory: pytest.TempPathFactory, next_port: int) -> Iterator[Stack]:
    """The back end, as the pages start it."""
    origins = f"{ORIGIN},http://localhost:{next_port}"
    with stack_in(tmp_path_factory.mktemp("allowing"), {"ALLOWED_ORIGINS": origins}) as made:
        yield made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, allowing: Stack) -> Path:
    """An app that had React, and then what the page says; TypeScript is content with it, strictly."""
    app, packed = tmp_path_factory.mktemp("app"), tmp_path_factory.mktemp("packed")
    pack, install = (shlex.split(line.replace(SHARED, str(packed))) for line in (PACK, INSTALL))
    subprocess.run(pack, cwd=ROOT, check=True, timeout=120)
    (app / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    subprocess.run([*install, *APP_HAS, "--no-fund", "--no-audit"], cwd=app, check=True, timeout=300)

    usage = USAGE.replace("http://localhost:3000", allowing.url).replace("the apiKey of alice", allowing.key("alice"))
    (app / "Chat.tsx").write_text(COMPONENT)
    (app / "main.tsx").write_text(main(usage))
    (app / "index.html").write_text('<!doctype html><body></body><script type="module" src="main.tsx"></script>')
    options = json.loads((ROOT / "docs" / "examples" / "web" / "tsconfig.json").read_text())
    (app / "tsconfig.json").write_text(json.dumps(options))
    subprocess.run([str(ROOT / "node_modules" / ".bin" / "tsc"), "-p", str(app)], cwd=ROOT, check=True, timeout=120)
    node = ["node", "--input-type=module", "--eval", BUILD, str(app)]
    subprocess.run(node, cwd=ROOT / "web", check=True, timeout=120)
    return app / "dist"


def test_a_stranger_s_component_is_answered(browser: Browser, built: Path) -> None:
    # what a test serves counts as from elsewhere, and needs leave to talk to this machine
    context = browser.new_context(base_url=ORIGIN, permissions=["local-network-access"])

    def serve(route: Route) -> None:
        found = built / (urlsplit(route.request.url).path.removeprefix("/") or "index.html")
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        if found.is_file():
            route.fulfill(body=found.read_bytes(), content_type=kind)
        else:
            route.fulfill(body=b"", content_type="image/x-icon")  # browsers ask for an icon

    page = context.new_page()
    page.route(f"{ORIGIN}/**", serve)
    page.goto("/")
    page.get_by_label("Message").fill("hello there")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("assistant: hello there")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("alert")).to_have_count(0)
    context.close()


@pytest.fixture(scope="module")
def next_app(tmp_path_factory: pytest.TempPathFactory, allowing: Stack, next_port: int) -> Iterator[str]:
    """A new app of Next.js, and then what the page says, with its server for development."""
    home = tmp_path_factory.mktemp("next")
    make_run, pack, create, install, develop = (
        [word.replace(SHARED, str(home)).replace("3001", str(next_port)) for word in step] for step in NEXT_STEPS
    )
    assert make_run == [f"ALLOWED_ORIGINS=http://localhost:{next_port}", "make", "run"]
    apps.run(pack, ROOT)
    apps.run([CREATE_NEXT_APP if word == "create-next-app@16" else word for word in create], home)
    app = home / "my-chat"
    layout = app / "app" / "layout.tsx"
    layout.write_text(FONTS.sub("", layout.read_text("utf-8")))
    apps.run(install, app)
    environment = NEXT_ENVIRONMENT.replace(apps.BACK_END, allowing.url)
    (app / ".env.local").write_text(environment.replace("the apiKey of alice", allowing.key("alice")) + "\n")
    for name, text in NEXT_FILES:
        (app / name).parent.mkdir(exist_ok=True)
        (app / name).write_text(text + "\n")
    with apps.listening(develop, app, next_port, {}) as url:
        yield url
    apps.run([str(app / "node_modules" / ".bin" / "tsc"), "--noEmit"], app)  # TypeScript is content with it, too


@pytest.fixture
def window(browser: Browser, consoles: Consoles) -> Iterator[Page]:
    """A window, and nothing in its console but what is said of any app in development."""
    page = browser.new_page()
    yield page
    page.close()
    consoles.said[:] = [each for each in consoles.said if not OF_DEVELOPMENT.match(each)]


def test_a_stranger_s_app_of_next_js_has_the_whole_chat(next_app: str, window: Page) -> None:
    window.goto(next_app)
    window.get_by_role("textbox").fill("Hello! My name is Ada.")
    window.get_by_role("button", name="Send", exact=True).click()
    answer = window.locator(".ssio-message[data-role=agent][data-state=done]")
    expect(answer).to_contain_text("Ada", timeout=PATIENCE_MS)
    window.reload()
    expect(answer).to_contain_text("Ada", timeout=PATIENCE_MS)


def test_a_stranger_s_app_of_next_js_has_a_chat_with_use_chat(next_app: str, window: Page) -> None:
    window.goto(f"{next_app}sdk")
    window.get_by_label("Message").fill("hello there")
    window.get_by_role("button", name="Send").click()
    expect(window.get_by_text("assistant: hello there")).to_be_visible(timeout=PATIENCE_MS)
    expect(window.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)
