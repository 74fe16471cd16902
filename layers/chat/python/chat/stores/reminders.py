"""`ports.Reminders` over a queue: a message that is delayed, and comes at least once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chat.ports import Reminder

if TYPE_CHECKING:
    from serverless_socketio.adaptors.queue import SqsQueue


class QueueReminders:
    """Reminders as messages of SQS, which may each be delayed for up to 15 minutes."""

    def __init__(self, queue: SqsQueue) -> None:
        self._queue = queue

    def remind(self, reminder: Reminder, after_s: int) -> None:
        """One call."""
        fields = {"user": reminder.user_id, "atMs": reminder.at_ms}
        self._queue.send([({**fields, "absent": reminder.absent, "seenMs": reminder.seen_ms}, after_s)])


def reminder_in(body: str) -> Reminder:
    """The reminder that a message holds."""
    fields = json.loads(body)
    return Reminder(fields["user"], fields["atMs"], fields["absent"], fields.get("seenMs", 0))
