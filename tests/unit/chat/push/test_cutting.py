"""Texts are cut between characters as people see them; `regex`, which knows Unicode's own rules, is the judge."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio_chat.push.cutting import ELLIPSIS, cut

FAMILY, FLAGS, HAND = "👩\u200d👩\u200d👧\u200d👦", "🇩🇪🇫🇷🇬🇧", "👋🏽"
SAMPLES = [
    FAMILY,
    FLAGS,
    HAND,
    "e\u0301\u0323",
    "क्षि",
    "각",
    "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
    "❤\ufe0f",
    "\r\n",
]
TEXTS = st.lists(st.sampled_from([*SAMPLES, "a", " ", "ß", "日"]) | st.characters(exclude_categories=["Cs"])).map(
    "".join
)


@given(TEXTS, st.integers(0, 30))
@example(FLAGS, 3)
@example(FAMILY, 4)
def test_what_is_cut_ends_with_a_whole_character(text: str, length: int) -> None:
    short = cut(text, length)
    if len(text) <= length:
        assert short == text
        return
    kept = short.removesuffix(ELLIPSIS)
    ends = {match.end() for match in regex.finditer(r"\X", text)} | {0}
    assert short == kept + ELLIPSIS
    assert text.startswith(kept)
    assert len(kept) <= length
    end = next(end for end in range(len(kept), length + 1) if text[:end].rstrip() == kept and end in ends)
    assert text[:end].rstrip() == kept


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [
        ("Hello there", 11, "Hello there"),
        ("Hello there", 6, "Hello…"),
        ("Hello there", 0, "…"),
        (f"ab{FAMILY}c", 5, "ab…"),
        (f"ab{HAND}c", 3, "ab…"),
        (FLAGS, 3, "🇩🇪…"),
        ("cafe\u0301s", 4, "caf…"),
        ("\ud83d\ude00x", 1, "…"),
    ],
)
def test_examples(text: str, length: int, short: str) -> None:
    assert cut(text, length) == short


@given(TEXTS, st.integers(0, 30))
def test_a_longer_cut_is_never_shorter(text: str, length: int) -> None:
    assert len(cut(text, length).removesuffix(ELLIPSIS)) <= len(cut(text, length + 1).removesuffix(ELLIPSIS))
