"""A stop at any moment: one end, within a second, with all that was said and nothing after it."""

from __future__ import annotations

import pytest

from tests.unit.chat.world import CHAT, Killed, World, assert_whole, words

PACES = [
    pytest.param(50, 12, id="50ms"),
    pytest.param(50, 30, id="over-a-second"),
    pytest.param(1500, 4, id="1500ms"),
    pytest.param(60_000, 3, id="a-minute"),
    pytest.param(0, 12, id="at-once"),
]


def kill() -> None:
    raise Killed


@pytest.mark.parametrize(("delay_ms", "number"), PACES)
def test_a_stop_between_any_two_calls_of_the_writer_ends_the_answer_once_and_within_a_second(
    delay_ms: int, number: int
) -> None:
    call, passed = 0, False
    while not passed:
        call += 1
        world = World(delay_ms=delay_ms)
        listener, sender = world.join(), world.socket()
        reply_id = world.ask(words(number), sender)
        stopped_ms: list[int] = []

        def stop(world: World = world, reply_id: str = reply_id, stopped_ms: list[int] = stopped_ms) -> None:
            stopped_ms.append(world.clock.now_ms())
            world.answers.stop(reply_id)

        world.turnstile.before(call, stop)
        world.execute(reply_id)
        passed = world.turnstile.calls < call
        assert_whole(listener)
        assert listener.completes[0]["finishReason"] in {"stopped", "stop"}
        if stopped_ms and listener.completes[0]["finishReason"] == "stopped":
            assert listener.frames[-1].at_ms - stopped_ms[0] <= 1_000
        assert world.ports.conversations.state(CHAT).running is None
    assert call > number


@pytest.mark.parametrize("after_s", [0.01, 0.3, 1.499, 1.5, 1.501, 2.2, 3.0, 4.1])
def test_a_stop_while_nobody_writes_ends_the_answer_at_once(after_s: float) -> None:
    world = World(delay_ms=1500)
    listener = world.join()
    reply_id = world.ask(words(4))
    world.clock.on_sleep(after_s, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stopped"
    assert listener.completes[0]["timestamp"] - (world.stream(reply_id).created_ms + after_s * 1000) <= 1_000


def test_a_stop_before_the_beginning_shows_the_message_and_ends_for_all_with_nothing_said() -> None:
    world = World()
    sender, other = world.socket(), world.join()
    reply_id = world.ask("never mind", sender)
    world.answers.stop(reply_id)
    for listener in (sender, other):
        (complete,) = listener.completes
        assert (complete["message"], complete["chunks"], complete["finishReason"]) == ("", 0, "stopped")
    assert [body["message"] for body in other.got("chat:message")] == ["never mind"]
    world.execute(reply_id)
    assert len(sender.completes) == 1
    assert sender.chunks == []


def test_a_stop_while_the_agent_thinks_is_seen_before_much_is_said() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask(words(100))
    world.turnstile.before(5, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stopped"
    assert len(listener.chunks) <= 1


def test_a_stop_after_the_end_changes_nothing() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("hello")
    world.execute(reply_id)
    world.answers.stop(reply_id)
    world.answers.stop("no-such-answer")
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stop"


def test_two_stops_at_once_are_one() -> None:
    world = World(delay_ms=1500)
    listener = world.join()
    reply_id = world.ask(words(4))
    for _ in range(2):
        world.clock.on_sleep(2, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert_whole(listener)


@pytest.mark.parametrize("crashed_s", [0.02, 0.77, 1.99])
def test_a_stop_after_a_crash_keeps_all_that_anybody_heard(crashed_s: float) -> None:
    for stopped_after_s in (0.1, 2, 4, 5.99, 7, 12):
        world = World(delay_ms=50)
        listener = world.join()
        reply_id = world.ask(words(200))
        world.clock.on_sleep(crashed_s, kill)
        with pytest.raises(Killed):
            world.execute(reply_id)
        world.clock.advance(stopped_after_s)
        world.answers.stop(reply_id)
        world.sweep()
        assert_whole(listener, repeats=True)
        assert listener.completes[0]["finishReason"] == "stopped"


@pytest.mark.parametrize("delay_ms", [0, 1, 50])
def test_a_stop_is_quick_also_where_posts_are_slow(delay_ms: int) -> None:
    world = World(delay_ms=delay_ms)
    world.wire.post_ms = 15
    listener = world.join()
    reply_id = world.ask(words(2000))
    asked_ms = world.clock.now_ms()
    world.clock.on_sleep(2, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.frames[-1].at_ms - asked_ms <= 3_000


@pytest.mark.parametrize("before_ms", range(0, 120, 7))
def test_who_joins_right_before_a_stop_is_told_of_no_more_than_was_said(before_ms: int) -> None:
    for look_s in (0.25, 0.5, 1.0):
        world = World(delay_ms=50)
        joiner = world.socket()
        reply_id = world.ask(words(100))
        world.clock.on_sleep(look_s + 0.13 - before_ms / 1000, lambda w=world, j=joiner: w.join(j))  # type: ignore[misc]
        world.clock.on_sleep(look_s + 0.13, lambda w=world, r=reply_id: w.answers.stop(r))  # type: ignore[misc]
        world.execute(reply_id)
        assert_whole(joiner, start=joiner.joined["streams"][0]["index"])
