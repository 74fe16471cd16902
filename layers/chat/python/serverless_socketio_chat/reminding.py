"""Reminders as they come from the queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat import batch
from serverless_socketio_chat.stores.reminders import reminder_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_socketio_chat.presence import Presence
    from serverless_socketio_chat.push.notifier import Notifier


def remember(presence: Presence, notifier: Notifier, records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Handle a batch; the answer names those that must come again, and only those do."""

    def act(record: Mapping[str, Any]) -> None:
        reminder = reminder_in(json.loads(record["body"]))
        presence.remember(reminder)
        if reminder.absent is not None and reminder.seen_ms < reminder.at_ms:  # else it went by its own word
            notifier.gone(reminder.user_id, reminder.absent, reminder.seen_ms)

    return batch.handle(records, act, "A reminder")
