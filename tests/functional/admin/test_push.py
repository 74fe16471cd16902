"""`chat-admin push`: what could not be pushed is counted, listed, and put back."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from chat_admin.push_letters import fields, letter_of
from serverless_socketio_chat.push.model import Action, Notification, Push
from serverless_socketio_chat.push.queue import SqsDeliveries, push_in
from tests.functional.admin.queues import Queues

if TYPE_CHECKING:
    from tests.drivers import ChatDriver
    from tests.functional.admin.shell import Shell

NEWS = Notification("n1", "AnswerNotification", "There is some.", 1_700_000_000_000, actions=(Action("open", "Open"),))
PUSH = Push("alice", "sub1", NEWS, first_ms=1_700_000_000_000, attempt=5)
ASKED = {"userId": "bob", "id": "n2", "notification": {"title": "T", "body": "b"}}
BAD = {"reason": "invalid", "issues": [], "event": {"userId": 5}}


class PushQueues(Queues):
    """The queues of web push."""

    def bury(self, *pushes: Push, reason: str, status: int | None = None) -> None:
        deliveries = SqsDeliveries(self.queue("deliveries"), self.queue("pushDead"), self.clock)
        for push in pushes:
            deliveries.bury(push, reason, status=status)


@pytest.fixture
def queues(chat: ChatDriver, shell: Shell) -> PushQueues:
    return PushQueues(chat, shell, "push", "deliveries", dead="pushDead")


def test_dead_letters_are_counted_by_reason_and_stay(shell: Shell, queues: PushQueues) -> None:
    queues.bury(*[replace(PUSH, subscription_id=f"sub{number}") for number in range(12)], reason="too late", status=503)
    died_ms = queues.clock.now_ms()
    queues.die(BAD, ASKED)
    for _ in range(2):
        assert shell.json("push", "dead") == [
            {"reason": "invalid", "count": 1, "retriable": 0, "oldestAt": None},
            {"reason": "too late", "count": 12, "retriable": 12, "oldestAt": died_ms},
            {"reason": "unhandled", "count": 1, "retriable": 1, "oldestAt": None},
        ]
    (unhandled,) = shell.json("push", "dead", "--reason", "unhandled")
    assert (unhandled["userId"], unhandled["notificationId"], unhandled["queue"]) == ("bob", "n2", "push")
    listed = shell.json("push", "dead", "--reason", "too late")
    assert {(one["userId"], one["notificationId"], one["status"]) for one in listed} == {("alice", "n1", 503)}
    assert "too late" in shell.said("push", "dead")


def test_they_are_put_back_as_if_they_were_new_and_what_makes_no_sense_stays(shell: Shell, queues: PushQueues) -> None:
    ours = {"userId": "alice", "ours": {"id": "n3"}, "decided": True}
    queues.bury(*[replace(PUSH, subscription_id=f"sub{number}") for number in range(12)], reason="too late")
    queues.die(BAD, ASKED, ours, asdict(replace(PUSH, subscription_id="sub12")))
    assert shell.json("push", "retry") == {"putBack": 15, "left": {"invalid": 1}}
    pushes = [push_in(body) for body in queues.taken("deliveries")]
    assert {push.subscription_id for push in pushes} == {f"sub{number}" for number in range(13)}
    assert {(push.attempt, push.notification) for push in pushes} == {(1, NEWS)}
    assert all(push.first_ms > PUSH.first_ms for push in pushes)
    assert sorted(queues.taken("push"), key=str) == [ours, ASKED]
    assert queues.taken("pushDead") == [BAD]


def test_one_reason_can_be_put_back_alone(shell: Shell, queues: PushQueues) -> None:
    queues.bury(PUSH, reason="too late")
    queues.bury(PUSH, reason="refused", status=403)
    said = shell.said("push", "retry", "--reason", "refused")
    assert said == "Put back: 1. Left: 1 (1 too late).\n"
    assert [one["reason"] for one in shell.json("push", "dead")] == ["too late"]


def test_an_empty_queue_and_a_deployment_without_one_say_so(shell: Shell, queues: PushQueues) -> None:
    assert shell.json("push", "dead") == []
    assert shell.run("push", "dead")[2] == "No dead letters.\n"
    assert shell.said("push", "retry") == "Put back: 0. Left: 0.\n"
    outputs = json.loads(shell.outputs.read_text())
    del outputs["Chat"]["QueuePushDead"]
    shell.outputs.write_text(json.dumps(outputs))
    assert "no web push" in shell.refused("push", "dead")


@pytest.mark.parametrize(
    ("text", "queue", "notification_id"),
    [
        ("nonsense", None, None),
        ("[]", None, None),
        ('{"schedule": "expiring"}', "push", None),
        (json.dumps({"id": "e1", "detail-type": "PushNotification", "detail": {"userId": "bob"}}), "push", "e1"),
        (json.dumps({"id": "e1", "detail-type": "PushNotification", "detail": 5}), None, None),
        (json.dumps({"requestPayload": {"userId": "bob", "id": "n5"}, "requestContext": {}}), "push", "n5"),
        (json.dumps({"userId": "alice", "ours": {"id": "n6"}, "decided": False}), "push", "n6"),
    ],
)
def test_what_aws_moved_there_is_understood_in_its_envelopes(
    text: str, queue: str | None, notification_id: str | None
) -> None:
    letter = letter_of("handle", text)
    told = fields(letter)["notificationId"]
    assert (letter.reason, letter.queue, told) == ("unhandled", queue, notification_id)
