"""A leading `<think>…</think>` is no answer, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.thinking import ThinkingFilter


def answer(pieces: list[str]) -> str:
    thinking = ThinkingFilter()
    return "".join(thinking.answer(piece) for piece in pieces) + thinking.end()


CASES = [
    ("<think>hm</think>\n\nYes.", "Yes."),
    ("\n <think>\nhm\n</think> Yes.", "Yes."),
    ("<think></think><think>hm</think>Yes. <think>no</think>", "Yes. <think>no</think>"),
    ("<think>1 < 2 </thin </ </think>Yes.", "Yes."),
    ("<think>never closed", ""),
    ("<think>hm</think>\n ", ""),
    ("Yes. <think>", "Yes. <think>"),
    (" Yes.", " Yes."),
    ("<thinker>", "<thinker>"),
    ("<thi", "<thi"),
    ("  ", "  "),
    ("", ""),
]


@pytest.mark.parametrize(("said", "shown"), CASES)
def test_thinking_is_taken_out(said: str, shown: str) -> None:
    assert answer([said]) == answer(list(said)) == shown


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "think", ">", " ", "\n", "a", "</"]), max_size=12))
def test_pieces_make_no_difference(parts: list[str]) -> None:
    whole = "".join(parts)
    assert answer(parts) == answer(list(whole)) == answer([whole])


@given(st.text())
def test_what_begins_otherwise_is_the_answer_to_the_letter(said: str) -> None:
    if not said.lstrip().startswith("<think>"):
        assert answer(list(said)) == said


def test_words_are_shown_as_soon_as_they_are_certain() -> None:
    thinking = ThinkingFilter()
    assert [thinking.answer(piece) for piece in ("<", "b", "old>", " a")] == ["", "<b", "old>", " a"]
