"""What the documentation says is so, as far as a program can tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import pytest

from serverless_socketio_chat import errors, events, wire
from tools import typescript
from tools.events import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)")


def headings(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_page_of_events_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make events`"


def test_the_web_clients_types_are_what_the_models_say() -> None:
    assert typescript.MODULE.read_text(encoding="utf-8") == typescript.module(), "run `make events`"


def test_an_ack_is_described_with_every_field_that_it_has() -> None:
    for name, shape in wire.ACKS.items():
        described = re.match(r"Ack: ([^.]*)\.", events.find(name).model.__doc__ or "")
        assert described, name
        assert set(re.findall(r"\w+", described[1])) >= set(get_type_hints(shape) or {"nothing": None}), name


def test_every_event_has_a_type_for_its_ack() -> None:
    assert wire.ACKS.keys() == events.MODULES.keys()


def test_the_codes_of_refusals_are_those_of_the_errors() -> None:
    tree: list[type[errors.ChatError]] = [errors.ChatError, *errors.ChatError.__subclasses__()]
    assert {error.code for error in tree} == set(get_args(wire.Code))


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


def test_every_event_of_the_table_says_its_ack_and_its_errors() -> None:
    for name in events.MODULES:
        about = events.find(name).model.__doc__ or ""
        assert about.startswith("Ack: "), name
        assert "Errors: " in about, name


@pytest.mark.parametrize(
    ("page", "example"), [("README.md", "chat.mjs"), ("README.md", "chat.py"), ("docs/library.md", "lobby.py")]
)
def test_a_page_prints_the_examples_as_they_are(page: str, example: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert (ROOT / "docs" / "examples" / example).read_text(encoding="utf-8").strip() in text


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


def test_make_names_every_target_that_the_readme_speaks_of() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for source in PAGES:
        for target in re.findall(r"`make ([a-z0-9-]+)", source.read_text(encoding="utf-8")):
            assert f"\n{target}:" in makefile, f"{source.name}: make {target}"
