"""A function that returns its answer as a whole: waited for as a model is, stored, and said at the agent's pace."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.model import REPLY_MAX, SORRY, ModelFailed, Reply, Turn
from serverless_socketio_chat.answers.model import Text
from tests.unit.chat.happenings import happenings, play_out
from tests.unit.chat.models import STOP
from tests.unit.chat.world import CHAT, Killed, Socket, World, assert_whole, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.chat.models import Cue

WHOLE = Reply(words(20), {"joy": 0.2})


def replied(*answers: Sequence[Cue], delay_ms: int = 50) -> tuple[World, Socket, str]:
    """A world whose function is to answer a message that was just accepted."""
    world = World(delay_ms=delay_ms)
    world.function(*answers)
    listener = world.join()
    return world, listener, world.ask("hello")


def kill() -> None:
    raise Killed


def test_it_is_paced_as_any_stored_answer_and_moves_the_relation() -> None:
    world, listener, reply_id = replied([(2.0, WHOLE)])
    asked_ms = world.clock.now_ms()
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["message"], complete["chunks"], complete["finishReason"]) == (WHOLE.text, 20, "stop")
    times = [frame.at_ms for frame in listener.frames if frame.event == "chat:message:stream"]
    assert times[0] >= asked_ms + 2_000
    assert {after - before for before, after in itertools.pairwise(times)} <= {49, 50, 51}
    assert listener.got("relation:updated")[0]["emotions"]["joy"] > 0.4
    typing = [told["isTyping"] for told in listener.got("chat:typing")]
    assert typing == [True, False]


def test_it_is_asked_with_the_turn() -> None:
    world, _, reply_id = replied([(0.0, WHOLE)])
    world.execute(reply_id)
    ((provider, turn),) = world.models.asked
    relation = world.ports.conversations.state(CHAT).relation
    assert provider == "mine:answer"
    assert isinstance(turn, Turn)
    assert (turn.user_id, turn.agent_id, turn.text, turn.history) == ("alice", "echo", "hello", [])
    assert turn.relation.level < relation.level


def test_what_was_said_in_an_agent_s_place_is_not_in_the_history() -> None:
    world, _, first = replied([(0.0, ModelFailed("refused"))], [(0.0, Reply("hi"))], [(0.0, Reply("hi"))])
    for reply_id in (first, None, None):
        world.execute(reply_id or world.ask("hello"))
    turn = world.models.asked[-1][1]
    assert [(line.role, line.text) for line in turn.history] == [("user", "hello"), ("user", "hello"), ("agent", "hi")]


def test_one_that_takes_long_keeps_its_lease_and_types() -> None:
    world, listener, reply_id = replied([(25.0, WHOLE)])
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.got("chat:typing")[:3] == [{**told, "isTyping": True} for told in listener.got("chat:typing")[:3]]
    assert len(world.models.asked) == 1


def test_one_that_takes_too_long_ends_in_a_sentence_that_says_so() -> None:
    world, listener, reply_id = replied([(31.0, WHOLE)])
    world.execute(reply_id)
    (complete,) = listener.completes
    assert (complete["message"], complete["finishReason"]) == (SORRY["slow"], "error")


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_nothing_to_read_is_a_sentence_that_says_so(text: str) -> None:
    world, listener, reply_id = replied([(0.0, Reply(text))])
    world.execute(reply_id)
    (complete,) = listener.completes
    assert (complete["message"], complete["finishReason"]) == (SORRY["unanswered"], "error")


def test_more_than_an_answer_holds_is_cut() -> None:
    world, listener, reply_id = replied([(0.0, Reply("a" * (REPLY_MAX + 1)))])
    world.execute(reply_id)
    (complete,) = listener.completes
    assert (len(complete["message"]), complete["finishReason"]) == (REPLY_MAX, "length")


def test_a_stop_while_it_is_waited_for_ends_the_answer_within_a_second() -> None:
    world, listener, reply_id = replied([(20.0, WHOLE)])
    world.clock.on_sleep(3, lambda: world.answers.stop(reply_id))
    asked_ms = world.clock.now_ms()
    world.execute(reply_id)
    (complete,) = listener.completes
    assert (complete["finishReason"], complete["message"]) == ("stopped", "")
    assert complete["timestamp"] - asked_ms <= 3_000 + 300
    assert world.models.comings[0].closed_at is not None


def test_a_stop_between_any_two_calls_ends_the_answer_once() -> None:
    call, passed = 0, False
    while not passed:
        call += 1
        world, listener, reply_id = replied([(0.5, WHOLE)])
        world.turnstile.before(call, lambda w=world, r=reply_id: w.answers.stop(r))  # type: ignore[misc]
        world.execute(reply_id)
        passed = world.turnstile.calls < call
        assert_whole(listener)
        assert world.ports.conversations.state(CHAT).running is None
    assert call > 20


@pytest.mark.parametrize("recover", ["retried", "swept"])
def test_one_that_had_answered_is_said_whatever_dies_and_none_is_asked_twice(recover: str) -> None:
    call = 0
    while True:
        call += 1
        world, listener, reply_id = replied([(0.5, WHOLE)])
        world.turnstile.before(call, kill)
        try:
            world.execute(reply_id)
            break
        except Killed:
            was, stored = world.stream(reply_id), world.streams.text(reply_id)
        if recover == "retried":
            world.clock.advance(1)
            world.execute(reply_id, 0)
        world.sweep()
        if was.phase == "ending":
            continue  # said once more: see test_one_writer
        assert_whole(listener, repeats=True)
        (complete,) = listener.completes
        lost = was.relayed and stored is None
        assert (complete["message"], complete["finishReason"]) == (
            (SORRY["broken"], "error") if lost else (WHOLE.text, "stop")
        )
        assert len(world.models.asked) <= 1
    assert call > 20


def test_a_sentence_that_was_said_instead_of_a_stored_text_stays_the_answer() -> None:
    world, listener, reply_id = replied([(0.0, WHOLE)])
    world.streams.write_text(reply_id, Text(WHOLE.text))
    world.turnstile.before("complete", kill)  # its workflow gave up, and died as it said so
    with pytest.raises(Killed):
        world.answers.fail(reply_id)
    world.sweep()
    assert_whole(listener, repeats=True)
    assert listener.completes[0]["message"] == SORRY["broken"]


@given(happenings(60), st.floats(0, 3), st.none() | st.integers(1, 60))
def test_whatever_happens_every_client_hears_the_answer_and_one_end(
    what: dict[int, str], after_s: float, killed_at: int | None
) -> None:
    world, listener, reply_id = replied([(after_s, WHOLE)])
    heard = play_out(world, reply_id, listener, what, killed_at)
    assert len(world.models.asked) <= 1
    heard.check()


def test_a_failure_after_words_keeps_them_and_a_mood_beside_the_text_counts() -> None:
    world, listener, reply_id = replied([(0.0, "well "), (0.1, ModelFailed("broken"))], [(0.0, "well "), (0.1, STOP)])
    world.execute(reply_id)
    world.execute(world.ask("again"))
    assert [(told["message"], told["finishReason"]) for told in listener.completes] == [
        ("well ", "error"),
        ("well ", "stop"),
    ]
