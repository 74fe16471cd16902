"""Users are notified through the functions as they are deployed: of answers, as others ask, of plans that end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.notifications.model import BadNotification, QuietHours
from serverless_socketio_chat.presence.rules import GRACE_S
from serverless_socketio_chat.push.model import Subscription
from tests.drivers import ChatDriver
from tests.fakes import Queues

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HI = {"agentId": "echo", "message": "hi"}
ASKED = {"userId": "alice", "notification": {"title": "AnswerNotification", "body": "There is some."}}
DAY_S = 86_400


class Driver(ChatDriver):
    """A chat whose user alice has subscribed with one device."""

    def __init__(self, tables: DynamoDBClient) -> None:
        super().__init__(tables, queues=Queues)
        self.parts = self.function(self.settings)
        self.parts.subscriptions.put(Subscription("sub1", "alice", "https://fcm.googleapis.com/1", "p", "a"))

    def take(self, queue: str) -> list[Any]:
        """The bodies of a queue's messages that are due."""
        bodies: list[Any] = self.queue.take(getattr(self.settings, f"{queue}_queue_url"))
        return bodies

    def notify(self, *bodies: Any) -> list[str]:
        """Bring messages to their function; the ids of those that must come again."""
        records = [
            {"messageId": f"m{number}", "body": body if isinstance(body, str) else json.dumps(body)}
            for number, body in enumerate(bodies)
        ]
        answer = self.call("push", {"Records": records})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def pushed(self) -> list[Any]:
        """What is on its way to devices, once the queue `push` was worked off: titles and bodies."""
        assert self.notify(*self.take("push")) == []
        messages = self.take("deliveries")
        assert all((message["userId"], message["subscriptionId"]) == ("alice", "sub1") for message in messages)
        return [(message["notification"]["title"], message["notification"]["body"]) for message in messages]


@pytest.fixture
def chat(tables: DynamoDBClient) -> Driver:
    return Driver(tables)


# Answers


def test_who_left_before_the_end_is_pushed_the_answer(chat: Driver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", HI)
    alice.close()
    chat.answer()
    assert chat.pushed() == [("Echo", "hi")]


def test_who_looks_at_another_device_is_told_there(chat: Driver) -> None:
    phone, desk = chat.connect("alice"), chat.connect("alice")
    phone.emit("chat:message", HI)
    chat.answer()
    (told,) = desk.got("notification")
    assert told.pop("timestamp") == chat.clock.now_ms()
    assert told == {
        "title": "Echo",
        "body": "hi",
        "icon": "/icons/icon-192.png",
        "badge": "/icons/badge-96.png",
        "url": "/?agent=echo",
        "tag": "chat:echo",
        "actions": [{"action": "open", "title": "Open"}],
    }
    assert (phone.got("notification"), chat.pushed()) == ([], [])


def test_a_device_that_broke_since_is_pushed_what_it_was_told(chat: Driver) -> None:
    alice = chat.connect("alice")
    chat.clock.advance(5)
    alice.emit("chat:message", HI)
    chat.answer()
    alice.close(1006)
    assert chat.pushed() == []
    chat.clock.advance(GRACE_S)
    chat.remind()
    assert chat.pushed() == [("Echo", "hi")]
    assert chat.parts.notices.told("alice") == []


@pytest.mark.parametrize("life", ["a close frame", "a pong", "away"])
def test_a_device_that_gave_a_sign_of_life_since_is_not(chat: Driver, life: str) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", HI)
    chat.answer()
    chat.clock.advance(1)
    if life == "a pong":
        alice.send("3")
    elif life == "away":
        alice.emit("presence:away", {})
    alice.close(1001 if life == "a close frame" else 1006)
    chat.clock.advance(GRACE_S)
    chat.remind()
    assert chat.pushed() == []


def test_a_silent_network_is_found_and_the_answer_pushed_in_the_promised_time(chat: Driver) -> None:
    alice = chat.connect("alice")
    chat.tick()
    alice.emit("chat:message", HI)
    chat.answer()
    pushed: list[Any] = []
    waited_s = 0
    while not pushed:
        chat.clock.advance(10)
        waited_s += 10
        chat.tick()
        chat.remind()
        pushed = chat.pushed()
    assert pushed == [("Echo", "hi")]
    assert waited_s <= 120 + 50 + GRACE_S + 10


def test_who_comes_back_meanwhile_is_told_again_and_not_pushed_to(chat: Driver) -> None:
    alice = chat.connect("alice")
    chat.clock.advance(1)
    alice.emit("chat:message", HI)
    chat.answer()
    alice.close(1006)
    back = chat.connect("alice")
    chat.clock.advance(GRACE_S)
    chat.remind()
    assert ([told["body"] for told in back.got("notification")], chat.pushed()) == (["hi"], [])


# As others ask


def test_a_message_of_the_queue_is_pushed_or_told(chat: Driver) -> None:
    assert chat.notify(ASKED) == []
    assert chat.pushed() == [("AnswerNotification", "There is some.")]
    alice = chat.connect("alice")
    assert chat.notify({**ASKED, "id": "n1"}) == []
    assert ([told["body"] for told in alice.got("notification")], chat.pushed()) == (["There is some."], [])


def test_an_event_of_the_bus_and_an_invocation_do_the_same(chat: Driver) -> None:
    event = {"id": "e1", "detail-type": "PushNotification", "source": "shop", "detail": ASKED}
    assert chat.call("push", event) == {}
    assert chat.call("push", {**ASKED, "id": "mine"}) == {"id": "mine"}
    made = chat.call("push", ASKED)["id"]
    assert [message["notification"]["id"] for message in chat.take("deliveries")] == ["e1", "mine", made]


def test_a_message_that_comes_again_has_the_same_name(chat: Driver) -> None:
    chat.notify(ASKED)
    chat.notify(ASKED)
    first, second = chat.take("deliveries")
    assert first["notification"]["id"] == second["notification"]["id"] == "m0"


def test_each_kind_of_notification_can_be_asked_for(chat: Driver) -> None:
    message = {"agentName": "Mira", "preview": "Hello!", "agentId": "a/b"}
    chat.notify(
        {"userId": "alice", "agentMessage": message},
        {"userId": "alice", "subscriptionExpiring": {"days": 3}},
        {"userId": "alice", "notification": {**ASKED["notification"], "actions": [{"action": "a", "title": "A"}]}},  # type: ignore[dict-item]
    )
    answer, expiring, custom = [message["notification"] for message in chat.take("deliveries")]
    assert (answer["title"], answer["kind"], answer["url"]) == ("Mira", "answer", "/?agent=a%2Fb")
    assert (expiring["title"], expiring["kind"], expiring["tag"]) == ("Your plan ends in 3 days", "expiring", "plan")
    assert (custom["kind"], custom["actions"]) == ("custom", [{"action": "a", "title": "A", "url": None}])


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("nonsense", ""),
        ([], ""),
        ({"userId": "alice"}, ""),
        ({**ASKED, "agentMessage": {"agentName": "M", "preview": "p"}}, ""),
        ({**ASKED, "userId": ""}, "userId"),
        ({**ASKED, "user": "bob"}, "user"),
        ({"userId": "alice", "subscriptionExpiring": {"days": "3"}}, "subscriptionExpiring.days"),
        ({"userId": "alice", "notification": {"title": "T"}}, "notification.body"),
        ({"userId": "alice", "notification": {"title": "T", "body": "", "url": "javascript:1"}}, "notification.url"),
        ({"userId": "alice", "notification": {"title": "T", "body": "", "url": "//evil.example"}}, "notification.url"),
        ({"userId": "alice", "notification": {"title": "T", "body": "", "icon": "/" + "ü" * 1000}}, "notification"),
        ({"userId": "alice", "notification": {"title": "T", "body": "", "tag": "😀" * 129}}, "notification.tag"),
    ],
)
def test_what_makes_no_sense_lies_in_the_dead_letters_with_its_reasons(chat: Driver, asked: Any, path: str) -> None:
    assert chat.notify(asked, ASKED) == []
    (dead,) = chat.take("push_dead")
    assert (dead["reason"], dead["event"]) == ("invalid", asked)
    assert [issue["path"] for issue in dead["issues"]] == [path]
    assert len(chat.take("deliveries")) == 1
    chat.call("push", {"id": "e1", "detail-type": "PushNotification", "detail": asked})
    assert [dead["event"]["id"] for dead in chat.take("push_dead")] == ["e1"]


def test_who_invokes_the_function_directly_is_told_what_is_wrong(chat: Driver) -> None:
    with pytest.raises(BadNotification, match="kind: Extra"):
        chat.call("push", {"userId": "alice", "kind": "news"})
    assert chat.take("push_dead") == []


def test_nobody_outside_can_ask_for_one_of_ours(chat: Driver) -> None:
    chat.connect("alice").emit("push:test", {})
    (ours,) = chat.take("push")
    with pytest.raises(BadNotification, match="ours"):
        chat.call("push", ours)


def test_one_that_fails_comes_again_alone(chat: Driver) -> None:
    def down(**_: Any) -> None:
        raise ConnectionError

    chat.renew("push", put_item=down)
    chat.connect("alice")
    assert chat.notify(ASKED, {**ASKED, "userId": "bob"}) == ["m0"]


# Preferences


def test_in_quiet_hours_others_wait_and_answers_are_not_given(chat: Driver) -> None:
    quiet = {"quiet_hours": QuietHours("22:00", "23:00")}  # it is 22:13
    chat.parts.subscriptions.prefer("alice", quiet)
    alice = chat.connect("alice")
    alice.emit("chat:message", HI)
    alice.close()
    chat.answer()
    chat.notify(ASKED)
    hops = 0
    while not (pushed := chat.pushed()):
        chat.clock.advance(900)
        hops += 1
    assert (pushed, hops) == ([("AnswerNotification", "There is some.")], 4)


def test_a_test_goes_to_the_devices_whatever_the_hour(chat: Driver) -> None:
    chat.parts.subscriptions.prefer("alice", {"quiet_hours": QuietHours("22:00", "23:00")})
    chat.connect("alice").emit("push:test", {})
    assert [title for title, _ in chat.pushed()] == ["Test"]


# Plans that end


def test_the_daily_schedule_tells_who_is_due(chat: Driver) -> None:
    now_ms = chat.clock.now_ms()
    chat.parts.accounts.put_user("alice", "pro", now_ms + 3 * DAY_S * 1000)
    for _ in range(2):
        chat.call("push", {"schedule": "expiring"})
    assert chat.pushed() == [("Your plan ends in 3 days", "From then on, the limits of the free plan hold.")]


def test_a_plan_that_ended_is_the_free_one_at_the_next_connect(chat: Driver) -> None:
    chat.parts.accounts.put_user("alice", "pro", chat.clock.now_ms() + 60_000)
    assert len([chat.connect("alice") for _ in range(6)]) == 6
    chat.clock.advance(60)
    with pytest.raises(Exception, match="Too many connections"):
        chat.connect("alice")
