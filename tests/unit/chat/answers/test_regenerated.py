"""Answers that are given again: what agents are told, how the two feel, and what may happen at the same time."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from serverless_socketio_chat.agents.model import Line, ModelFailed, Turn
from serverless_socketio_chat.answers.beginning import REPLACED_MAX
from serverless_socketio_chat.conversations.accept import Accepted, Pace
from serverless_socketio_chat.errors import AnswerRunning, NotFound
from tests.unit.chat.interleaving import Interleaving
from tests.unit.chat.models import STOP
from tests.unit.chat.world import CHAT, Killed, World, assert_whole, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.chat.models import Cue

BAD: list[Cue] = [(0.1, "bad"), (0.2, STOP)]
GOOD: list[Cue] = [(0.1, "good"), (0.2, STOP)]
DOWN: list[Cue] = [(0.1, ModelFailed("refused", "HTTP 401"))]
FILTERED: list[Cue] = [(0.1, ModelFailed("rejected", "HTTP 400"))]


def answered(world: World, text: str = "hello") -> str:
    """A message that was answered; the answer's id."""
    reply_id = world.ask(text)
    world.execute(reply_id)
    return reply_id


def answered_again(world: World, former_id: str) -> str:
    reply_id = world.again(former_id)
    world.execute(reply_id)
    return reply_id


def level(world: World) -> int:
    return world.ports.conversations.state(CHAT).relation.level


def test_a_model_is_asked_as_it_was_before_and_told_later_of_the_new_answer_alone() -> None:
    world = World()
    world.live(BAD, GOOD, GOOD)
    answered_again(world, answered(world, "a question"))
    answered(world, "and now")
    asked = [[line.text for line in prompt.lines] for _, prompt in world.models.asked]
    assert asked == [["a question"], ["a question"], ["a question", "good", "and now"]]


def test_a_function_is_told_so_but_not_what_was_said() -> None:
    world = World()
    world.function(BAD, GOOD, GOOD)
    first = answered(world, "a question")
    answered_again(world, first)
    answered(world, "and now")
    turns: list[Turn] = [turn for _, turn in world.models.asked]
    assert [turn.replaces for turn in turns] == [None, first, None]
    assert [turn.history for turn in turns] == [[], [], [Line("user", "a question"), Line("agent", "good")]]


def test_a_message_that_was_refused_goes_along_once_it_was_answered_after_all() -> None:
    world = World()
    world.live(FILTERED, GOOD)
    answered_again(world, answered(world, "a question"))
    answered(world, "and now")
    assert [line.text for line in world.models.asked[-1][1].lines] == ["a question", "good", "and now"]


@pytest.mark.parametrize(
    ("replaced", "told"),
    [(REPLACED_MAX, ["before", "before", "and again", "and again"]), (REPLACED_MAX + 1, ["and again"])],
)
def test_what_lies_behind_ever_so_many_replaced_answers_is_not_read(replaced: int, told: list[str]) -> None:
    world = World(delay_ms=0)
    answered(world, "before")
    newest = answered(world, "and again")
    for _ in range(replaced):
        newest = answered_again(world, newest)
    world.function(GOOD)
    answered(world, "and now")
    assert [line.text for line in world.models.asked[-1][1].history] == told


def test_a_turn_is_felt_once() -> None:
    world = World()
    newest = answered(world)
    felt = level(world)
    assert felt == 1
    for _ in range(3):
        newest = answered_again(world, newest)
    assert level(world) == felt
    listener = world.join()
    answered_again(world, newest)
    assert len(listener.got("relation:updated")) == 1  # after every `complete`, changed or not


def test_a_turn_is_felt_once_it_is_answered_after_a_failure() -> None:
    world = World()
    world.live(DOWN, GOOD)
    first = answered(world)
    assert level(world) == 0
    answered_again(world, first)
    assert level(world) == 1


@pytest.mark.parametrize("provider", ["stored", "live"])
def test_it_is_whole_for_all_and_never_shows_the_message_again(provider: str) -> None:
    world = World()
    if provider == "live":
        world.live(BAD, GOOD)
    first = answered(world, words(30))
    listener = world.join()
    reply_id = world.again(first, world.socket())
    world.clock.on_sleep(0.1, lambda: late.append(world.join()))
    late: list[object] = []
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.got("chat:message") == []
    assert {body["replaces"] for body in listener.got("chat:message:stream")} == {first}
    assert listener.completes[0]["replaces"] == first


def test_a_writer_that_is_lost_at_any_call_is_replaced_and_the_line_says_what_it_replaces() -> None:
    call = 0
    while True:
        call += 1
        world = World()
        first = answered(world, words(4))
        listener = world.join()
        reply_id = world.again(first)
        world.turnstile.calls = 0

        def kill() -> None:
            raise Killed

        world.turnstile.before(call, kill)
        try:
            world.execute(reply_id)
        except Killed:
            world.sweep()
        else:
            break
        lines = world.ports.conversations.history(CHAT)
        newest = next(lines)
        assert (newest.message_id, newest.replaces) == (reply_id, first)
        assert next(lines).replaced_by == reply_id
        assert world.stream(reply_id).phase == "ended"
        assert all(body["replaces"] == first for body in listener.completes)
    assert call > 5


def test_one_that_was_never_begun_is_brought_back() -> None:
    world = World()
    first = answered(world)
    listener = world.join()
    world.again(first)  # and its function is killed between the claim and the start
    world.sweep()
    assert_whole(listener)
    assert listener.got("chat:message") == []


def test_an_answer_that_is_being_stopped_is_a_conflict_until_it_has_ended() -> None:
    world = World()
    reply_id = world.ask(words(100))
    refused: list[str] = []

    def stop() -> None:
        world.answers.stop(reply_id)
        with pytest.raises(AnswerRunning) as caught:
            world.again(reply_id)
        refused.append(caught.value.as_error()["messageId"])

    world.clock.on_sleep(1, stop)
    world.execute(reply_id)
    assert refused == [reply_id]
    assert world.stream(world.again(reply_id)).replaces == reply_id


@pytest.mark.parametrize("seed", range(40))
def test_of_all_who_want_something_at_once_one_has_it(seed: int) -> None:
    """Two devices that want another answer, one of them twice, and a message: the next answer is one of them."""
    world = World()
    first = answered(world)
    dice = Random(seed)  # noqa: S311 - a test's
    turns = Interleaving(dice)
    messages = replace(world.ports, conversations=turns.watch(world.ports.conversations)).make_messages(Pace(3, 50))
    came: list[Accepted | Exception] = []

    def trying(act: Callable[[], Accepted]) -> Callable[[], None]:
        def run() -> None:
            try:
                came.append(act())
            except (AnswerRunning, NotFound) as refused:
                came.append(refused)

        return run

    def again(client_id: str) -> Callable[[], None]:
        return trying(lambda: messages.regenerate(CHAT, world.agent, first, client_message_id=client_id, sender=None))

    def say() -> Accepted:
        return messages.accept(CHAT, world.agent, "and now", client_message_id="c3", sender=None)

    turns.run(again("c1"), again("c1"), again("c2"), trying(say))
    accepted = [one for one in came if isinstance(one, Accepted)]
    assert len([one for one in accepted if not one.duplicate]) == 1
    assert len({one.ids for one in accepted}) == 1
    assert all(isinstance(one, Accepted | AnswerRunning) for one in came)
    state = world.ports.conversations.state(CHAT)
    assert state.running == accepted[0].ids.reply_id
