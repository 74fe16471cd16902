"""`presence.ports.Reminders` over a queue: a message that is delayed, and comes at least once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.presence.model import Reminder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio.aws.queue import SqsQueue


class QueueReminders:
    """Reminders as messages of SQS, which may each be delayed for up to 15 minutes."""

    def __init__(self, queue: SqsQueue) -> None:
        self._queue = queue

    def remind(self, reminder: Reminder, after_s: int) -> None:
        """One call."""
        self._queue.send([(reminder_body(reminder), after_s)])


def reminder_body(reminder: Reminder) -> dict[str, Any]:
    """A reminder as the body of a message."""
    return {
        "v": 1,
        "userId": reminder.user_id,
        "atMs": reminder.at_ms,
        "absent": reminder.absent,
        "seenMs": reminder.seen_ms,
    }


def reminder_in(body: Mapping[str, Any]) -> Reminder:
    """`reminder_body` undone; also what was written before bodies had a version: ``user``."""
    user_id = body["userId"] if "userId" in body else body["user"]
    return Reminder(user_id, body.get("atMs", 0), body.get("absent"), body.get("seenMs", 0))
