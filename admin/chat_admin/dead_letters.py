"""What could not be pushed: the messages of the queue `pushDead`, as an operator sees them, and the way back.

A letter is ``{"reason", "message", …}`` where our functions gave up, and a bare body where SQS, Lambda or EventBridge
moved it because a function failed too often.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from serverless_socketio.aws.queue import SqsQueue
from serverless_socketio_chat.push.queue import SqsDeliveries, push_in

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from serverless_socketio.ports import Clock

UNHANDLED = "unhandled"  # the reason of a bare body
HELD_S = 900  # how long nobody else sees what one command has taken
WAIT_S = 1  # long polling: an empty answer means an empty queue
BATCH = 10  # of SQS: messages in a call


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `queue`: where it may go again, as `body`; None: nowhere, it would be as bad again."""

    handle: str
    reason: str
    body: Mapping[str, Any]
    queue: Literal["push", "deliveries"] | None
    status: int | None = None
    at_ms: int | None = None

    @property
    def user_id(self) -> str | None:
        """Whose it is."""
        return self.body.get("userId") or self.body.get("user_id")

    @property
    def notification_id(self) -> str | None:
        """What it was about."""
        inner = self.body.get("ours") or self.body.get("notification") or {}
        return inner.get("id") or self.body.get("id")


class DeadLetters:
    """The dead letters of one deployment. `urls`: of the queues `push`, `deliveries` and `pushDead`."""

    def __init__(self, client: "SQSClient", urls: Mapping[str, str], clock: "Clock") -> None:
        self._client = client
        self._url = urls["pushDead"]
        self._push = SqsQueue(lambda: client, urls["push"])
        deliveries = SqsQueue(lambda: client, urls["deliveries"])
        self._deliveries = SqsDeliveries(deliveries, SqsQueue(lambda: client, self._url), clock)
        self._clock = clock

    def look(self) -> list[Letter]:
        """Return all letters; they stay where they are."""
        letters = list(self._take())
        self._let_go(letters)
        return letters

    def retry(self, reason: str | None) -> tuple[list[Letter], list[Letter]]:
        """Put letters back, of one reason or of any, as if they were new; return those, and those that stay.

        What fails again meanwhile is not taken twice: all are taken before the first is put back.
        """
        chosen: list[Letter] = []
        left: list[Letter] = []
        for letter in list(self._take()):
            is_wanted = letter.queue is not None and reason in {None, letter.reason}
            (chosen if is_wanted else left).append(letter)
        for some in _batches(chosen):
            self._put_back(some)
            entries = [{"Id": str(number), "ReceiptHandle": each.handle} for number, each in enumerate(some)]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
        self._let_go(left)
        return chosen, left

    def _put_back(self, letters: Sequence[Letter]) -> None:
        now_ms = self._clock.now_ms()
        self._push.send((letter.body, 0) for letter in letters if letter.queue == "push")
        pushes = [push_in(letter.body) for letter in letters if letter.queue == "deliveries"]
        self._deliveries.send([replace(push, attempt=1, first_ms=now_ms) for push in pushes])

    def _take(self) -> Iterator[Letter]:
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=BATCH, VisibilityTimeout=HELD_S, WaitTimeSeconds=WAIT_S
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                yield letter_of(message["ReceiptHandle"], message["Body"])

    def _let_go(self, letters: Iterable[Letter]) -> None:
        for some in _batches(letters):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.handle, "VisibilityTimeout": 0}
                for number, each in enumerate(some)
            ]
            self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]


def letter_of(handle: str, text: str) -> Letter:
    """Return what a message of the queue says."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return Letter(handle, UNHANDLED, {}, None)
    if "reason" not in found:
        body = _unwrapped(found)
        return Letter(handle, UNHANDLED, body, _home(body))
    body = found.get("message") or {}
    return Letter(handle, found["reason"], body, _home(body), found.get("status"), found.get("at"))


def _unwrapped(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was asked for, out of Lambda's envelope of a failed invocation and EventBridge's of an event."""
    body = body.get("requestPayload") or body
    if "detail-type" not in body:
        return body
    detail = body.get("detail")
    return {"id": body.get("id"), **detail} if isinstance(detail, dict) else {}


def _home(body: Mapping[str, Any]) -> Literal["push", "deliveries"] | None:
    """Return the queue of a body: a notification for a user, or a push to a device."""
    if body.keys() & {"subscriptionId", "subscription_id"}:  # the latter before bodies had a version
        return "deliveries"
    return "push" if "userId" in body else None


def _batches(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    rest = iter(letters)
    while some := list(islice(rest, BATCH)):
        yield some
