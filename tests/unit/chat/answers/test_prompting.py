"""What a model is asked."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.answers.prompting import prompt, tokens
from chat.live import SORRY, Line, Model
from chat.ports import Message
from chat.relations import FRESH

lines = st.lists(st.tuples(st.sampled_from(["user", "agent"]), st.text("ab \n", max_size=40)), max_size=12)


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
