"""What a model is asked."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.model import SORRY, Line, Model, Prompt
from serverless_socketio_chat.agents.relations import FRESH, Relation
from serverless_socketio_chat.answers.live.prompting import CUT, SHORT_TOKENS, PromptContext, tokens
from serverless_socketio_chat.answers.model import Message

if TYPE_CHECKING:
    from collections.abc import Iterable

lines = st.lists(st.tuples(st.sampled_from(["user", "agent"]), st.text("ab \n", max_size=40)), max_size=12)


def prompt(model: Model, relation: Relation, earlier: Iterable[Message], message: str) -> Prompt:
    return PromptContext(model, relation, earlier, message).prompt


def newest_first(said: list[tuple[str, str]]) -> list[Message]:
    return [Message(f"m{index}", role, text, index) for index, (role, text) in enumerate(said)][::-1]  # type: ignore[arg-type]


@given(lines, st.integers(0, 120))
def test_roles_alternate_no_line_is_empty_and_the_message_is_last(said: list[tuple[str, str]], room: int) -> None:
    asked = prompt(Model("m", history_tokens=room), FRESH, newest_first(said), "now")
    roles = [line.role for line in asked.lines]
    assert (roles[0], roles[-1]) == ("user", "user")
    assert all(before != after for before, after in pairwise(roles))
    assert all(line.text.strip() for line in asked.lines)
    assert asked.lines[-1].text.endswith("now")
    assert sum(tokens(line.text) for line in asked.lines) <= room + tokens("now") + len(asked.lines)


def test_whole_turns_go_along_the_newest_first_and_as_many_as_fit() -> None:
    said = [(role, f"{role} {turn}") for turn in range(10) for role in ("user", "agent")]
    room = 2 * (tokens("user 9") + tokens("agent 9"))
    asked = prompt(Model("m", history_tokens=room), FRESH, newest_first(said), "now")
    assert [line.text for line in asked.lines] == ["user 8", "agent 8", "user 9", "agent 9", "now"]
    cut = prompt(Model("m", history_tokens=room - 1), FRESH, newest_first(said), "now")
    assert [line.text for line in cut.lines] == ["user 9", "agent 9", "now"]


def test_no_more_of_the_history_is_read_than_fits() -> None:
    read: list[int] = []

    def messages() -> object:
        for index in range(10_000):
            read.append(index)
            yield Message(f"m{index}", "user", "x" * 300, index)

    prompt(Model("m", history_tokens=1_000), FRESH, messages(), "now")  # type: ignore[arg-type]
    assert len(read) < 12


def test_what_was_said_in_a_model_s_place_is_not_shown_to_it() -> None:
    asked = prompt(Model("m"), FRESH, newest_first([("user", "hi"), ("agent", SORRY["down"])]), "now")
    assert asked.lines == [Line("user", "hi\n\nnow")]


def test_an_estimate_of_tokens_is_on_the_high_side() -> None:
    assert tokens("four score and seven years ago") >= 7
    assert tokens("四" * 10) >= 10


def test_only_a_model_that_feels_is_told_where_the_two_stand() -> None:
    assert prompt(Model("m", system="Be kind."), FRESH, [], "hi").system == "Be kind."
    felt = prompt(Model("m", system="Be kind.", feels=True), FRESH, [], "hi").system
    assert felt.startswith("Be kind.\n\nYou and this user: stranger, 0 of 100. What you feel, 0 to 1: joy 0.3,")
    assert "@@mood" in felt


# What is refused does not go along


def refused_chat() -> list[Message]:
    """Three turns, the one in the middle refused; newest first."""
    said = [
        Message("m1", "user", "one", 1),
        Message("m2", "agent", "first", 2, finish_reason="stop"),
        Message("m3", "user", "two", 3),
        Message("m4", "agent", "half of the sec", 4, finish_reason="error", refused=True),
        Message("m5", "user", "three", 5),
        Message("m6", "agent", "third", 6, finish_reason="stop"),
    ]
    return said[::-1]


def texts(asked: Prompt) -> list[str]:
    return [line.text for line in asked.lines]


def test_a_refused_turn_does_not_go_along() -> None:
    assert texts(prompt(Model("m"), FRESH, refused_chat(), "now")) == ["one", "first", "three", "third", "now"]


def test_a_turn_that_was_refused_before_that_was_noted_does_not_go_along_either() -> None:
    earlier = newest_first([("user", "two"), ("agent", SORRY["rejected"]), ("user", "three"), ("agent", "third")])
    assert texts(prompt(Model("m"), FRESH, earlier, "now")) == ["three", "third", "now"]


def test_what_a_user_says_in_those_words_does() -> None:
    assert texts(prompt(Model("m"), FRESH, newest_first([("user", SORRY["rejected"])]), "now")) == [
        f"{SORRY['rejected']}\n\nnow"
    ]


# The newest turn is rather cut than left out


def test_the_newest_turn_is_cut_where_it_does_not_fit() -> None:
    said = [("user", "u" * 3_000), ("agent", "a" * 9_000)]
    asked = prompt(Model("m", history_tokens=200), FRESH, newest_first(said), "now")
    user, agent, now = texts(asked)
    assert (user[0], user[-1], agent[0], agent[-1], now) == ("u", CUT, "a", CUT, "now")
    assert 190 <= tokens(user) + tokens(agent) <= 200


def test_a_short_line_of_it_leaves_its_room_to_the_other() -> None:
    asked = prompt(
        Model("m", history_tokens=200), FRESH, newest_first([("user", "why"), ("agent", "a" * 9_000)]), "now"
    )
    assert texts(asked)[0] == "why"
    assert 180 <= tokens(texts(asked)[1]) <= 200 - tokens("why")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=3), st.integers(0, 60))
def test_what_is_cut_fits_and_is_valid_text(said: list[str], room: int) -> None:
    earlier = newest_first([("user", text * 5) for text in said])
    asked = prompt(Model("m", history_tokens=room), FRESH, earlier, "now")
    assert sum(tokens(line.text) for line in asked.lines) <= room + tokens("now") + len(said)
    assert all(line.text.encode() for line in asked.lines)


# Less of the chat, once


def long_chat() -> list[Message]:
    return newest_first([(role, f"{role} {turn} " * 40) for turn in range(6) for role in ("user", "agent")])


def size(asked: Prompt) -> int:
    return sum(tokens(line.text) for line in asked.lines[:-1])


def test_of_a_context_that_is_too_long_the_end_stays() -> None:
    context = PromptContext(Model("m"), FRESH, long_chat(), "now")
    before = size(context.prompt)
    assert context.shorten("too_long")
    assert 0 < size(context.prompt) <= min(SHORT_TOKENS, before // 4)
    assert texts(context.prompt)[-2].startswith("agent 5")
    assert texts(context.prompt)[-1] == "now"


def test_of_a_context_that_is_refused_nothing_does() -> None:
    context = PromptContext(Model("m"), FRESH, long_chat(), "now")
    assert context.shorten("rejected")
    assert texts(context.prompt) == ["now"]


@pytest.mark.parametrize("why", ["too_long", "rejected"])
def test_there_is_less_only_once_and_only_if_there_is_any(why: str) -> None:
    context = PromptContext(Model("m"), FRESH, long_chat(), "now")
    assert [context.shorten(why), context.shorten(why)] == [True, False]  # type: ignore[arg-type]
    assert not PromptContext(Model("m"), FRESH, [], "now").shorten(why)  # type: ignore[arg-type]
