"""What browsers are sent: its shape for classic and for declarative readers, its size, its headers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.notifications import wording
from serverless_socketio_chat.push import payloads
from serverless_socketio_chat.push import push_message as payload
from serverless_socketio_chat.push.model import Action, Notification, Subscription
from serverless_socketio_chat.push.push_message import PAYLOAD_MAX
from tests.push_service import TOPIC

ANSWER = wording.answer("r1", "Echo & Co", "Hello there", agent_id="echo", now_ms=1_700_000_000_000)
CUSTOM = Notification("n1", "Hello!", "A push.", 1_700_000_000_000)
PHONE = Subscription("s1", "alice", "https://fcm.googleapis.com/fcm/send/abc", "BPub", "auth")


def read(notification: Notification) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(payload.payload(notification))
    return decoded


def test_an_answer_is_a_notification_and_the_declarative_form_of_it() -> None:
    assert read(ANSWER) == {
        "title": "Echo & Co",
        "body": "Hello there",
        "icon": "/icons/icon-192.png",
        "badge": "/icons/badge-96.png",
        "url": "/?agent=echo",
        "tag": "chat:echo",
        "actions": [{"action": "open", "title": "Open"}],
        "timestamp": 1_700_000_000_000,
        "web_push": 8030,
        "notification": {
            "title": "Echo & Co",
            "body": "Hello there",
            "icon": "/icons/icon-192.png",
            "badge": "/icons/badge-96.png",
            "tag": "chat:echo",
            "timestamp": 1_700_000_000_000,
            "navigate": "/?agent=echo",
            "actions": [{"action": "open", "title": "Open", "navigate": "/?agent=echo"}],
        },
    }


def test_declarative_links_are_those_of_the_page_that_subscribed() -> None:
    pay = Action("pay", "Pay", "https://shop.example/pay")
    asked = replace(CUSTOM, url="/orders/7", actions=(Action("open", "Open"), pay))
    subscription = replace(PHONE, origin="https://chat.example")
    decoded = json.loads(payload.message(subscription, asked).payload)
    assert decoded["url"] == "/orders/7"
    assert decoded["notification"]["navigate"] == "https://chat.example/orders/7"
    assert [action["navigate"] for action in decoded["notification"]["actions"]] == [
        "https://chat.example/orders/7",
        "https://shop.example/pay",
    ]


def test_a_plain_notification_has_only_what_it_was_given_and_leads_home() -> None:
    assert read(CUSTOM) == {
        "title": "Hello!",
        "body": "A push.",
        "timestamp": 1_700_000_000_000,
        "web_push": 8030,
        "notification": {"title": "Hello!", "body": "A push.", "timestamp": 1_700_000_000_000, "navigate": "/"},
    }


def test_an_action_leads_where_it_says() -> None:
    actions = (Action("pay", "Pay", "https://shop.example.com/pay"), Action("later", "Later"))
    declared = read(replace(CUSTOM, url="/orders", actions=actions))["notification"]
    assert [action["navigate"] for action in declared["actions"]] == ["https://shop.example.com/pay", "/orders"]


def test_what_a_push_says_beside_is_what_devices_in_the_foreground_are_told() -> None:
    told = payloads.notification(ANSWER)
    assert {name: read(ANSWER)[name] for name in told} == told


@given(st.text(st.characters() | st.sampled_from('"\\\n\u0000😀日\ud800'), min_size=1), st.integers(1, 4000))
def test_whatever_an_answer_says_its_beginning_fits(words: str, times: int) -> None:
    body = (words * times)[:24_000]
    encoded = payload.payload(replace(ANSWER, body=body))
    assert len(encoded) <= PAYLOAD_MAX
    shown = json.loads(encoded)["body"]
    if len(payload.payload(replace(ANSWER, body=""))) + 2 * len(json.dumps(body)) <= PAYLOAD_MAX:
        assert shown == body
    assert shown == json.loads(encoded)["notification"]["body"]
    assert body.startswith(shown.removesuffix("…").rstrip())


@pytest.mark.parametrize("character", ["a", "é", "日", "😀", '"', "\n"])
def test_no_more_is_cut_off_than_has_to_be(character: str) -> None:
    encoded = payload.payload(replace(ANSWER, body=character * 4000))
    room = PAYLOAD_MAX - len(encoded)
    one_more = 2 * len(json.dumps(character, ensure_ascii=False)[1:-1].encode())
    assert 0 <= room < one_more or character == "\n"  # white space before an ellipsis is taken off


def test_what_does_not_fit_without_its_body_is_refused() -> None:
    assert len(payload.payload(replace(CUSTOM, title="t" * 1900))) <= PAYLOAD_MAX
    with pytest.raises(ValueError, match="fit"):
        payload.payload(replace(CUSTOM, title="t" * 2000))


@pytest.mark.parametrize(
    ("kind", "ttl_s", "urgency"),
    [("answer", 86_400, "high"), ("custom", 86_400, "normal"), ("expiring", 86_400, "low"), ("test", 300, "high")],
)
def test_how_long_it_is_kept_and_how_urgent_it_is_depends_on_its_kind(kind: Any, ttl_s: int, urgency: str) -> None:
    message = payload.message(PHONE, replace(CUSTOM, kind=kind))
    assert (message.ttl_s, message.urgency) == (ttl_s, urgency)
    assert (message.endpoint, message.p256dh, message.auth) == (PHONE.endpoint, PHONE.p256dh, PHONE.auth)


def test_an_answers_topic_is_its_chat() -> None:
    topics = {
        payload.topic(user, replace(ANSWER, agent_id=agent))
        for user, agent in [("alice", "echo"), ("alice", "companion"), ("bob", "echo")]
    }
    assert len(topics) == 3
    assert all(topic is not None and TOPIC.fullmatch(topic) and len(topic) == 32 for topic in topics)
    assert payload.topic("alice", ANSWER) == payload.topic("alice", replace(ANSWER, id="r2", body="Newer"))


@pytest.mark.parametrize("notification", [CUSTOM, replace(ANSWER, agent_id=None), replace(CUSTOM, agent_id="echo")])
def test_others_replace_nothing(notification: Notification) -> None:
    assert payload.topic("alice", notification) is None
