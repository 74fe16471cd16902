"""The start for a front end, done as its page says: in an empty folder, with the package as `npm pack` makes it."""

import json
import mimetypes
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.conftest import Stack, stack_in
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PAGE = (ROOT / "docs" / "start" / "ai-sdk.md").read_text(encoding="utf-8")
RUN, PACK, INSTALL = re.findall(r"```bash\n(.+)\n```", PAGE)
COMPONENT, USAGE = re.findall(r"```tsx\n(.+?)\n```", PAGE, re.DOTALL)
ORIGIN = re.findall(r"ALLOWED_ORIGINS=(\S+)", RUN)[0]
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
def allowing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The back end, as the page starts it."""
    with stack_in(tmp_path_factory.mktemp("allowing"), {"ALLOWED_ORIGINS": ORIGIN}) as made:
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
