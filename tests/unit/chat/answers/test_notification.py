"""That an answer has ended, for a user who does not see it: decided with the end, whatever crashes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.model import SORRY, ModelFailed
from serverless_socketio_chat.notifications.wording import BADGE, BODY_MAX, CUT, ICON
from tests.unit.chat.models import STOP
from tests.unit.chat.world import Killed, World, words

if TYPE_CHECKING:
    from serverless_socketio_chat.notifications.model import InAppNotice
    from serverless_socketio_chat.push.model import Notification

CALLS = 45


def subscribed_world(**pace: int) -> World:
    world = World(**pace)
    world.subscribe()
    return world


def pushed(world: World) -> Notification:
    """The one notification that was put on the queue, to be pushed."""
    ((user_id, notification, decided, after_s),) = world.queued.waiting
    assert (user_id, decided, after_s) == ("alice", True, 0)
    return notification


def test_who_is_not_there_is_pushed_the_answers_beginning_and_the_way_to_it() -> None:
    world = subscribed_world()
    reply_id = world.ask("hello there")
    world.execute(reply_id)
    notification = pushed(world)
    assert (notification.id, notification.kind, notification.agent_id) == (reply_id, "answer", "echo")
    assert (notification.title, notification.body) == ("Echo", "hello there")
    assert (notification.url, notification.tag) == ("/?agent=echo", "chat:echo")
    assert (notification.icon, notification.badge) == (ICON, BADGE)
    assert [(action.action, action.url) for action in notification.actions] == [("open", None)]
    assert world.stream(reply_id).notice == "push"


def test_the_push_is_on_its_way_before_complete_is_posted() -> None:
    world = subscribed_world()
    away = world.join(world.device("away"))
    world.turnstile.before("close", lambda: pushed(world))
    world.execute(world.ask("hi"))
    assert len(away.completes) == 1


def test_who_sees_it_elsewhere_is_told_after_the_end_and_that_is_remembered_before_it() -> None:
    world = subscribed_world()
    reading, elsewhere = world.join(world.device()), world.device()
    reply_id = world.ask("hi")
    remembered: list[InAppNotice] = []
    world.turnstile.before("close", lambda: remembered.extend(world.notices.told("alice")))
    world.execute(reply_id)
    (told,) = remembered
    assert told.notification.id == reply_id
    assert told.sids == {reading.member.sid, elsewhere.member.sid}
    assert [body["body"] for body in elsewhere.got("notification")] == ["hi"]
    assert [frame.event for frame in elsewhere.frames] == ["notification"]
    assert [frame.event for frame in reading.frames][-2:] == ["chat:message:complete", "relation:updated"]
    assert world.queued.waiting == []


@pytest.mark.parametrize("is_there", [False, True])
def test_of_an_answer_that_the_user_stopped_there_is_no_news(is_there: bool) -> None:
    world = subscribed_world(delay_ms=700)
    device = world.device() if is_there else world.device("away")
    reply_id = world.ask(words(9))
    world.clock.on_sleep(2, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert (world.stream(reply_id).finish_reason, world.stream(reply_id).notice) == ("stopped", None)
    assert (world.queued.waiting, device.got("notification")) == ([], [])


def test_who_muted_the_agent_hears_nothing() -> None:
    world = subscribed_world()
    world.subscriptions.prefer("alice", {"muted_agents": ("echo",)})
    device = world.device()
    world.execute(world.ask("hi"))
    assert (world.queued.waiting, device.got("notification")) == ([], [])


def test_who_has_not_subscribed_costs_no_push() -> None:
    world = World()
    world.execute(world.ask("hi"))
    assert world.queued.waiting == []


@pytest.mark.parametrize(
    ("said", "body"), [("   ", CUT), ("x" * BODY_MAX, "x" * BODY_MAX), ("é" * 2001, "é" * BODY_MAX + CUT)]
)
def test_a_body_is_never_empty_and_never_longer_than_can_be_shown(said: str, body: str) -> None:
    world = subscribed_world(delay_ms=0)
    world.execute(world.ask(said))
    assert pushed(world).body == body


def test_a_live_answer_is_news_too_and_so_is_its_failure() -> None:
    world = subscribed_world()
    world.live([(0.1, "Hello."), (0.2, STOP)], [(0.1, ModelFailed("refused"))])
    for _ in range(2):
        world.execute(world.ask("hi"))
    hello, sorry = [notification.body for _, notification, _, _ in world.queued.waiting]
    assert hello == "Hello."
    assert "refused us" in sorry


def test_an_answer_whose_workflow_gave_up_is_news_too() -> None:
    world = subscribed_world()
    reply_id = world.ask("hi")
    world.clock.advance(60)
    world.answers.fail(reply_id)
    assert (pushed(world).body, world.stream(reply_id).finish_reason) == (SORRY["broken"], "error")


def test_a_queue_that_is_down_for_a_moment_does_not_keep_anybody_waiting() -> None:
    world = subscribed_world()
    listener = world.join(world.device("away"))
    world.queued.broken = 1
    world.execute(world.ask("hi"))
    assert len(listener.completes) == 1
    pushed(world)


def test_a_queue_that_is_down_for_long_is_tried_again() -> None:
    world = subscribed_world()
    world.queued.broken = 4
    reply_id = world.ask("hi")
    world.execute(reply_id)
    world.sweep()
    assert pushed(world).id == reply_id
    assert world.stream(reply_id).phase == "ended"


@given(killed_at=st.integers(1, CALLS), delay_ms=st.sampled_from([0, 50, 1500]))
def test_whenever_a_writer_is_lost_who_is_not_there_is_pushed_to(killed_at: int, delay_ms: int) -> None:
    world = subscribed_world(delay_ms=delay_ms)
    reply_id = lose_a_writer(world, killed_at)
    assert set(world.queued.pushed) == {reply_id}


@given(killed_at=st.integers(1, CALLS), delay_ms=st.sampled_from([0, 50, 1500]), goes=st.booleans())
def test_whenever_a_writer_is_lost_who_is_there_is_told_or_found_gone(
    killed_at: int, delay_ms: int, goes: bool
) -> None:
    world = subscribed_world(delay_ms=delay_ms)
    device = world.device()
    reply_id = lose_a_writer(world, killed_at, lambda: goes and world.store.connections.end(device.member.address))
    if not goes:
        assert device.got("notification")
        assert world.queued.pushed == []
    else:
        remembered = [told.notification.id for told in world.notices.told("alice")]
        assert {reply_id} == {*world.queued.pushed, *remembered}


def lose_a_writer(world: World, killed_at: int, meanwhile: Any = None) -> str:
    """Carry an answer to its end, though its writer is lost before a call of its; and `meanwhile` something happens."""

    def kill() -> None:
        if meanwhile is not None:
            meanwhile()
        raise Killed

    reply_id = world.ask(words(3))
    world.turnstile.before(killed_at, kill)
    with suppress(Killed):
        world.execute(reply_id)
    world.sweep()
    assert world.stream(reply_id).phase == "ended"
    return reply_id
