"""Messages through SQS: JSON bodies, as many in a call as it takes; and a `ports.Relay` over two queues.

A client is made when it is first needed, by `aws.app`: the lean one, or boto3's.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from ..codec import jsontext
from ..exceptions import QueueError
from ..model import Batch
from . import client_errors
from .backoff import backoff_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

ENTRIES_MAX = 10  # SendMessageBatch's limit
BYTES_MAX = 256 * 1024  # of all messages in a call; a single one may be no larger either
# Characters that XML does not know, and SQS refuses; others are escaped in any JSON.
REFUSED = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
TRIES, BACKOFF_S = 3, 0.1
AGAIN_S = 2.0  # pause before a batch is tried again, doubled each time


class SqsQueue:
    """Sends messages to a queue."""

    def __init__(
        self, client: Callable[[], SQSClient], url: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._url = url
        self._sleep = sleep

    def send(self, messages: Iterable[tuple[Mapping[str, Any], int]]) -> None:
        """Send bodies, each with its delay in seconds (900 at most). QueueError if any was not taken."""
        for entries in _calls(messages):
            self._send(entries)

    def _send(self, entries: list[SendMessageBatchRequestEntryTypeDef]) -> None:
        """One call, and again with those that were not taken: the others would be there twice."""
        for attempt in range(TRIES):
            try:
                answer = self._client().send_message_batch(QueueUrl=self._url, Entries=entries)
            except (*client_errors.silences(), *client_errors.refusals()) as error:
                raise QueueError(f"SQS did not take messages: {error}") from error
            refused = {failure["Id"] for failure in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in refused]
            if not entries:
                return
            self._sleep(backoff_s(attempt, BACKOFF_S))
        raise QueueError(f"{len(entries)} messages were not taken by the queue")


class SqsRelay:
    """A `ports.Relay`: `queue` calls a function of the server, `dead` waits for an operator."""

    def __init__(self, queue: SqsQueue, dead: SqsQueue) -> None:
        self._queue = queue
        self._dead = dead

    def send(self, batches: Iterable[Batch]) -> None:
        """Hand batches on."""
        self._queue.send((batch_body(batch), 0) for batch in batches)

    def again(self, batch: Batch) -> None:
        """Hand a batch on, to arrive after a pause that grows with its attempts."""
        self._queue.send([(batch_body(batch), math.ceil(backoff_s(batch.attempt - 2, AGAIN_S)))])

    def bury(self, batch: Batch) -> None:
        """Put a batch where an operator finds it."""
        self._dead.send([(batch_body(batch), 0)])

    def disconnect(self, sid: str, namespace: str) -> None:
        """Have a socket disconnected by the server."""
        self._queue.send([(disconnect_body(sid, namespace), 0)])


def batch_body(batch: Batch) -> dict[str, Any]:
    """A batch as the body of a message."""
    return {
        "v": 1,
        "id": batch.id,
        "frames": list(batch.frames),
        "addresses": list(batch.addresses),
        "attempt": batch.attempt,
    }


def batch_in(body: Mapping[str, Any]) -> Batch:
    """`batch_body` undone; before bodies had a version, they were the same without it."""
    return Batch(body["id"], tuple(body["frames"]), tuple(body["addresses"]), body.get("attempt", 1))


def disconnect_body(sid: str, namespace: str) -> dict[str, Any]:
    """The message that asks for the end of a socket."""
    return {"v": 1, "disconnect": sid, "namespace": namespace}


def disconnect_in(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """The sid and the namespace that a message of `disconnect_body` names; None for any other message."""
    return (body["disconnect"], body["namespace"]) if "disconnect" in body else None


def _calls(
    messages: Iterable[tuple[Mapping[str, Any], int]],
) -> Iterator[list[SendMessageBatchRequestEntryTypeDef]]:
    """Messages as the entries of one call after another: as many in each as its limits allow."""
    entries: list[SendMessageBatchRequestEntryTypeDef] = []
    room = BYTES_MAX
    for body, delay_s in messages:
        text = jsontext.dumps(body).translate(REFUSED)
        size = len(text.encode())
        if entries and (len(entries) == ENTRIES_MAX or size > room):
            yield entries
            entries, room = [], BYTES_MAX
        entries.append({"Id": str(len(entries)), "MessageBody": text, "DelaySeconds": delay_s})
        room -= size
    if entries:
        yield entries
