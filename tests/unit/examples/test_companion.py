"""The demo's agent, the first guest: it has a fitting reply to anything, and remembers what it was told."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from companion import answer, feelings, fields, manners, oddities, reading, tales, topics
from companion.rules import JOKE_OFFER, STORY_OFFER, Rule
from serverless_socketio_chat.agents.model import REPLY_MAX, Line, Reply, Turn
from serverless_socketio_chat.agents.relations import FRESH, REST, Relation
from tests.drivers import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

messages = st.text(min_size=1, max_size=400)
lines = st.lists(st.builds(Line, st.sampled_from(["user", "agent"]), st.text(max_size=120)), max_size=6)

FACTS = {"name", "nameless", "topic", "topics", "thing", "quote", "asked", "friend", *tales.SLOTS}
RULES = (
    feelings.CARE,
    *reading.SUBJECTS,
    *manners.COURTESIES,
    *oddities.ALL,
    *oddities.FALLBACKS,
)


def turn(message: str, *, history: Sequence[Line] = (), user_id: str = "alice", relation: Relation = FRESH) -> Turn:
    return Turn(user_id, "companion", message, history, relation)


def say(message: str, *before: str) -> Reply:
    """The companion's reply to the last of several messages, each of them answered by it in its turn."""
    history: list[Line] = []
    for earlier in before:
        history += [Line("user", earlier), Line("agent", answer(turn(earlier, history=tuple(history))).text)]
    return answer(turn(message, history=history))


@given(messages, lines)
@example("{name} {0} {thing.__class__} %s", [])
@example("\ud800", [])
@example("\x00", [])
@example("my name is {name}", [Line("user", "my name is {topic}")])
@example("😀" * 8_000, [])
@example("a" * 8_000, [])
@example("\n" * 1_000 + "x", [])
@example("!? " * 390 + "x", [])
def test_the_companion_has_a_fitting_reply_to_anything(message: str, history: list[Line]) -> None:
    reply = answer(turn(message, history=history))
    assert 10 <= len(reply.text.split()) <= 260
    assert len(reply.text) <= REPLY_MAX
    assert set(reply.mood) <= set(REST)
    assert all(-1 <= shift <= 1 for shift in reply.mood.values())


@given(messages, lines)
def test_the_same_turn_gets_the_same_reply(message: str, history: list[Line]) -> None:
    assert answer(turn(message, history=history)) == answer(turn(message, history=history))


def test_replies_do_not_depend_on_the_process() -> None:
    code = (
        "from companion import answer;"
        "from serverless_socketio_chat.agents.model import Turn;"
        "from serverless_socketio_chat.agents.relations import FRESH;"
        "print(answer(Turn('alice', 'companion', 'hello', (), FRESH)).text)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "examples" / "companion")},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {say("hello").text}


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ("I want to die", feelings.CARE),
        ("tell me a story", tales.STORY),
        ("Please write a short story about the sea", tales.STORY),
        ("give me a long answer", tales.LONG),
        ("what should I do?", topics.ADVICE),
        ("what is 2+2?", topics.FACTS),
        ("bye!", manners.FAREWELL),
        ("I said goodbye to my neighbour yesterday, it was odd", oddities.REMARK),
        ("yes please", manners.ASSENT),
        ("no thanks", manners.REFUSAL),
        ("dunno", manners.UNSURE),
        ("Hi, I'm Zoë", manners.INTRODUCTION),
        ("asdfgh", oddities.FRAGMENT),
        ("Which of the two is heavier?", oddities.QUESTION),
        ("x" * 5_000, oddities.LONG_MESSAGE),
        ("¿cómo estás?", oddities.FOREIGN),
        ("Привет, как дела?", oddities.FOREIGN),
        ("今日は", oddities.FOREIGN),
        ("hallo, wie geht es dir", oddities.FOREIGN),
        ("🚀🌍", oddities.SYMBOLS),
    ],
)
def test_a_message_is_taken_for_what_it_is(message: str, rule: Rule) -> None:
    assert reading.subject_of(message) is rule


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("I'm so sad today", "what made you sad"),
        ("I am not feeling so happy", "what made you sad"),
        ("i'm really, really tired", "how tired you were"),
        ("I've been feeling lonely", "feeling alone"),
        ("I'm furious about it", "what made you angry"),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m stressed", "your worries"),
        ("I passed my exam!", "your good news"),
        ("my mother is ill", "the person you were worried about"),
        ("my boss called", "your work"),
        ("def main():\n    pass", "your code"),
        ("I'm not sad", ""),
        ("I won't", ""),
    ],
)
def test_a_topic_is_recognised(message: str, topic: str) -> None:
    assert reading.subject_of(message).topic == topic


@pytest.mark.parametrize("message", ["   ", "\n\t", "...", "?", "👍👍", "🙂", "\u200b"])
def test_next_to_nothing_still_gets_company(message: str) -> None:
    assert 10 <= len(say(message).text.split()) <= 80


@pytest.mark.parametrize(
    "message", ["tell me a story", "long", "a longer answer please", "tell me a story about a dragon"]
)
@pytest.mark.parametrize("user_id", ["alice", "bob", "carol", "dave"])
def test_a_story_is_long_enough_to_be_seen_streaming(message: str, user_id: str) -> None:
    reply = answer(turn(message, user_id=user_id))
    assert 150 <= len(reply.text.split()) <= 250


def test_a_story_is_about_what_was_asked_for() -> None:
    assert "dragon" in say("tell me a story about a dragon").text


def test_a_name_is_remembered() -> None:
    assert "Ada" in say("what is my name?", "hi, my name is ada", "I like the sea").text
    assert "Ada" not in say("what is my name?", "hello").text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my name is ada", "Ada"),
        ("Hello there, I'm Zoë!", "Zoë"),
        ("please call me O'Neill", "O'Neill"),
        ("My name's 李", "李"),
        ("my name is not important", None),
        ("hi, i'm late", None),
        ("call me later", None),
        ("nothing", None),
    ],
)
def test_a_name_is_heard_where_one_is_given(text: str, name: str | None) -> None:
    assert reading.name_in(text) == name


def test_earlier_topics_are_remembered() -> None:
    assert "your work" in say("do you remember me?", "my boss is at it again").text


def test_a_follow_up_may_come_back_to_an_earlier_topic() -> None:
    replies = [say(message, "my boss keeps calling").text for message in ("hello", "thanks", "i see a red house")]
    assert any("your work" in reply for reply in replies)


@pytest.mark.parametrize(("offer", "rule"), [(STORY_OFFER, tales.STORY), (JOKE_OFFER, tales.JOKE)])
def test_yes_to_an_offer_brings_what_was_offered(offer: str, rule: Rule) -> None:
    history = [Line("user", "I'm bored"), Line("agent", f"I see. {offer}")]
    assert reading.read("yes please", history).subject is rule
    assert reading.read("no", history).subject is manners.REFUSAL


def test_a_courtesy_is_returned_before_the_subject() -> None:
    heard = reading.read("Hello! I'm so tired today", ())
    assert heard.subject.topic == "how tired you were"
    assert heard.courtesy is not None
    assert say("Hello! I'm so tired today").text.startswith(("Hello", "Hi"))


def test_the_same_words_again_get_other_words_back() -> None:
    first = say("hello").text
    assert say("hello", "hello").text != first


def test_different_people_hear_different_words() -> None:
    said = {answer(turn("hello", user_id=user)).text for user in "abcdefgh"}
    assert len(said) > 1


def test_one_who_wants_another_answer_gets_another() -> None:
    first, second = answer(turn("tell me a story")), answer(replace(turn("tell me a story"), replaces="01A"))
    assert first.text != second.text
    assert second == answer(replace(turn("tell me a story"), replaces="01A"))


def test_a_friend_is_greeted_like_one() -> None:
    friend = Relation(emotions=REST, level=40, state="friend")
    assert "it's you" in answer(turn("hello", relation=friend)).text


def test_an_insult_hurts_and_a_danger_is_taken_seriously() -> None:
    assert say("you are stupid").mood["trust"] < 0
    assert "emergency" in say("I want to kill myself").text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.topic or rule.replies[0][:24])
def test_a_rule_can_always_say_something(rule: Rule) -> None:
    phrases = (*rule.replies, *rule.asks, *rule.lead)
    assert set().union(*map(fields, phrases)) <= FACTS
    assert any(
        fields(reply) <= {"quote", "nameless", "asked", *tales.SLOTS} or fields(reply) == {"name"}
        for reply in rule.replies
    )
    assert set(rule.mood) <= set(REST)
