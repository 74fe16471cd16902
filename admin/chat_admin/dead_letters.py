"""What was given up, as an operator sees it, and the way back: a queue of dead letters, whatever they are about.

`push_letters` and `emitting_letters` know what a letter of their queue says and where it may go again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_sqs import SQSClient

UNHANDLED = "unhandled"  # the reason of what AWS moved there because a function failed too often
INVALID = "invalid"  # the reason of what makes no sense
HELD_S = 900  # how long no other command sees what one has taken
WAIT_S = 1  # long polling: an empty answer means an empty queue
BATCH = 10  # of SQS: messages in a call


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `queue`: where it may go again, as `body`; None: nowhere, it would be as bad again."""

    handle: str
    reason: str
    body: Mapping[str, Any]
    queue: str | None
    status: int | None = None
    at_ms: int | None = None


class DeadLetters:
    """The dead letters of one queue.

    Args:
        client: Of SQS.
        url: Of the queue.
        read: What a message of it says, from its receipt handle and its body.
        put_back: Sends letters that have a queue where they came from, as if they were new.
        fields: What an operator may see of a letter.
    """

    def __init__(
        self,
        client: SQSClient,
        url: str,
        *,
        read: Callable[[str, str], Letter],
        put_back: Callable[[Sequence[Letter]], None],
        fields: Callable[[Letter], Mapping[str, Any]],
    ) -> None:
        self._client = client
        self._url = url
        self._read = read
        self._put_back = put_back
        self.fields = fields

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

    def _take(self) -> Iterator[Letter]:
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=BATCH, VisibilityTimeout=HELD_S, WaitTimeSeconds=WAIT_S
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                yield self._read(message["ReceiptHandle"], message["Body"])

    def _let_go(self, letters: Iterable[Letter]) -> None:
        for some in _batches(letters):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.handle, "VisibilityTimeout": 0}
                for number, each in enumerate(some)
            ]
            self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]


def parsed(text: str) -> dict[str, Any]:
    """Return what a message holds; nothing if it is not a JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _batches(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    rest = iter(letters)
    while some := list(islice(rest, BATCH)):
        yield some
