"""The pages of the API reference: from docstrings, which mkdocstrings reads, and from TSDoc, which typedoc reads."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mkdocs.exceptions import PluginError

ROOT = Path(__file__).parents[2]
MODULES = {
    "serverless_socketio": "",
    "serverless_socketio.aws": "",
    "serverless_socketio.memory": "",
    "serverless_socketio.cdk": "",
    "serverless_socketio_chat.agents": "    options:\n      members: [Turn, Reply, ModelFailed]\n",
    "serverless_socketio_chat.notifications": "",
}
"""Module to what its page says beside: where not all names of `__all__` are for others, which are."""

PACKAGE = "@serverless-socketio/react"
ENTRIES = {
    "index": PACKAGE,
    "adapters/ai-sdk": f"{PACKAGE}/ai-sdk",
    "adapters/assistant-ui": f"{PACKAGE}/assistant-ui",
    "adapters/ag-ui": f"{PACKAGE}/ag-ui",
}
"""What typedoc calls a page, after its file, to the entry point of the package that it is about."""

NAV: list[object] = [
    {"Python": [{name: f"reference/python/{name}.md"} for name in MODULES]},
    {"TypeScript": [{name: f"reference/typescript/{page}.md"} for page, name in ENTRIES.items()]},
]


def pages() -> dict[str, str]:
    """Return the pages of the reference by their address in the site."""
    python = {f"reference/python/{name}.md": f"# {name}\n\n::: {name}\n{extra}" for name, extra in MODULES.items()}
    return {**python, **_typescript()}


@cache  # `make docs-serve` builds again and again
def _typescript() -> dict[str, str]:
    with TemporaryDirectory() as folder:
        command = ["npx", "--no-install", "typedoc", "--options", "web/typedoc.json", "--out", folder]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 (a fixed command)
        if done.returncode:
            raise PluginError(f"typedoc has found something:\n{done.stdout}{done.stderr}")
        written = {page: (Path(folder) / f"{page}.md").read_text(encoding="utf-8") for page in ENTRIES}
        return {f"reference/typescript/{page}.md": _adapted(text, page) for page, text in written.items()}


def _adapted(text: str, page: str) -> str:
    """Name a page after its import, and write `<` as this site's Markdown has it."""
    return text.replace(f"# {page}\n", f"# {ENTRIES[page]}\n", 1).replace("\\<", "&lt;")
