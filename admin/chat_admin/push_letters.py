"""What could not be pushed: the messages of the queue `pushDead`.

A letter is ``{"reason", "message", …}`` where our functions gave up, and a bare body where SQS, Lambda or EventBridge
moved it because a function failed too often.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chat_admin.dead_letters import UNHANDLED, DeadLetters, Letter, parsed
from serverless_socketio.aws.queue import SqsQueue
from serverless_socketio_chat.push.queue import SqsDeliveries, push_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_sqs import SQSClient

    from serverless_socketio.ports import Clock


def push_letters(client: SQSClient, urls: Mapping[str, str], clock: Clock) -> DeadLetters:
    """Return the dead letters of web push. `urls`: of the queues `push`, `deliveries` and `pushDead`."""
    push, deliveries, dead = (SqsQueue(lambda: client, urls[name]) for name in ("push", "deliveries", "pushDead"))
    devices = SqsDeliveries(deliveries, dead, clock)

    def put_back(letters: Sequence[Letter]) -> None:
        now_ms = clock.now_ms()
        push.send((letter.body, 0) for letter in letters if letter.queue == "push")
        pushes = [push_in(letter.body) for letter in letters if letter.queue == "deliveries"]
        devices.send([replace(each, attempt=1, first_ms=now_ms) for each in pushes])

    return DeadLetters(client, urls["pushDead"], read=letter_of, put_back=put_back, fields=fields)


def letter_of(handle: str, text: str) -> Letter:
    """Return what a message of the queue says."""
    found = parsed(text)
    if "reason" not in found:
        body = _unwrapped(found)
        return Letter(handle, UNHANDLED, body, _home(body))
    body = found.get("message") or {}
    return Letter(handle, found["reason"], body, _home(body), found.get("status"), found.get("at"))


def fields(letter: Letter) -> dict[str, Any]:
    """Return what an operator may see: whose it is and what it was about, not what it says."""
    body = letter.body
    inner = body.get("ours") or body.get("notification") or {}
    return {
        "diedAt": letter.at_ms,
        "status": letter.status,
        "userId": body.get("userId") or body.get("user_id"),
        "notificationId": inner.get("id") or body.get("id"),
        "queue": letter.queue,
    }


def _unwrapped(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was asked for, out of Lambda's record of a failed invocation and EventBridge's of an event."""
    asked = body.get("requestPayload") or body
    if "schedule" in asked:
        return {"requestPayload": asked}  # only so does the queue take it
    if "detail-type" not in asked:
        return asked
    detail = asked.get("detail")
    return {"id": asked.get("id"), **detail} if isinstance(detail, dict) else {}


def _home(body: Mapping[str, Any]) -> str | None:
    """Return the queue of a body: a push to a device, or a notification for a user and what else Push is called for."""
    if body.keys() & {"subscriptionId", "subscription_id"}:  # the latter before bodies had a version
        return "deliveries"
    return "push" if body.keys() & {"userId", "requestPayload"} else None
