"""The last line of an answer: never shown, whatever it is and however it comes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.relations import REST
from serverless_socketio_chat.answers.live.moods import MARK, MoodLine


def read(text: str, cuts: list[int]) -> tuple[str, dict[str, float]]:
    line = MoodLine()
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    shown = "".join(line.show(text[start:end]) for start, end in pairwise(bounds))
    rest, mood = line.end()
    return shown + rest, dict(mood)


cuts = st.lists(st.integers(0, 120), max_size=20)
prose = st.text("ab @mod\n", max_size=60)


@given(prose, cuts)
@example("@@moo\n\n @@", [1, 2, 3, 4, 5, 6, 7])
def test_an_answer_without_the_line_is_shown_to_the_letter(text: str, cuts: list[int]) -> None:
    if MARK not in text:
        assert read(text, cuts) == (text, {})


@given(prose, cuts)
def test_the_line_is_cut_off_wherever_the_pieces_are_parted(text: str, cuts: list[int]) -> None:
    if MARK not in text:
        shown, mood = read(f'{text}\n\n{MARK} {{"joy": 0.5}}\n', cuts)
        assert (shown.rstrip(), mood) == (text.rstrip(), {"joy": 0.5})


@given(prose, cuts)
def test_where_the_pieces_are_parted_changes_nothing_but_space(text: str, cuts: list[int]) -> None:
    marked = text + "\n@@mood{}\n" + text
    (shown, mood), (whole, same) = read(marked, cuts), read(marked, [])
    assert (shown.rstrip(), mood) == (whole.rstrip(), same)


@given(st.text(max_size=80))
@example("{" * 2000)
@example('{"joy": NaN, "trust": 1e999, "sadness": true, "affection": "1"}')
@example(f'{{"joy": 1{"0" * 400}}}')
def test_nonsense_is_no_mood_and_not_shown(tail: str) -> None:
    shown, mood = read(f"Hello.\n{MARK}{tail}", [])
    assert shown == "Hello."
    assert all(name in REST and -1 <= shift <= 1 for name, shift in mood.items())


@pytest.mark.parametrize(
    ("tail", "mood"),
    [
        (' {"joy": 0.25, "sadness": -3, "hunger": 1}', {"joy": 0.25, "sadness": -1.0}),
        ('\n```\n{"joy": 1}', {}),
        (' `{"trust": 1}`', {"trust": 1.0}),
        (" [1]", {}),
        ("", {}),
    ],
)
def test_a_mood_is_read_with_care(tail: str, mood: dict[str, float]) -> None:
    assert read(f"Hello.\n{MARK}{tail}", [])[1] == mood


def test_text_is_not_held_back_for_longer_than_it_could_be_the_line() -> None:
    line = MoodLine()
    assert line.show("Hello ") == "Hello "
    assert line.show("@@mood in a line ") == "@@mood in a line "
    assert line.show("\n@@mo") == ""
    assert line.show("re") == "\n@@more"


def test_an_answer_of_nothing_but_the_line_is_empty() -> None:
    assert read('@@mood {"joy": 0.5}', [2, 5]) == ("", {"joy": 0.5})
