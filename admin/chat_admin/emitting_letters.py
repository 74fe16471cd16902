"""What could not be emitted: the messages of the queue `emittingDead`.

| letter | reason | again |
|---|---|---|
| ``{"issues", "event"}``: a detail that was refused | `invalid` | no: it would be as bad |
| ``{"frames", "addresses", …}``: a batch of a large room | `unhandled` | yes |
| ``{"disconnect", …}``: a socket that is to be disconnected | `unhandled` | yes |
| Lambda's record of a failed call, EventBridge's event | `unhandled` | yes |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_admin.dead_letters import INVALID, UNHANDLED, DeadLetters, Letter, parsed
from serverless_socketio.aws.queue import SqsQueue, disconnect_in
from serverless_socketio_chat.failed_calls import failed_call_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_sqs import SQSClient


def emitting_letters(client: SQSClient, urls: Mapping[str, str]) -> DeadLetters:
    """Return the dead letters of events. `urls`: of the queues `batches` and `emittingDead`."""
    batches = SqsQueue(lambda: client, urls["batches"])

    def put_back(letters: Sequence[Letter]) -> None:
        batches.send((letter.body, 0) for letter in letters)

    return DeadLetters(client, urls["emittingDead"], read=letter_of, put_back=put_back, fields=fields)


def letter_of(handle: str, text: str) -> Letter:
    """Return what a message of the queue says."""
    found = parsed(text)
    if "issues" in found:
        return Letter(handle, INVALID, found, None)
    if "frames" in found or disconnect_in(found):
        return Letter(handle, UNHANDLED, found, "batches")  # with its attempt, by which posts are told from repeats
    return Letter(handle, UNHANDLED, found, "batches" if failed_call_in(found) else None)


def fields(letter: Letter) -> dict[str, Any]:
    """Return what an operator may see: which event, from whom, not what it says."""
    failed = failed_call_in(letter.body)
    event = failed.event if failed else letter.body.get("event", {})
    detail = event.get("detail")
    return {
        "eventId": event.get("id") or letter.body.get("id"),
        "source": event.get("source"),
        "event": detail.get("event") if isinstance(detail, dict) else None,
        "sockets": len(letter.body.get("addresses", [])) or None,
        "queue": letter.queue,
    }
