"""Listeners that posts do not reach: they hold up nobody, and those that are gone are forgotten."""

from __future__ import annotations

import itertools

from serverless_socketio.model import PostResult
from tests.unit.chat.world import CHAT, World, assert_whole, words


def test_a_listener_that_cannot_be_reached_for_a_moment_hears_everything() -> None:
    world = World(delay_ms=50)
    listener, throttled = world.join(), world.join()
    reply_id = world.ask(words(60))

    def throttle() -> None:
        world.wire.outcomes[throttled.member.address] = PostResult.FAILED
        world.turnstile.before(world.turnstile.calls + 2, world.wire.outcomes.clear)

    world.clock.on_sleep(0.7, throttle)
    world.execute(reply_id)
    assert_whole(listener)
    assert_whole(throttled)


def test_a_listener_that_cannot_be_reached_at_all_holds_up_nobody_and_is_told_of_the_end() -> None:
    world = World(delay_ms=50)
    listener, lost = world.join(), world.join()
    world.clock.on_sleep(0.7, lambda: world.wire.outcomes.update({lost.member.address: PostResult.FAILED}))
    world.clock.on_sleep(4.9, world.wire.outcomes.clear)
    world.execute(world.ask(words(100)))
    assert_whole(listener)
    at_ms = [frame.at_ms for frame in listener.frames if frame.event == "chat:message:stream"]
    assert {after - before for before, after in itertools.pairwise(at_ms)} <= {49, 50, 51}
    assert lost.indexes == list(range(len(lost.indexes)))
    assert [body["message"] for body in lost.completes] == [words(100)]


def test_an_answer_that_is_stopped_keeps_also_what_arrived_of_posts_that_failed() -> None:
    world = World(delay_ms=0)
    world.wire.post_ms = 10
    flaky = world.join()
    reply_id = world.ask(words(60))
    world.clock.on_sleep(0.283, lambda: world.wire.outcomes.update({flaky.member.address: PostResult.FAILED}))
    world.clock.on_sleep(0.2, lambda: world.answers.stop(reply_id))
    world.turnstile.before("complete", world.wire.outcomes.clear)
    world.execute(reply_id)
    (complete,) = flaky.completes
    heard = "".join(chunk for _, chunk in sorted(set(flaky.chunks)))
    assert complete["message"].startswith(heard.rstrip(" "))


def test_a_listener_that_is_gone_is_dropped_and_its_connection_forgotten() -> None:
    world = World(delay_ms=50)
    listener, gone = world.join(), world.join()
    world.clock.on_sleep(0.7, lambda: world.wire.outcomes.update({gone.member.address: PostResult.GONE}))
    world.execute(world.ask(words(100)))
    assert_whole(listener)
    assert world.store.connections.find(gone.member.address) is None
    assert [member.sid for member in world.ports.room.members(CHAT)] == [listener.member.sid]


def test_an_answer_that_nobody_hears_is_kept() -> None:
    world = World(delay_ms=50)
    reply_id = world.ask(words(100))
    world.execute(reply_id)
    assert world.join().joined["messages"][-1]["message"] == words(100)


def test_an_answer_whose_listeners_all_leave_keeps_its_pace_for_who_comes_next() -> None:
    world = World(delay_ms=50)
    first, second = world.join(), world.socket()
    reply_id = world.ask(words(100))
    world.clock.on_sleep(1, lambda: world.leave(first))
    world.clock.on_sleep(3, lambda: world.join(second))
    world.execute(reply_id)
    assert second.joined["streams"][0]["index"] == 61
    assert_whole(second, start=61)
