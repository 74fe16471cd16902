"""Code that a page links to, as a page of the site: there is nothing else that its readers could open.

A link to what is neither a page nor a picture, `../infra/chat_stack.py` or `examples/web`, leads on GitHub to the file
or the folder; in the site to `source/infra/chat_stack.py.md`, which shows it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(?=\))")
HEAD = "---\nsearch: {exclude: true}\nhide: [navigation]\n---\n"
SHOWN_BY_MKDOCS = {".md", ".png", ".svg"}


def pages(documents: Iterable[Path]) -> dict[str, str]:
    """Return a page for each piece of code that one of these pages links to, by its address in the site."""
    linked = {
        target
        for document in documents
        for link in LINK.findall(document.read_text(encoding="utf-8"))
        if (target := _code(document, link)) is not None
    }
    return {_uri(target): _page(target) for target in sorted(linked)}


def lead(markdown: str, document: Path) -> str:
    """Let the links of a page lead to the pages of code."""

    def replaced(link: re.Match[str]) -> str:
        target = _code(document, link[0])
        return link[0] if target is None else os.path.relpath(ROOT / "docs" / _uri(target), document.parent)

    return LINK.sub(replaced, markdown)


def _code(document: Path, link: str) -> Path | None:
    """Return what a link of a page leads to, from the repository's root, if it is code."""
    path = (document.parent / link).resolve()
    if not path.exists() or not path.is_relative_to(ROOT):
        return None
    is_shown = path.suffix in SHOWN_BY_MKDOCS and path.is_relative_to(ROOT / "docs")
    return None if is_shown else path.relative_to(ROOT)


def _uri(target: Path) -> str:
    return f"source/{target.as_posix()}.md"


def _page(target: Path) -> str:
    path = ROOT / target
    files = sorted(file for file in path.rglob("*") if _is_source(file)) if path.is_dir() else [path]
    return "\n".join([HEAD, f"# `{target.as_posix()}`\n", *(_shown(file, target) for file in files)])


def _is_source(file: Path) -> bool:
    """Whether a file was written, and not left there by running it."""
    return file.is_file() and "__pycache__" not in file.parts


def _shown(file: Path, target: Path) -> str:
    name = "" if file == ROOT / target else f"## `{file.relative_to(ROOT / target).as_posix()}`\n\n"
    fence = "~~~~~~"
    return f"{name}{fence}{file.suffix[1:]}\n{file.read_text(encoding='utf-8').rstrip()}\n{fence}\n"
