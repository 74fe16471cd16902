"""`presence.ports.GraceTimers` over a queue: a message that is delayed, and comes at least once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat import batch
from serverless_socketio_chat.presence.model import GraceTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_socketio.aws.queue import SqsQueue
    from serverless_socketio_chat.presence.rules import Presence


@dataclass(frozen=True, slots=True)
class SqsGraceTimers:
    """Grace timers as messages of SQS, which may each be delayed for up to 15 minutes."""

    queue: SqsQueue

    def start(self, timer: GraceTimer, after_s: int) -> None:
        """One call."""
        self.queue.send([(grace_timer_body(timer), after_s)])


def grace_timer_body(timer: GraceTimer) -> dict[str, Any]:
    """A grace timer as the body of a message."""
    return {
        "v": 1,
        "userId": timer.user_id,
        "atMs": timer.at_ms,
        "absent": timer.absent,
        "seenMs": timer.seen_ms,
    }


def grace_timer_in(body: Mapping[str, Any]) -> GraceTimer:
    """`grace_timer_body` undone; also what was written before bodies had a version: ``user``."""
    user_id = body["userId"] if "userId" in body else body["user"]
    return GraceTimer(user_id, body.get("atMs", 0), body.get("absent"), body.get("seenMs", 0))


def on_timers(
    presence: Presence, gone: Callable[[str, str, int], object], records: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Handle a batch; the answer names those that must come again, and only those do.

    `gone` is told of a device that went without a word: its user, its sid, when it was there for certain.
    """

    def act(record: Mapping[str, Any]) -> None:
        timer = grace_timer_in(json.loads(record["body"]))
        presence.on_timer(timer)
        if timer.absent is not None and timer.seen_ms < timer.at_ms:  # else it went by its own word
            gone(timer.user_id, timer.absent, timer.seen_ms)

    return batch.handle(records, act, "A grace timer")
