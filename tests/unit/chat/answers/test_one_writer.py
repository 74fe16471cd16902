"""One writer at a time: whatever runs twice, comes late or ends in the middle, every client hears one answer."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from serverless_socketio_chat.agents.model import SORRY
from serverless_socketio_chat.answers import lease
from tests.unit.chat.world import CHAT, Killed, World, assert_whole, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.chat.world import Socket

PACES = [pytest.param(50, 12, id="50ms"), pytest.param(1500, 4, id="1500ms"), pytest.param(0, 12, id="at-once")]


def calls(delay_ms: int, number: int) -> int:
    """How many calls to the outside an undisturbed answer makes."""
    world = World(delay_ms=delay_ms)
    world.join()
    world.join()
    world.execute(world.ask(words(number)))
    return world.turnstile.calls


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("after_s", [0, 0.01, 0.24, 0.26, 0.5, 0.99, 1.01, 2.5])
def test_an_execution_that_runs_twice_says_everything_once(after_s: float) -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(60))
    world.clock.on_sleep(after_s, lambda: world.execute_beside(reply_id))
    world.execute(reply_id)
    world.execute(reply_id)
    assert_whole(listener)


@pytest.mark.parametrize(("delay_ms", "number"), PACES)
def test_a_second_execution_at_any_moment_changes_nothing(delay_ms: int, number: int) -> None:
    for call in range(1, calls(delay_ms, number) + 1):
        world = World(delay_ms=delay_ms)
        listeners = [world.join(), world.join()]
        reply_id = world.ask(words(number))
        world.turnstile.before(call, lambda w=world, r=reply_id: w.execute_beside(r))  # type: ignore[misc]
        world.execute(reply_id)
        world.sweep()
        for listener in listeners:
            assert_whole(listener)


def crash(world: World, reply_id: str, call: int) -> bool:
    """Kill the function that carries an answer right before one of its calls; whether the end was being announced."""
    world.turnstile.before(call, kill)
    with pytest.raises(Killed):
        world.execute(reply_id)
    return world.stream(reply_id).phase == "ending"


def assert_told_once_or_parted_with(world: World, listener: Socket, text: str) -> None:
    """It was told of the end once; or nobody knows whether, so its connection ended: it comes back and finds it."""
    if listener.completes or not world.is_closed(listener):
        (complete,) = listener.completes
        assert complete["message"] == text
    joined = world.join().joined
    assert ([line["message"] for line in joined["messages"]][-1], joined["streams"]) == (text, [])


def retry(world: World, reply_id: str) -> None:
    """The workflow tries again, as it was; what it leaves is the sweeper's."""
    world.clock.advance(1)
    last = world.steps[-1] if world.steps else None
    if last and last.next == "wait":
        world.clock.advance(last.wait)
    world.execute(reply_id, last.epoch if last else 0)
    world.sweep()


@pytest.mark.parametrize("recover", [retry, lambda world, _: world.sweep()], ids=["retried", "swept"])
@pytest.mark.parametrize(("delay_ms", "number"), PACES)
def test_a_function_that_is_killed_at_any_moment_leaves_no_gap(
    delay_ms: int, number: int, recover: Callable[[World, str], None]
) -> None:
    for call in range(1, calls(delay_ms, number) + 1):
        world = World(delay_ms=delay_ms)
        listeners = [world.join(), world.join()]
        reply_id = world.ask(words(number))
        announcing = crash(world, reply_id, call)
        recover(world, reply_id)
        for listener in listeners:
            if announcing:
                assert_told_once_or_parted_with(world, listener, words(number))
            else:
                assert_whole(listener, repeats=True)
                assert listener.completes[0]["finishReason"] == "stop"
        assert world.stream(reply_id).phase == "ended"
        assert world.ports.conversations.state(CHAT).running is None


@pytest.mark.parametrize(("delay_ms", "number"), PACES)
def test_who_joins_a_moment_before_a_function_is_killed_misses_nothing(delay_ms: int, number: int) -> None:
    for call in range(1, calls(delay_ms, number)):
        world = World(delay_ms=delay_ms)
        world.join()
        joiner = world.socket()
        reply_id = world.ask(words(number))
        world.turnstile.before(call, lambda w=world, j=joiner: w.join(j))  # type: ignore[misc]
        announcing = crash(world, reply_id, call + 1)
        world.sweep()
        if joiner.joined["streams"]:
            if announcing:
                assert_told_once_or_parted_with(world, joiner, words(number))
            else:
                assert_whole(joiner, start=joiner.joined["streams"][0]["index"], repeats=True)


def test_a_repeat_after_a_crash_is_said_at_once_and_the_rest_at_its_pace() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(100))
    world.clock.on_sleep(1.93, kill)
    with pytest.raises(Killed):
        world.execute(reply_id)
    heard = len(listener.chunks)
    world.sweep()
    assert_whole(listener, repeats=True)
    again = [frame for frame in listener.frames if frame.event == "chat:message:stream"][heard:]
    at_once = [frame for frame in again if frame.at_ms == again[0].at_ms]
    rest = again[len(at_once) :]
    assert len(at_once) > heard - 20
    pauses = {after.at_ms - before.at_ms for before, after in itertools.pairwise(rest)}
    assert pauses <= {49, 50, 51}


@pytest.mark.parametrize("call", ["take", "write_text", "begin", "read", "hold", "release", "complete", "announced"])
@pytest.mark.parametrize(("delay_ms", "number"), [(50, 60), (1500, 4)])
def test_a_writer_that_was_held_up_at_any_write_and_replaced_says_nothing_more(
    call: str, delay_ms: int, number: int
) -> None:
    world = World(delay_ms=delay_ms)
    listener = world.join()
    reply_id = world.ask(words(number))

    def stall() -> None:
        world.clock.advance(13)
        if world.answers.recover(reply_id):
            world.execute(*world.workflow.started.pop())

    world.turnstile.before(call, stall)
    world.execute(reply_id)
    world.sweep()
    assert_whole(listener, repeats=True)


def test_an_end_that_nobody_could_announce_in_three_tries_is_announced_by_the_sweeper_itself() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("hello")
    world.turnstile.before("claim_complete", kill)
    with pytest.raises(Killed):
        world.execute(reply_id)
    assert listener.completes == []
    for _ in range(lease.TRIES_MAX + 1):
        world.clock.advance((lease.ANNOUNCE_MS + lease.GRACE_MS) / 1000 + 1)
        assert world.answers.recover(reply_id)
    assert_whole(listener)


def test_an_answer_whose_message_is_lost_ends_with_an_error() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("hello")
    world.ports.conversations._kept(CHAT).messages.clear()  # type: ignore[attr-defined]
    world.execute(reply_id, steps=1)
    world.clock.advance(12)
    world.answers.fail(reply_id)
    assert [body["finishReason"] for body in listener.completes] == ["error"]


def test_a_writer_that_slept_through_its_lease_says_nothing_more() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(60))

    def stall() -> None:
        world.clock.advance(7)
        world.answers.recover(reply_id)
        world.execute(*world.workflow.started.pop())

    world.clock.on_sleep(1.5, stall)
    world.execute(reply_id)
    assert_whole(listener, repeats=True)


@pytest.mark.parametrize("late_s", [2.5, 4, 8, 20])
@pytest.mark.parametrize("at_s", [0.01, 0.5, 1.5, 2.9])
def test_a_writer_whose_lease_ran_out_with_nobody_to_take_over_goes_on_and_repeats_nothing(
    at_s: float, late_s: float
) -> None:
    world = World(delay_ms=50)
    listeners = [world.join(), world.join()]
    reply_id = world.ask(words(60))
    world.clock.on_sleep(at_s, lambda: world.clock.advance(late_s))
    world.execute(reply_id)
    world.sweep()
    for listener in listeners:
        assert_whole(listener)


def test_the_sweeper_never_takes_an_answer_from_a_writer_that_is_alive() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(600))
    for second in range(1, 30):
        world.clock.on_sleep(second, lambda: world.answers.recover(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert world.workflow.started == []


def test_the_sweeper_leaves_an_answer_alone_while_it_waits_for_its_next_chunk() -> None:
    world = World(delay_ms=30_000)
    listener = world.join()
    reply_id = world.ask(words(4))
    for second in range(1, 90):
        world.clock.on_sleep(second, lambda: world.answers.recover(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert world.workflow.started == []


def test_an_answer_whose_writer_renewed_its_lease_meanwhile_is_not_taken_from_it() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(100))
    world.clock.on_sleep(2.1, lambda: world.execute_beside(reply_id, lease.NO_WRITER))  # as the sweeper starts one
    world.execute(reply_id)
    assert_whole(listener)


def test_an_answer_whose_workflow_was_never_started_is_brought_back() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("are you there")
    world.clock.advance(10)
    assert not world.answers.recover(reply_id)
    world.clock.advance(2)
    assert world.answers.recover(reply_id)
    world.execute(*world.workflow.started.pop())
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stop"


def test_an_answer_that_cannot_be_brought_back_ends_with_an_error() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("are you there", listener)
    for _ in range(lease.TRIES_MAX):
        world.clock.advance(12)
        assert world.answers.recover(reply_id)
    assert listener.completes == []
    assert world.answers.recover(reply_id)
    assert [(body["message"], body["finishReason"]) for body in listener.completes] == [(SORRY["broken"], "error")]
    assert not world.answers.recover(reply_id)


def test_an_agent_that_always_fails_ends_in_an_error_that_everybody_is_told_within_seconds() -> None:
    world = World()
    world.directory.put_agent("echo", "Echo", provider="nobody")
    other, sender = world.join(), world.socket()
    before_ms = world.clock.now_ms()
    world.execute(world.ask("hello", sender))
    assert world.clock.now_ms() - before_ms < 10_000
    for listener in (sender, other):
        assert [(body["message"], body["finishReason"]) for body in listener.completes] == [(SORRY["broken"], "error")]
    assert {body["message"] for body in other.got("chat:message")} == {"hello"}
    assert world.ports.conversations.state(CHAT).running is None


def test_giving_up_keeps_what_was_said() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(100))
    world.clock.on_sleep(2, kill)
    with pytest.raises(Killed):
        world.execute(reply_id)
    world.clock.advance(7)
    world.answers.fail(reply_id)
    assert_whole(listener, repeats=True)
    (complete,) = listener.completes
    assert complete["finishReason"] == "error"
    assert len(set(listener.chunks)) >= 40


def test_giving_up_on_an_answer_that_has_ended_changes_nothing() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("hello")
    world.execute(reply_id)
    world.answers.fail(reply_id)
    world.answers.fail("no-such-answer")
    assert_whole(listener)
