"""When a user is notified, and how: pushed, told, later, not at all; and again if a device turns out to be gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.model import PostResult
from serverless_socketio_chat.notifications.decide import HOP_S, Notifier, Verdict
from serverless_socketio_chat.notifications.model import QuietHours
from serverless_socketio_chat.push.model import Action, Notification
from tests.fakes import START_MS
from tests.unit.chat.world import CHAT, World

if TYPE_CHECKING:
    from serverless_socketio_chat.literals import Status
    from serverless_socketio_chat.push.model import Kind
    from tests.unit.chat.world import Socket

NEWS = Notification(
    "n1", "AnswerNotification", "There is some.", START_MS, url="/news", actions=(Action("open", "Open"),)
)
WORDS = Notification("n2", "Echo", "hi", START_MS, tag="chat:echo", kind="answer", agent_id="echo")
# START_MS is 22:13:20 in UTC.
QUIET = {"quiet_hours": QuietHours("22:00", "23:00")}
MUTED = {"muted_agents": ("echo",)}


@pytest.fixture
def world() -> World:
    world = World()
    world.subscribe(2)
    return world


@pytest.fixture
def notifier(world: World) -> Notifier:
    return world.ports.make_notifier()


def told(device: Socket) -> list[Any]:
    return [body["body"] for body in device.got("notification")]


def leave(world: World, device: Socket) -> None:
    """A device is gone, as the server has noticed it."""
    world.store.connections.end(device.member.address)


# Pushed or told


def test_who_has_no_device_in_the_foreground_is_pushed_to_on_every_subscribed_one(
    world: World, notifier: Notifier
) -> None:
    away = world.device("away")
    assert notifier.notify("alice", NEWS) == "pushed"
    assert [(push.subscription_id, push.notification, push.attempt) for push in world.delivered.pushes] == [
        ("sub0", NEWS, 1),
        ("sub1", NEWS, 1),
    ]
    assert {push.first_ms for push in world.delivered.pushes} == {START_MS}
    assert told(away) == []


def test_who_has_one_is_told_on_all_devices_and_not_pushed_to(world: World, notifier: Notifier) -> None:
    online, away, other = world.device(), world.device("away"), world.socket()
    assert notifier.notify("alice", NEWS) == "told"
    assert (
        online.got("notification")
        == away.got("notification")
        == [
            {
                "title": "AnswerNotification",
                "body": "There is some.",
                "url": "/news",
                "actions": [{"action": "open", "title": "Open"}],
                "timestamp": START_MS,
            }
        ]
    )
    assert (world.delivered.pushes, told(other)) == ([], [])


def test_of_an_agent_the_devices_in_its_chat_are_not_told(world: World, notifier: Notifier) -> None:
    reading, elsewhere = world.join(world.device()), world.device()
    assert notifier.notify("alice", WORDS) == "told"
    assert (told(reading), told(elsewhere)) == ([], ["hi"])


def test_a_recoverable_socket_without_a_connection_is_no_device_in_the_foreground(
    world: World, notifier: Notifier
) -> None:
    device = world.device()
    members = world.ports.room.members

    class Away:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.ports.room, name)

        def members(self, of: Any) -> Any:
            return [replace(member, detached=True) for member in members(of)]

    away: Any = Away()
    assert replace(world.ports, room=away).make_notifier().notify("alice", NEWS) == "pushed"
    assert told(device) == []


def test_who_has_not_subscribed_is_told_or_nothing_and_nothing_is_remembered(world: World, notifier: Notifier) -> None:
    world.unsubscribe()
    assert notifier.notify("alice", NEWS) == "dropped"
    device = world.device()
    assert notifier.notify("alice", NEWS) == "told"
    assert (told(device), world.notices.told("alice"), world.delivered.pushes) == (["There is some."], [], [])


@pytest.mark.parametrize(("kind", "decided"), [("test", False), ("custom", True)])
def test_what_is_decided_or_a_test_is_pushed_however_things_are(
    world: World, notifier: Notifier, kind: Kind, decided: bool
) -> None:
    world.subscriptions.prefer("alice", QUIET)
    world.device()
    assert notifier.notify("alice", replace(NEWS, kind=kind), decided=decided) == "pushed"
    assert len(world.delivered.pushes) == 2


# Preferences


@pytest.mark.parametrize("kind", ["custom", "expiring"])
def test_in_quiet_hours_it_waits_for_their_end_round_by_round(world: World, notifier: Notifier, kind: Kind) -> None:
    world.subscriptions.prefer("alice", QUIET)
    news, waits = replace(NEWS, kind=kind), []
    while notifier.notify("alice", news) == "held":
        ((_, held, decided, after_s),) = world.queued.waiting
        assert (held, decided) == (news, False)
        world.queued.waiting.clear()
        world.clock.advance(after_s)
        waits.append(after_s)
    assert waits == [HOP_S, HOP_S, HOP_S, 100]  # from 22:13:20 to 23:00:00
    assert len(world.delivered.pushes) == 2


@pytest.mark.parametrize("preferences", [QUIET, MUTED])
def test_an_answer_in_quiet_hours_or_of_a_muted_agent_is_not_given_at_all(
    world: World, notifier: Notifier, preferences: dict[str, Any]
) -> None:
    world.subscriptions.prefer("alice", preferences)
    assert notifier.weigh(CHAT) == Verdict()
    assert notifier.notify("alice", WORDS) == "dropped"
    device = world.device()
    assert notifier.weigh(CHAT) == Verdict()
    assert notifier.notify("alice", WORDS) == "dropped"
    assert (world.delivered.pushes, world.queued.waiting, told(device)) == ([], [], [])


def test_other_news_are_given_whatever_agents_are_muted(world: World, notifier: Notifier) -> None:
    world.subscriptions.prefer("alice", MUTED)
    assert notifier.notify("alice", NEWS) == "pushed"
    assert notifier.notify("alice", replace(WORDS, agent_id="other")) == "pushed"


# Found gone


def test_what_a_device_was_told_is_pushed_when_it_turns_out_to_be_gone(world: World, notifier: Notifier) -> None:
    device = world.device()
    seen_ms = world.clock.now_ms()
    world.clock.advance(100)
    notifier.notify("alice", NEWS)
    notifier.notify("alice", WORDS)
    leave(world, device)
    for _ in range(2):  # a reminder may come twice
        notifier.gone("alice", device.member.sid, seen_ms)
    assert world.queued.pushed == ["n1", "n2"]
    assert world.notices.told("alice") == []


def test_what_it_was_told_before_its_last_sign_of_life_has_arrived(world: World, notifier: Notifier) -> None:
    device = world.device()
    notifier.notify("alice", NEWS)
    seen_ms = world.clock.now_ms()
    world.clock.advance(1)
    notifier.notify("alice", WORDS)
    leave(world, device)
    notifier.gone("alice", device.member.sid, seen_ms)
    assert world.queued.pushed == ["n2"]


def test_a_device_that_was_away_leaves_what_others_were_told_alone(world: World, notifier: Notifier) -> None:
    online, away = world.device(), world.device("away")
    world.clock.advance(1)
    notifier.notify("alice", NEWS)
    leave(world, away)
    notifier.gone("alice", away.member.sid, 0)
    assert world.queued.pushed == []
    leave(world, online)
    notifier.gone("alice", online.member.sid, 0)
    assert world.queued.pushed == ["n1"]


def test_who_came_since_is_told_instead_and_who_was_told_is_not_told_again(world: World, notifier: Notifier) -> None:
    gone, stays = world.device(), world.device()
    world.clock.advance(1)
    notifier.notify("alice", WORDS)
    leave(world, gone)
    world.clock.advance(10)
    new, reading = world.device(), world.join(world.device())
    for _ in range(2):
        notifier.gone("alice", gone.member.sid, 0)
    assert (told(stays), told(new), told(reading)) == (["hi"], ["hi"], [])
    assert world.queued.pushed == []
    for device in (stays, new, reading):
        leave(world, device)
    notifier.gone("alice", new.member.sid, START_MS + 1)  # it was there when the first was told, but not when it was
    assert world.queued.pushed == ["n2"]


def test_it_is_pushed_when_the_last_of_several_is_gone(world: World, notifier: Notifier) -> None:
    devices = [world.device() for _ in range(3)]
    world.clock.advance(1)
    notifier.notify("alice", NEWS)
    for device in devices:
        assert world.queued.pushed == []
        leave(world, device)
        notifier.gone("alice", device.member.sid, START_MS)
    assert world.queued.pushed == ["n1"]


def test_preferences_hold_when_it_is_decided_anew(world: World, notifier: Notifier) -> None:
    device = world.device()
    world.clock.advance(1)
    notifier.notify("alice", NEWS)
    notifier.notify("alice", WORDS)
    world.subscriptions.prefer("alice", QUIET)
    leave(world, device)
    notifier.gone("alice", device.member.sid, 0)
    assert [(news.id, decided) for _, news, decided, _ in world.queued.waiting] == [("n1", False)]
    assert world.notices.told("alice") == []


def test_a_push_that_is_not_taken_is_remembered_for_the_next_try(world: World, notifier: Notifier) -> None:
    device = world.device()
    world.clock.advance(1)
    notifier.notify("alice", NEWS)
    leave(world, device)
    world.queued.broken = 1
    with pytest.raises(ConnectionError):
        notifier.gone("alice", device.member.sid, 0)
    notifier.gone("alice", device.member.sid, 0)
    assert world.queued.pushed == ["n1"]


def test_a_device_that_no_post_reaches_is_not_the_end_of_it(world: World, notifier: Notifier) -> None:
    gone, there = world.device(), world.device()
    world.wire.outcomes[gone.member.address] = PostResult.FAILED
    assert notifier.notify("alice", NEWS) == "told"
    assert told(there) == ["There is some."]


# A verdict that was lost


@pytest.mark.parametrize("status", ["online", "away"])
def test_a_verdict_is_recalled_as_it_was_given(world: World, notifier: Notifier, status: Status) -> None:
    world.device(status)
    assert notifier.recall(CHAT, None) == Verdict()
    assert notifier.recall(CHAT, "push") == Verdict("push")


def test_who_was_to_be_told_and_went_before_is_pushed_to(world: World, notifier: Notifier) -> None:
    device = world.device()
    verdict = notifier.recall(CHAT, "tell")
    assert (verdict.notice, [each.sid for each in verdict.devices]) == ("tell", [device.member.sid])
    leave(world, device)
    assert notifier.recall(CHAT, "tell") == Verdict("push")
    world.unsubscribe()
    assert notifier.recall(CHAT, "tell").notice == "tell"
