"""The table of finish reasons: its page and its values are the same, and nothing unknown is a whole answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents import finish_reasons
from serverless_socketio_chat.agents.finish_reasons import OUTCOMES, outcome, worse

if TYPE_CHECKING:
    from serverless_socketio_chat.agents.model import FinishOutcome

ROW = re.compile(r"^\| (`.*`(?:, any other)?) \| (\w+) \|", re.MULTILINE)


def test_the_page_and_the_table_say_the_same() -> None:
    page = {
        reason: means
        for reasons, means in ROW.findall(finish_reasons.__doc__ or "")
        for reason in re.findall("`([^`]+)`", reasons)
    }
    assert {reason: means for reason, means in page.items() if means != "unanswered"} == OUTCOMES
    assert all(outcome(reason) == means for reason, means in page.items())


@pytest.mark.parametrize(
    ("reason", "means"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "rejected"),
        ("content_filter: RECITATION", "rejected"),
        ("content_filter:", "rejected"),
        ("tool_calls", "unanswered"),
        ("stopped", "unanswered"),
        ("", "unanswered"),
        (True, "unanswered"),
        (["stop"], "unanswered"),
    ],
)
def test_reasons_come_in_many_forms(reason: object, means: str) -> None:
    assert outcome(reason) == means


@given(st.text())
def test_only_what_is_known_is_a_whole_answer(reason: str) -> None:
    if outcome(reason) == "stop":
        assert reason.partition(":")[0].strip().lower() in {"stop", "end_turn", "stop_sequence"}


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        (["stop", "stop"], "stop"),
        (["stop", "length"], "length"),
        (["length", "stop"], "length"),
        (["stop", "rejected", "stop"], "rejected"),
        (["rejected", "length"], "rejected"),
        (["rejected", "down"], "rejected"),
    ],
)
def test_of_several_the_worst_holds(said: list[FinishOutcome], holds: str) -> None:
    held: FinishOutcome | None = None
    for each in said:
        held = worse(held, each)
    assert held == holds
