"""A user is notified from any Python process: what it calls, what lies in the queue, and what that does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from serverless_socketio_chat.notifications import (
    BadNotification,
    api,
    notify_agent_message,
    notify_subscription_expiring,
    send_push_notification,
)
from serverless_socketio_chat.push.model import Subscription
from tests.tables import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.drivers import ChatDriver

NEWS = {"title": "AnswerNotification", "body": "There is some."}


@pytest.fixture
def queue(chat: ChatDriver, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    api._client.cache_clear()
    url: str = chat.queue.create_queue(QueueName=f"push-{uuid4()}")["QueueUrl"]
    yield url
    api._client.cache_clear()


def taken(chat: ChatDriver, queue: str) -> list[Any]:
    found = chat.queue.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        chat.queue.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


def test_each_call_is_one_message_that_the_function_understands(
    chat: ChatDriver, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.function(chat.settings).subscriptions.put(Subscription("sub1", "alice", "https://x.example", "p", "a"))
    monkeypatch.setenv("PUSH_QUEUE_URL", queue)
    ids = [
        send_push_notification("alice", NEWS),
        notify_agent_message("alice", "Echo", "hi", "echo"),
        notify_agent_message("alice", "Echo", "hi", id="mine"),
        notify_subscription_expiring("alice", 1, queue=queue),
    ]
    bodies = taken(chat, queue)
    assert {body["id"]: {*body} for body in bodies} == {
        ids[0]: {"userId", "id", "notification"},
        ids[1]: {"userId", "id", "agentMessage"},
        "mine": {"userId", "id", "agentMessage"},
        ids[3]: {"userId", "id", "subscriptionExpiring"},
    }
    records = [{"messageId": body["id"], "body": json.dumps(body)} for body in bodies]
    assert chat.call("push", {"Records": records}) == {"batchItemFailures": []}
    pushes = taken(chat, chat.settings.deliveries_queue_url)
    assert {push["notification"]["id"] for push in pushes} == {*ids}


@pytest.mark.parametrize(
    ("user_id", "notification", "what"),
    [
        ("alice", {"title": "AnswerNotification"}, "notification.body"),
        ("", NEWS, "userId"),
        ("alice", {**NEWS, "colour": "red"}, "notification.colour"),
        ("alice", {**NEWS, "body": "\ud800"}, "notification.body"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_anything_is_sent(
    chat: ChatDriver, queue: str, user_id: str, notification: dict[str, Any], what: str
) -> None:
    with pytest.raises(BadNotification, match=what):
        send_push_notification(user_id, notification, queue=queue)
    with pytest.raises(ValueError, match="days"):
        notify_subscription_expiring("alice", -1, queue=queue)
    assert taken(chat, queue) == []


def test_without_a_queue_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUSH_QUEUE_URL", raising=False)
    with pytest.raises(ValueError, match="PUSH_QUEUE_URL"):
        send_push_notification("alice", NEWS)
