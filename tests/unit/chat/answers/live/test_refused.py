"""What a provider refuses costs one answer, and none of those after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_socketio_chat.agents.model import SORRY, End, ModelFailed
from tests.unit.chat.models import STOP
from tests.unit.chat.world import World

if TYPE_CHECKING:
    from tests.unit.chat.models import Cue, FakeModels
    from tests.unit.chat.world import Socket

FINE: list[Cue] = [(0.1, "fine"), (0.2, STOP)]
FILTERED: list[Cue] = [(0.1, ModelFailed("rejected", "HTTP 400"))]
TOO_LONG: list[Cue] = [(0.1, ModelFailed("too_long", "HTTP 400"))]
CUT_OFF: list[Cue] = [(0.1, "half"), (0.2, End("rejected"))]
DOWN: list[Cue] = [(0.1, ModelFailed("refused", "HTTP 401"))]


def told(world: World, *messages: str) -> Socket:
    """A chat in which these messages were answered, one after the other."""
    listener = world.join()
    for message in messages:
        world.execute(world.ask(message))
    return listener


def asked(models: FakeModels) -> list[list[str]]:
    return [[line.text for line in prompt.lines] for _, prompt in models.asked]


def ends(listener: Socket) -> list[tuple[str, str]]:
    return [(body["message"], body["finishReason"]) for body in listener.completes]


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        pytest.param(FILTERED, (SORRY["rejected"], "error"), id="filter"),
        pytest.param(TOO_LONG, (SORRY["too_long"], "error"), id="too long"),
        pytest.param(CUT_OFF, ("half", "error"), id="cut off"),
        pytest.param([(0.1, End("rejected"))], (SORRY["rejected"], "error"), id="without a word"),
    ],
)
def test_a_refused_message_is_not_asked_again_with_later_ones(answer: list[Cue], end: tuple[str, str]) -> None:
    world = World()
    world.live(answer, FINE)
    listener = told(world, "a bad word", "and now")
    assert ends(listener) == [end, ("fine", "stop")]
    assert asked(world.models) == [["a bad word"], ["and now"]]


def test_a_message_that_met_an_outage_is() -> None:
    world = World()
    world.live(DOWN, FINE)
    told(world, "a question", "and now")
    assert asked(world.models)[-1] == ["a question\n\nand now"]


@pytest.mark.parametrize(("refusal", "less"), [(FILTERED, ["and now"]), (TOO_LONG, ["f…", "and now"])])
def test_a_prompt_that_is_refused_is_tried_once_more_with_less_history(refusal: list[Cue], less: list[str]) -> None:
    world = World()
    world.live(FINE, refusal, FINE, FINE)
    listener = told(world, "first " * 20, "and now", "and then")
    assert ends(listener) == [("fine", "stop")] * 3
    _, whole, short, after = asked(world.models)
    assert whole == ["first " * 20, "fine", "and now"]
    assert len(short) <= len(whole)
    assert short[-1] == "and now"
    assert sum(map(len, short)) < sum(map(len, whole)) / 2
    assert after[-3:] == ["and now", "fine", "and then"]
    if refusal is FILTERED:
        assert short == less


@pytest.mark.parametrize("refusal", [FILTERED, TOO_LONG])
def test_but_only_once(refusal: list[Cue]) -> None:
    world = World()
    world.live(FINE, refusal)
    listener = told(world, "first " * 20, "and now")
    assert len(world.models.asked) == 3
    assert ends(listener)[-1][1] == "error"


def test_and_not_once_there_are_words() -> None:
    world = World()
    world.live(FINE, CUT_OFF)
    listener = told(world, "first " * 20, "and now")
    assert len(world.models.asked) == 2
    assert ends(listener)[-1] == ("half", "error")


def test_who_is_refused_ten_times_is_answered_the_eleventh() -> None:
    world = World()
    world.live(FINE, *([FILTERED] * 20), FINE)
    listener = told(world, "first", *(f"bad {number}" for number in range(10)), "and now")
    assert ends(listener)[-1] == ("fine", "stop")
    assert asked(world.models)[-1] == ["first", "fine", "and now"]
    assert_whole_each(listener)


def assert_whole_each(listener: Socket) -> None:
    """Each answer is its chunks."""
    for body in listener.completes:
        chunks = [
            chunk["chunk"] for chunk in listener.got("chat:message:stream") if chunk["messageId"] == body["messageId"]
        ]
        assert "".join(chunks) == body["message"]
