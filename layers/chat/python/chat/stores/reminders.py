"""`ports.Reminders` over a queue: a message that is delayed, and comes at least once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chat.ports import Reminder

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sqs import SQSClient


class QueueReminders:
    """Reminders as messages of SQS, which may each be delayed for up to 15 minutes."""

    def __init__(self, client: Callable[[], SQSClient], queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def remind(self, reminder: Reminder, after_s: int) -> None:
        """One call."""
        body = {"user": reminder.user_id, "atMs": reminder.at_ms, "absent": reminder.absent}
        self._client().send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(body), DelaySeconds=after_s)


def reminder_in(body: str) -> Reminder:
    """The reminder that a message holds."""
    fields = json.loads(body)
    return Reminder(fields["user"], fields["atMs"], fields["absent"])
