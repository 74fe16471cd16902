"""Whoever joins, leaves or comes back at any moment of an answer hears it from where the ack says, without a gap."""

from __future__ import annotations

import pytest

from tests.unit.chat.world import CHAT, Socket, World, assert_whole, words

PACES = [
    pytest.param(50, 12, id="50ms"),
    pytest.param(50, 30, id="over-a-second"),
    pytest.param(1500, 4, id="1500ms"),
    pytest.param(0, 12, id="at-once"),
]


def assert_caught_up(joiner: Socket, reply_id: str, text: str) -> None:
    """The answer came from the index of the ack on, or the history in the ack has it."""
    if joiner.joined["streams"]:
        (stream,) = joiner.joined["streams"]
        assert stream["messageId"] == reply_id
        assert text.startswith(stream["text"])
        assert_whole(joiner, start=stream["index"])
    else:
        assert text in [message["message"] for message in joiner.joined["messages"] if message["role"] == "agent"]


@pytest.mark.parametrize(("delay_ms", "number"), PACES)
def test_a_joiner_between_any_two_calls_of_the_writer_misses_nothing(delay_ms: int, number: int) -> None:
    call, passed = 0, False
    while not passed:
        call += 1
        world = World(delay_ms=delay_ms)
        first, joiner = world.join(), world.socket()
        reply_id = world.ask(words(number))
        world.turnstile.before(call, lambda w=world, j=joiner: w.join(j))  # type: ignore[misc]
        world.execute(reply_id)
        passed = world.turnstile.calls < call
        if not passed:
            assert_whole(first)
            assert_caught_up(joiner, reply_id, words(number))
    assert call > number


@pytest.mark.parametrize(("delay_ms", "number"), PACES)
@pytest.mark.parametrize("call", range(1, 9))
def test_a_writer_between_any_two_calls_of_the_joiner_loses_nobody(delay_ms: int, number: int, call: int) -> None:
    for start_s in (0.0, 0.26, 0.6, 1.04, 1.3, 1.51):
        for meanwhile_s in (0.0, 0.05, 0.3, 1.2, 3.1, 60):
            world = World(delay_ms=delay_ms)
            joiner = world.socket()
            reply_id = world.ask(words(number))
            world.execute_beside(reply_id) if start_s == 0 else None
            world.clock.on_sleep(0, lambda w=world, r=reply_id: w.execute_beside(r))  # type: ignore[misc]
            world.joins.before(call, lambda w=world, s=meanwhile_s: w.clock.advance(s))  # type: ignore[misc]
            world.clock.advance(start_s)
            world.join(joiner)
            world.clock.advance(60)
            assert_caught_up(joiner, reply_id, words(number))


@pytest.mark.parametrize("delay_ms", [50, 1300])
def test_joiners_at_many_times_of_a_long_answer_all_hear_it_whole(delay_ms: int) -> None:
    world = World(delay_ms=delay_ms)
    reply_id = world.ask(words(900))
    joiners: list[Socket] = []
    for moment in [0.001, 0.999, *(19.8 + tick / 50 for tick in range(30)), 40.01, 44.9, 44.94]:
        world.clock.on_sleep(moment, lambda: joiners.append(world.join()))
    world.execute(reply_id)
    assert len(joiners) == 35
    for joiner in joiners:
        assert_caught_up(joiner, reply_id, words(900))


def test_the_ack_shows_at_once_what_has_been_said_so_far() -> None:
    world = World(delay_ms=50)
    joiner = world.socket()
    world.clock.on_sleep(0.51, lambda: world.join(joiner))
    world.execute(world.ask(words(40)))
    assert joiner.joined["streams"][0]["index"] == 11
    assert joiner.joined["streams"][0]["text"] == words(11) + " "


def test_a_newcomer_hears_the_next_chunk_within_a_second() -> None:
    world = World(delay_ms=50)
    joiner = world.socket()
    joined_ms = world.clock.now_ms() + 1_111
    world.clock.on_sleep(1.111, lambda: world.join(joiner))
    world.execute(world.ask(words(100)))
    assert joiner.frames[0].at_ms - joined_ms <= 1_050


def test_who_leaves_hears_nothing_after_a_second() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    left_ms = world.clock.now_ms() + 1_333
    world.clock.on_sleep(1.333, lambda: world.leave(listener))
    world.execute(world.ask(words(100)))
    assert listener.frames[-1].at_ms - left_ms <= 1_000
    assert listener.completes == []


@pytest.mark.parametrize("away_s", [0, 0.02, 0.4, 1.2, 3])
def test_who_leaves_and_comes_back_hears_the_rest(away_s: float) -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(120))
    world.clock.on_sleep(0.8, lambda: world.leave(listener))
    world.clock.on_sleep(0.8 + away_s, lambda: world.join(listener))
    world.execute(reply_id)
    index = listener.joined["streams"][0]["index"]
    later = [at for at in listener.indexes if at >= index]
    assert later == list(range(index, 120))
    assert len(listener.completes) == 1


def test_the_sender_hears_the_answer_though_it_never_joined_and_is_not_shown_its_own_message() -> None:
    world = World(delay_ms=0)
    sender, other = world.socket(), world.join()
    world.execute(world.ask("good morning", sender))
    for listener in (sender, other):
        assert_whole(listener)
    assert sender.got("chat:message") == []
    assert [body["message"] for body in other.got("chat:message")] == ["good morning"]
    assert other.frames[0].event == "chat:message"


def test_a_sender_that_left_before_its_answer_began_is_not_put_back_for_good() -> None:
    world = World(delay_ms=50)
    sender = world.socket()
    reply_id = world.ask(words(60), sender)
    world.leave(sender)
    world.execute(reply_id)
    assert sender.completes == []
    assert world.ports.room.members(CHAT) == []


def test_joining_while_nothing_is_said_starts_with_an_empty_list_of_answers() -> None:
    world = World()
    assert world.join().joined["streams"] == []
