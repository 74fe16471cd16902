from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.model import Reply
from serverless_socketio_chat.agents.relations import FRESH, POINTS_MAX, REST, Relation, SimpleModel, state_of

strengths = st.floats(0, 1)
moods = st.dictionaries(st.sampled_from([*REST, "surprise"]), st.floats())
relations = st.builds(
    lambda emotions, level: Relation(emotions=emotions, level=level, state=state_of(level)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(REST, strengths)),
    st.integers(0, 100),
)
replies = st.builds(Reply, st.text(), moods)

after_turn = SimpleModel().after_turn


@given(relations, st.text(), replies)
def test_a_turn_keeps_every_bound(relation: Relation, message: str, reply: Reply) -> None:
    after = after_turn(relation, message, reply)
    assert set(after.emotions) == set(REST)
    assert all(0 <= strength <= 1 for strength in after.emotions.values())
    assert abs(after.level - relation.level) <= POINTS_MAX
    assert after.state == state_of(after.level)


@given(relations, st.text(), replies)
def test_the_same_turn_gives_the_same_relation(relation: Relation, message: str, reply: Reply) -> None:
    assert after_turn(relation, message, reply) == after_turn(relation, message, reply)


@given(relations, replies)
def test_a_turn_leaves_the_relation_before_it_alone(relation: Relation, reply: Reply) -> None:
    before = dict(relation.emotions)
    after_turn(relation, "hello", reply)
    assert relation.emotions == before


@given(st.lists(replies, max_size=30))
def test_kindness_and_unkindness_never_leave_the_scale(turns: list[Reply]) -> None:
    relation = FRESH
    for reply in turns:
        relation = after_turn(relation, "hello", reply)
        assert 0 <= relation.level <= 100


def test_what_an_answer_expresses_is_felt() -> None:
    after = after_turn(FRESH, "I got the job", Reply("Wonderful!", {"joy": 0.18}))
    assert after.emotions["joy"] > FRESH.emotions["joy"]
    assert after.emotions["trust"] == FRESH.emotions["trust"]


def test_emotions_calm_down_when_nothing_feeds_them() -> None:
    relation = Relation(emotions={"joy": 1.0, "sadness": 1.0}, level=50, state="friend")
    for _ in range(60):
        relation = after_turn(relation, "ok", Reply("I see."))
    assert relation.emotions == pytest.approx(REST, abs=0.01)


def test_time_effort_and_warmth_bring_two_closer() -> None:
    effort = "I have been thinking a lot about what you told me the other day"
    warm = Reply("Thank you.", {"trust": 0.1})
    assert [
        after_turn(FRESH, *turn).level for turn in (("hi", Reply("Hi.")), (effort, Reply("Hi.")), (effort, warm))
    ] == [
        1,
        2,
        3,
    ]


def test_a_hurtful_turn_costs_and_an_empty_answer_earns_nothing() -> None:
    friend = Relation(emotions=REST, level=30, state="friend")
    assert after_turn(friend, "you are useless", Reply("Ouch.", {"trust": -0.2, "affection": -0.1})).level == 28
    assert after_turn(friend, "hello", Reply("")).level == 30


@pytest.mark.parametrize(
    ("level", "state"),
    [(0, "stranger"), (9, "stranger"), (10, "acquaintance"), (30, "friend"), (60, "close"), (100, "confidant")],
)
def test_the_state_is_a_word_for_the_level(level: int, state: str) -> None:
    assert state_of(level) == state


@pytest.mark.parametrize("shift", [math.nan, math.inf, -math.inf])
def test_a_mood_that_is_no_number_moves_nothing(shift: float) -> None:
    assert after_turn(FRESH, "hi", Reply("Hi.", {"joy": shift})) == after_turn(FRESH, "hi", Reply("Hi."))


@pytest.mark.parametrize(
    ("emotions", "level", "state"),
    [
        ({"joy": 1.1}, 0, "stranger"),
        ({"joy": math.nan}, 0, "stranger"),
        ({}, 101, "close"),
        ({}, -1, "close"),
        ({}, 0, "two words"),
    ],
)
def test_an_illegal_relation_cannot_exist(emotions: dict[str, float], level: int, state: str) -> None:
    with pytest.raises(ValueError, match=r"emotion|level|state"):
        Relation(emotions=emotions, level=level, state=state)
