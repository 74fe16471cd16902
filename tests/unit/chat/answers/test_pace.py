"""How an answer is spoken: when each chunk comes, and how the work is cut into calls of a function."""

from __future__ import annotations

import itertools

import pytest

from serverless_socketio_chat.answers.chunks import StoredChunks
from serverless_socketio_chat.answers.model import Text
from serverless_socketio_chat.answers.steps import EXECUTION_MS
from tests.unit.chat.world import CHAT, World, assert_whole, words


def times(world: World, reply_id: str, text: str, *, delay_ms: int = 50) -> list[int]:
    """How many milliseconds after its deadline, as the first chunk sets it, each chunk came."""
    listener = world.join()
    world.execute(reply_id)
    assert_whole(listener)
    chunks = [frame for frame in listener.frames if frame.event == "chat:message:stream"]
    assert "".join(frame.payload["chunk"] for frame in chunks) == text
    return [frame.at_ms - chunks[0].at_ms - index * delay_ms for index, frame in enumerate(chunks)]


def test_five_hundred_chunks_come_each_at_its_deadline_without_drift() -> None:
    world = World(delay_ms=50)
    text = words(500)
    assert {abs(late_ms) for late_ms in times(world, world.ask(text), text)} <= {0, 1}


def test_the_time_that_posts_take_does_not_add_up() -> None:
    world = World(delay_ms=50)
    world.wire.post_ms = 7
    text = words(300)
    assert {abs(late_ms) for late_ms in times(world, world.ask(text), text)} <= {0, 1}


def test_a_burst_ends_after_20_seconds_and_the_next_goes_on_without_gap_or_repeat() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    world.execute(world.ask(words(1000)))
    assert_whole(listener)
    assert [step.next for step in world.steps] == ["again", "again", "done"]


def test_a_short_answer_is_one_call() -> None:
    world = World()
    world.execute(world.ask("good morning to you"))
    assert [step.next for step in world.steps] == ["done"]


@pytest.mark.parametrize("delay_ms", [1000, 1999, 2500, 60_000])
def test_a_second_or_more_is_waited_for_outside_the_function_in_whole_seconds(delay_ms: int) -> None:
    world = World(delay_ms=delay_ms)
    text = words(6)
    late = times(world, world.ask(text), text, delay_ms=delay_ms)
    assert {abs(late_ms) for late_ms in late} <= {0, 1}
    waits = {step.wait for step in world.steps if step.next == "wait"}
    assert waits
    assert waits <= {delay_ms // 1000, (delay_ms + 1) // 1000}
    assert max(world.clock.slept, default=0) < 1


def test_without_a_delay_everything_comes_at_once() -> None:
    world = World(delay_ms=0)
    listener = world.join()
    before_ms = world.clock.now_ms()
    world.execute(world.ask(words(400)))
    assert_whole(listener)
    assert world.clock.now_ms() == before_ms


def test_an_answer_that_posts_cannot_keep_up_with_is_cut_into_bursts_too() -> None:
    world = World(delay_ms=0)
    world.wire.post_ms = 20
    listener = world.join()
    other = world.join()
    world.execute(world.ask(words(1200)))
    assert_whole(listener)
    assert_whole(other)
    assert [step.next for step in world.steps] == ["again", "again", "done"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_chunk_has_as_many_words_as_was_set(size: int) -> None:
    world = World(delay_ms=0, size=size)
    listener = world.join()
    world.execute(world.ask(words(20)))
    chunks = StoredChunks.of(words(20), size)
    assert [chunk for _, chunk in listener.chunks] == [chunks[index] for index in range(len(chunks))]


def test_a_successor_takes_over_before_an_execution_is_five_minutes_old() -> None:
    world = World(delay_ms=1500)
    listener = world.join()
    began_ms = world.clock.now_ms()
    reply_id = world.ask(words(400))
    ages = []
    while world.stream(reply_id).phase != "ended":
        started_ms = world.clock.now_ms()
        epoch = world.stream(reply_id).epoch
        while True:
            step = world.answers.step(reply_id, epoch, started_ms=started_ms)
            epoch = step.epoch
            if step.next in {"done", "successor"}:
                break
            world.clock.advance(step.wait)
        ages.append(world.clock.now_ms() - started_ms)
    assert_whole(listener)
    assert len(ages) == 3
    assert max(ages) <= EXECUTION_MS + 20_000
    assert world.clock.now_ms() - began_ms == pytest.approx(399 * 1500, abs=2)


def test_a_late_call_keeps_the_pace_instead_of_catching_up() -> None:
    world = World(delay_ms=2000)
    listener = world.join()
    reply_id = world.ask(words(4))
    step = world.answers.step(reply_id, 0, started_ms=world.clock.now_ms())
    world.clock.advance(8)
    world.execute(reply_id, step.epoch)
    assert_whole(listener)
    at_ms = [frame.at_ms for frame in listener.frames if frame.event == "chat:message:stream"]
    assert [after - before for before, after in itertools.pairwise(at_ms)] == pytest.approx([8000, 2000, 2000], abs=2)


def test_an_answer_that_was_cut_ends_with_length() -> None:
    world = World(delay_ms=0)
    listener = world.join()
    reply_id = world.ask("go on")
    world.streams.write_text(reply_id, Text("as much as fits", cut=True))
    world.execute(reply_id)
    assert [(body["message"], body["finishReason"]) for body in listener.completes] == [("as much as fits", "length")]
    assert world.ports.conversations.state(CHAT).running is None
