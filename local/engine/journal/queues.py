"""Messages of queues: `["message", ARN of the queue, id of the message, message or None]`.

| what happens                        | record                           | after a kill the message is             |
|-------------------------------------|----------------------------------|-----------------------------------------|
| sent                                | as sent: `visible_at` is a time  | there, visible when it would have been  |
| received by a client                | with receipt, count, `visible_at`| hidden as long, and can be deleted      |
| received by the engine for function | the same, and `polled`           | visible at once: the function is gone   |
| its visibility changed              | with `visible_at`                | hidden as long                          |
| deleted, purged, expired            | `None`                           | gone                                    |
| moved to a dead-letter queue        | `None` here, as it is there      | there                                   |
"""

import time
from typing import Any

from local.engine import borrowed
from local.engine.borrowed import AnyCallable, Record
from local.engine.journal.segments import Change, Journal

KIND = "message"
POLLED = "polled"
DEDUPLICATED_S = 300  # of a FIFO queue: "the 5-minute deduplication interval"


def install(journal: Journal) -> None:
    """Take note of every message that comes, goes, is hidden or shown."""
    notes = _Notes(journal)
    borrowed.wrap_message_counts(notes.of_counts, notes.as_one)
    borrowed.wrap_purge(notes.of_purge)
    borrowed.wrap_receives(notes.of_receipt, notes.of_poll, notes.of_visibility)


class _Notes:
    """Wrappers for the engine's functions, each noting what the function has done."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def of_counts(self, function: AnyCallable) -> AnyCallable:
        def noting(*arguments: Any, **more: Any) -> Any:
            with self._journal as changes:
                before = _contents()
                try:
                    return function(*arguments, **more)
                finally:
                    changes += _differences(before)

        return noting

    def as_one(self, request: AnyCallable) -> AnyCallable:
        def noting(*arguments: Any) -> Any:
            with self._journal:
                return request(*arguments)

        return noting

    def of_purge(self, purge: AnyCallable) -> AnyCallable:
        def noting(data: Record, url: str) -> Any:
            with self._journal as changes:
                queue = borrowed.queue_at(data.get("QueueUrl", url))
                gone = list(queue["messages"])
                result = purge(data, url)
                changes += [_change(queue, message, gone=True) for message in gone]
            return result

        return noting

    def of_receipt(self, receive: AnyCallable) -> AnyCallable:
        def noting(queue: Record, *arguments: Any) -> list[Record]:
            with self._journal as changes:
                received: list[Record] = receive(queue, *arguments)
                for message in received:
                    message.pop(POLLED, None)
                changes += [_change(queue, message) for message in received]
            return received

        return noting

    def of_poll(self, poll: AnyCallable) -> AnyCallable:
        def noting(url: str, *arguments: Any) -> list[Record]:
            if not borrowed.queue_at(url)["messages"]:
                return []  # as nearly always, and many times a second: not worth a look at every queue
            with self._journal:
                polled: list[Record] = poll(url, *arguments)
                for message in polled:
                    message[POLLED] = True  # `of_receipt` has noted it; it is written when this block ends
            return polled

        return noting

    def of_visibility(self, change: AnyCallable) -> AnyCallable:
        def noting(data: Record, url: str) -> Any:
            with self._journal as changes:
                result = change(data, url)
                changes += _shown_or_hidden(data, url)
            return result

        return noting


class Queues:
    """Applies changes to the queues that there are."""

    def __init__(self) -> None:
        self._queues = {_identity(queue): queue for queue in borrowed.queues()}
        self._messages = {
            arn: {message["id"]: message for message in queue["messages"]} for arn, queue in self._queues.items()
        }

    def apply(self, change: Change) -> None:
        """Apply one. What belongs to a queue that was deleted since is left out."""
        _, arn, message_id, message = change
        if arn not in self._queues:
            return
        if message is None:
            self._messages[arn].pop(message_id, None)
        else:
            self._messages[arn][message_id] = message
            _remember_sent(self._queues[arn], message)

    def finish(self) -> None:
        """Put the messages into their queues; what functions had when the engine ended is theirs again at once."""
        now = time.time()
        for arn, queue in self._queues.items():
            queue["messages"] = list(self._messages[arn].values())
            for message in queue["messages"]:
                if message.pop(POLLED, None):
                    message["visible_at"] = min(message["visible_at"], now)


Contents = dict[str, tuple[list[Record], int]]
"""By ARN, the list of messages and how many were in it. A removal makes another list, a message that comes does not."""


def _contents() -> Contents:
    return {_identity(queue): (queue["messages"], len(queue["messages"])) for queue in borrowed.queues()}


def _differences(before: Contents) -> list[Change]:
    changes: list[Change] = []
    for queue in borrowed.queues():
        old, count = before.get(_identity(queue), ([], 0))
        new = queue["messages"]
        if new is old:
            changes += [_change(queue, message) for message in new[count:]]
        elif len(new) != count:
            kept = set(map(id, new))
            changes += [_change(queue, message, gone=True) for message in old if id(message) not in kept]
    return changes


def _shown_or_hidden(data: Record, url: str) -> list[Change]:
    handles = {entry.get("ReceiptHandle") for entry in [data, *data.get("Entries", [])]} - {None}
    queue = borrowed.queue_at(data.get("QueueUrl", url))
    found = [message for message in queue["messages"] if message["receipt_handle"] in handles]
    for message in found:
        message.pop(POLLED, None)
    return [_change(queue, message) for message in found]


def _change(queue: Record, message: Record, *, gone: bool = False) -> Change:
    return [KIND, _identity(queue), message["id"], None if gone else message]


def _identity(queue: Record) -> str:
    arn: str = queue["attributes"]["QueueArn"]
    return arn


def _remember_sent(queue: Record, message: Record) -> None:
    """Go on with the numbers of a FIFO queue, and with what it takes for sent already."""
    if not message.get("seq"):
        return
    queue["fifo_seq"] = max(queue["fifo_seq"], int(message["seq"]))
    if key := message.get("dedup_cache_key"):
        sent = {"id": message["id"], "md5": message["md5_body"], "md5a": message["md5_attrs"], "seq": message["seq"]}
        queue["dedup_cache"][key] = {"expire": message["sent_at"] + DEDUPLICATED_S, **sent}
