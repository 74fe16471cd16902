"""Notifications through SQS: what goes in comes out, at the time that was asked for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from serverless_socketio.aws.queue import SqsQueue
from serverless_socketio_chat.notifications.queue import Ours, SqsPushQueue, ours_in
from serverless_socketio_chat.push.model import Action, Notification
from tests.fakes import FakeClock, Queues

FULL = Notification(
    "id",
    "Écho 😀",
    "a\ud83d\ude00b".encode("utf-16", "surrogatepass").decode("utf-16"),
    1_700_000_000_000,
    icon="/icon.png",
    badge="/badge.png",
    url="/?agent=echo",
    tag="chat:echo",
    actions=(Action("open", "Open"), Action("later", "Later", "/later")),
    kind="answer",
    agent_id="echo",
)


@pytest.mark.parametrize("notification", [FULL, Notification("id", "title", "body", 1)], ids=["full", "least"])
@pytest.mark.parametrize("decided", [True, False])
def test_a_notification_comes_as_it_was_sent(notification: Notification, decided: bool) -> None:
    clock = FakeClock()
    queues = Queues(clock)
    queues.create_queue(QueueName="push")
    queue = SqsPushQueue(SqsQueue(lambda: cast("Any", queues), "push"))
    queue.notify("alice", notification, decided=decided, after_s=900)
    assert queues.take("push") == []
    clock.advance(900)
    (body,) = queues.take("push")
    assert ours_in(body) == Ours("alice", notification, decided)


def test_what_others_put_there_is_not_ours() -> None:
    assert ours_in({"userId": "alice", "notification": {"title": "t", "body": "b"}}) is None
