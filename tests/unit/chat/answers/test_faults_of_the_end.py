"""The end of an answer is said once, whatever fails while it is said; a crash in the middle is `test_one_writer`'s."""

from __future__ import annotations

import pytest

from serverless_socketio.exceptions import StoreError
from serverless_socketio.ports import Delivery
from tests.unit.chat.world import CHAT, World, assert_whole, words


def failing(world: World, reply_id: str, call: str, times: int) -> None:
    """Let the first so many calls of a name fail that are made once the end was decided."""
    left = times

    def fail() -> None:
        nonlocal left
        is_now = world.stream(reply_id).phase == "ending"
        left -= is_now
        if left:
            world.turnstile.before(call, fail)
        if is_now:
            raise StoreError("down")

    world.turnstile.before(call, fail)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("call", ["claim_complete", "announced", "emit", "members"])
def test_complete_is_said_once_and_so_is_all_that_follows(call: str, times: int) -> None:
    world = World()
    listeners = [world.join(), world.join()]
    reply_id = world.ask(words(5))
    failing(world, reply_id, call, times)
    world.execute(reply_id)
    world.sweep()
    for listener in listeners:
        assert [body["message"] for body in listener.completes] == [words(5)]
        assert listener.got("relation:updated")
    assert world.stream(reply_id).phase == "ended"


@pytest.mark.parametrize("failures", [{"announced": 100}, {"emit": 1, "complete_posted": 100}])
def test_an_end_that_cannot_be_noted_is_told_once_and_those_it_was_told_come_back(failures: dict[str, int]) -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask(words(5))
    for call, times in failures.items():
        failing(world, reply_id, call, times)
    with pytest.raises(StoreError):
        world.answers.step(reply_id, 0, started_ms=world.clock.now_ms())
    assert not world.is_closed(listener)
    for call in failures:
        world.turnstile.before(call, lambda: None)  # it works again
    world.sweep()
    assert len(listener.completes) == 1
    assert world.is_closed(listener)
    assert world.join().joined["streams"] == []
    assert world.stream(reply_id).phase == "ended"


@pytest.mark.parametrize("outcome", [Delivery.FAILED, Delivery.REFUSED])
def test_who_may_not_have_been_told_the_end_is_disconnected_and_the_others_are_not(outcome: Delivery) -> None:
    world = World()
    heard, unsure = world.join(), world.join()
    reply_id = world.ask(words(5))
    world.turnstile.before("close", lambda: world.wire.outcomes.update({unsure.member.address: outcome}))
    world.execute(reply_id)
    world.sweep()
    assert (world.is_closed(heard), world.is_closed(unsure)) == (False, True)
    assert (len(heard.completes), unsure.completes) == (1, [])
    assert [member.sid for member in world.ports.room.members(CHAT)] == [heard.member.sid]


def test_a_writer_that_was_replaced_before_it_claimed_the_end_does_not_say_it() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask(words(5))

    def slow() -> None:
        world.clock.advance(20)
        assert world.answers.recover(reply_id)
        world.execute(*world.workflow.started.pop())

    world.turnstile.before("claim_complete", slow)
    world.execute(reply_id)
    assert_whole(listener)


@pytest.mark.parametrize("times", [1, 3])
def test_a_push_that_is_late_costs_no_second_complete(times: int) -> None:
    world = World()
    world.subscribe()
    listener = world.join(world.device("away"))
    reply_id = world.ask(words(5))
    failing(world, reply_id, "notify", times)
    world.execute(reply_id)
    world.sweep()
    assert len(listener.completes) == 1
    assert [each[1].id for each in world.queued.waiting] == [reply_id]
