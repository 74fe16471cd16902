"""The end of an answer is said once, whatever fails while it is said; a crash in the middle is `test_one_writer`'s."""

from __future__ import annotations

import pytest

from serverless_socketio.exceptions import StoreError
from tests.unit.chat.world import World, words


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
@pytest.mark.parametrize("call", ["announced", "emit", "members"])
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
