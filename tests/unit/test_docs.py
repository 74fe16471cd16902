"""What the documentation says is so, as far as a program can tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, is_typeddict

import pytest

from serverless_socketio_chat import events, wire
from tools import typescript
from tools.declared import ack_of, common_errors, errors_of
from tools.docs import sources
from tools.events import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
LIBRARY, PACKAGE = "docs/library.md", "layers/serverless_socketio/README.md"
STARTS = sorted((ROOT / "docs" / "start").glob("*.md"))
HELD = {
    "make run": ("e2e/test_run.py", "`make run` as its user sees it"),
    "make synth": ("infra/test_synthesis.py", "needs_no_credentials"),
    ".venv/bin/chat-admin": ("functional/admin/test_commands.py", "aws.md"),
    ".venv/bin/python -m local --app docs/examples/library/stack.py": ("e2e/test_library_example.py", "stack.py"),
    ".venv/bin/python docs/examples/library/client.py": ("e2e/test_library_example.py", "client.py"),
    "ALLOWED_ORIGINS=http://localhost:5173 make run": ("clients/test_start.py", "ALLOWED_ORIGINS"),
    "ALLOWED_ORIGINS=http://localhost:3001 make run": ("clients/test_start.py", "make_run"),
    "npx --yes create-next-app@16": ("clients/test_start.py", "create-next-app"),
    "npx next dev": ("clients/test_start.py", "develop"),
    "npm pack": ("clients/test_start.py", "ai-sdk.md"),
    "npm install": ("clients/test_start.py", "ai-sdk.md"),
}
"""How a command of a start begins, to the test that runs it and words of that test."""

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)")


def headings(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_page_of_events_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make events`"


def test_the_web_clients_types_are_what_the_models_say() -> None:
    assert typescript.MODULE.read_text(encoding="utf-8") == typescript.module(), "run `make events`"


def test_every_event_has_a_type_for_its_ack() -> None:
    assert all(is_typeddict(ack_of(name)) for name in events.MODULES)


def test_any_event_may_be_forbidden_and_each_says_only_what_comes_beside() -> None:
    assert {"forbidden", "invalid", "rate_limited", "unavailable", "internal"} == {*common_errors()}
    for name in events.MODULES:
        assert not {*errors_of(name)} & {*common_errors()}, name
    head, *sections = page().partition("## What the server sends")[0].split("### `")
    assert "`forbidden`" in head
    assert not [section for section in sections if "Errors: " in section and "`forbidden`" in section]


@pytest.mark.parametrize(
    ("annotation", "written"),
    [
        (list[str] | None, "string[] | null"),
        (list[str | None], "(string | null)[]"),
        (dict[str, list[int]], "Record<string, number[]>"),
        (Literal["user", "agent"], '"user" | "agent"'),
        (Annotated[float, "a share"], "number"),
        (list[wire.MessagePayload], "Message[]"),
    ],
)
def test_types_are_written_as_typescript_says_them(annotation: Any, written: str) -> None:
    assert typescript.type_of(annotation) == written


def test_a_type_without_a_counterpart_is_refused() -> None:
    with pytest.raises(TypeError, match="no counterpart"):
        typescript.type_of(set[str])


def test_every_event_of_the_table_says_what_it_does() -> None:
    for name in events.MODULES:
        assert (events.find(name).model.__doc__ or "").endswith("."), name


@pytest.mark.parametrize(
    ("page", "example"),
    [
        ("README.md", "chat.mjs"),
        ("README.md", "chat.py"),
        *((page, f"library/{name}.py") for page in (LIBRARY, PACKAGE) for name in ("app", "stack")),
        *(("docs/agents.md", f"agents/{name}.py") for name in ("count", "recall")),
        *(("docs/start/python-socketio.md", f"library/{name}.py") for name in ("app", "client", "stack")),
        *(("docs/migrate.md", f"migrate/{name}.py") for name in ("app/chat", "app/wsgi", "app/app", "stack")),
        *((f"docs/start/{name}.md", "web/Chat.tsx") for name in ("ai-sdk", "nextjs")),
    ],
)
def test_a_page_prints_the_examples_as_they_are(page: str, example: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert (ROOT / "docs" / "examples" / example).read_text(encoding="utf-8").strip() in text


def test_the_adapters_page_prints_lines_of_the_example_apps() -> None:
    apps = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "examples" / "web").glob("*/main.tsx")]
    blocks = re.findall(r"```tsx\n(.+?)\n```", (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == len(apps) == 3
    for block in blocks:
        assert any(all(lines in app for lines in block.split("\n\n")) for app in apps), block


def test_the_library_s_example_is_as_short_as_it_is_said_to_be() -> None:
    folder = ROOT / "docs" / "examples" / "library"
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("*.py")}
    assert lines["app.py"] <= 25
    assert lines["stack.py"] <= 15


def test_the_adapters_page_names_the_releases_that_are_tested() -> None:
    said = re.findall(r"`([@\w/-]+)` (\d+\.\d+\.\d+)", (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8"))
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(said) == 4
    assert {name: packages[f"node_modules/{name}"]["version"] for name, _ in said} == dict(said)


@pytest.mark.parametrize("source", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(source: Path) -> None:
    for target, anchor in LINK.findall(source.read_text(encoding="utf-8")):
        found = (source.parent / target).resolve() if target else source
        assert found.exists(), f"{source.name}: {target}"
        if anchor:
            assert anchor in headings(found.read_text(encoding="utf-8")), f"{source.name}: {target}#{anchor}"


def test_decisions_are_all_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    assert all(path.name in listed for path in folder.glob("0*.md"))


def test_the_architecture_s_drawings_and_tables_have_every_function_and_wing() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawings = "\n".join(re.findall(r"```mermaid\n(.+?)```", page, re.DOTALL))
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert {*re.findall(r"^\| `(\w+)` \| `functions/\1/handler.py` \|", page, re.MULTILINE)} == functions
    assert functions <= {*re.findall(r'(\w+)\["\1"\]', drawings)}
    chat = ROOT / "layers" / "chat" / "python" / "serverless_socketio_chat"
    assert {*re.findall(r'(\w+)\["\1/', drawings)} >= {path.parent.name for path in chat.glob("*/__init__.py")}


def test_the_site_is_built_so_that_a_warning_fails() -> None:
    for source in ("Makefile", "tests/clients/test_docs_site.py"):
        text = (ROOT / source).read_text(encoding="utf-8")
        (command,) = re.findall(r'mkdocs[", ]+build.*', text)
        assert "--strict" in command
        assert "quiet" not in command, "with it, mkdocs counts no warnings, and --strict cannot fail"


def test_make_names_every_target_that_the_readme_speaks_of() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for source in PAGES:
        for target in re.findall(r"`make ([a-z0-9-]+)", source.read_text(encoding="utf-8")):
            assert f"\n{target}:" in makefile, f"{source.name}: make {target}"


def test_every_page_has_one_place_in_the_docs_site() -> None:
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    pages = {page for page in written if not page.startswith("decisions/")}  # those find their place by themselves
    listed = re.findall(r"([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert not pages - {*listed}, (
        "In mkdocs.yml, `nav` lacks a line such as `- Sign-in: sign-in.md` for each of these pages,"
        f" under Guides, Operations or Reference: {sorted(pages - {*listed})}"
    )
    assert sorted(listed) == sorted(pages), "In mkdocs.yml, `nav` has a page twice, or one that is gone"


@pytest.mark.parametrize("start", STARTS, ids=lambda path: path.stem)
def test_every_command_of_a_start_is_run_by_a_test(start: Path) -> None:
    deployment = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Deploy\n")[2]
    tested = re.findall(r"^(make [a-z-]+)", deployment, re.MULTILINE)  # by e2e/test_fresh_clone.py
    blocks = re.findall(r"```bash\n(.+?)```", start.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for line in "".join(blocks).splitlines():
        if line in tested:
            continue
        held = [HELD[command] for command in HELD if line == command or line.startswith(f"{command} ")]
        assert len(held) == 1, f"{start.name}: which test runs `{line}`? Say so in HELD"
        ((name, words),) = held
        assert words in (ROOT / "tests" / name).read_text(encoding="utf-8"), f"{name} says nothing of {words}"


def test_code_that_a_page_links_to_is_a_page_of_the_site() -> None:
    document = ROOT / "docs" / "library.md"
    shown, others = "source/infra/chat_stack.py.md", "[b](web.md#push), [c](images/chat.png), [d](none.py)"
    assert sources.lead(f"[a](../infra/chat_stack.py), {others}", document) == f"[a]({shown}), {others}"
    assert sources.lead("[a](examples/library/app.py)", document) == "[a](source/docs/examples/library/app.py.md)"
    assert sources.lead("[a](../../infra/chat_stack.py)", ROOT / "docs" / "start" / "aws.md") == f"[a](../{shown})"
    assert "class ChatStack" in sources.pages([document])[shown]


@pytest.mark.parametrize("page", ["tests/README.md", "SECURITY.md"])
def test_a_promise_names_files_that_hold_it(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`(?:tests/)?((?:\w+/)*test_\w+\.py)`", text)
    assert len(named) >= 8
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []
