"""The agent types from the showing of the message to the first chunk or the end, whatever goes wrong in between."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.model import End, ModelFailed
from tests.unit.chat.models import spoken
from tests.unit.chat.world import CHAT, Killed, World, words

if TYPE_CHECKING:
    from tests.unit.chat.world import Socket

TYPING, CHUNK, COMPLETE = "chat:typing", "chat:message:stream", "chat:message:complete"


def story(socket: Socket) -> list[object]:
    """The agent's typing, the first chunk and the end, in the order in which they came."""
    told: list[object] = []
    for frame in socket.frames:
        if frame.event == TYPING:
            told.append(frame.payload["isTyping"])
        elif frame.event in {CHUNK, COMPLETE} and frame.event not in told:
            told.append(frame.event)
    return told


@pytest.mark.parametrize("text", [words(30), "hi", " "])
def test_an_agent_types_until_its_first_chunk(text: str) -> None:
    world = World()
    listener, sender = world.join(), world.socket()
    world.execute(world.ask(text, sender))
    for socket in (listener, sender):
        assert story(socket)[:2] == [True, False]
        assert [told for told in story(socket) if isinstance(told, bool)] == [True, False]
        assert story(socket)[-1] == COMPLETE
    assert listener.got(TYPING)[0] == {
        "agentId": CHAT.agent_id,
        "isTyping": True,
        "timestamp": listener.frames[0].at_ms,
    }


def test_an_agent_that_fails_stops_typing_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    listener = world.join()

    class Broken:
        def reply(self, turn: object) -> None:
            raise RuntimeError("the model is down")

    monkeypatch.setattr(agents, "get", lambda provider: Broken())
    world.execute(world.ask("hi"))
    assert (story(listener)[0], story(listener)[-3:]) == (True, [False, CHUNK, COMPLETE])
    assert listener.completes[0]["finishReason"] == "error"


@pytest.mark.parametrize("call", range(1, 30))
def test_a_writer_that_is_lost_at_any_call_leaves_nobody_typing(call: int) -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask(words(5))

    def die() -> None:
        raise Killed

    world.turnstile.before(call, die)
    try:
        world.execute(reply_id)
    except Killed:
        world.sweep()
    told = story(listener)
    assert (told[0], told[-1] == COMPLETE) == (True, not world.is_closed(listener) or bool(listener.completes))
    assert [step for step in told if isinstance(step, bool)][-1] is False
    assert told.index(CHUNK) > told.index(False)


def test_a_writer_that_was_replaced_while_its_agent_thought_does_not_stop_its_successors_typing() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask(words(3))
    world.turnstile.before("write_text", world.sweep)
    world.execute(reply_id)
    assert story(listener)[-1] == COMPLETE
    assert [step for step in story(listener) if isinstance(step, bool)] == [True, True, False]


def test_a_model_types_until_its_first_word_and_says_so_again_before_clients_forget_it() -> None:
    world = World()
    world.live(spoken(3, every_s=0.2, after_s=11))
    listener = world.join()
    world.execute(world.ask("hi"))
    assert story(listener) == [True, True, True, False, CHUNK, COMPLETE]
    said_ms = [frame.at_ms for frame in listener.frames if frame.event == TYPING]
    assert max(after - before for before, after in pairwise(said_ms)) < 5_000


@pytest.mark.parametrize("cue", [End("stop"), ModelFailed("broken", "ReadError")])
def test_a_model_that_says_nothing_stops_typing_before_the_end(cue: End | ModelFailed) -> None:
    world = World()
    world.live([(1.0, cue)])
    listener = world.join()
    world.execute(world.ask("hi"))
    told = story(listener)
    assert (told[0], told[-1] == COMPLETE) == (True, not world.is_closed(listener) or bool(listener.completes))
    assert [step for step in told if isinstance(step, bool)] == [True, False]
    assert told.index(False) == 1


@pytest.mark.parametrize("call", range(1, 24))
def test_a_model_that_is_lost_at_any_call_leaves_nobody_typing(call: int) -> None:
    world = World()
    world.live(spoken(3, every_s=0.5, after_s=1))
    listener = world.join()
    reply_id = world.ask("hi")

    def die() -> None:
        raise Killed

    world.turnstile.before(call, die)
    try:
        world.execute(reply_id)
    except Killed:
        world.sweep()
    told = story(listener)
    assert told[-1] == COMPLETE
    assert [step for step in told if isinstance(step, bool)][-1:] in ([False], [])
