"""Sentences have components as their subjects, in code; and what people read is in the language's own words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
CODE = [
    file
    for folder, ending in (
        *((folder, "py") for folder in ("layers", "functions", "infra", "local", "tools", "admin/chat_admin")),
        *((f"web/src/{folder}", "ts") for folder in ("adapters", "client", "hooks", "notifications")),
    )
    for file in sorted((ROOT / folder).rglob(f"*.{ending}"))
]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]

SUBJECTS = re.compile(r"\b(somebody|nobody|whoever|anybody|everybody|goodbye|comeback)\b", re.IGNORECASE)
STILTED = re.compile(
    r"(?<![Tt]here )\b(is|are|was|were) no (packet|page|proxy|payload|metric|text|number|key|event|agent)s?\b"
    r"|\b[Ww]hoever\b"
)
FORMER = (
    "The model behind this agent refused us. Whoever runs this chat can put that right."  # answers of former versions
)


def found(words: re.Pattern[str], files: Iterable[Path]) -> list[str]:
    """Where a word stands: ``file: word``."""
    return [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in files
        for match in words.finditer(file.read_text(encoding="utf-8").replace(FORMER, ""))
    ]


def test_sentences_have_components_as_subjects() -> None:
    assert len(CODE) > 500
    assert found(SUBJECTS, CODE) == []


def test_what_people_read_is_plain_english() -> None:
    assert found(STILTED, [*CODE, *PAGES]) == []
