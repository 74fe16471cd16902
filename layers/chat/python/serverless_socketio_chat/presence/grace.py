"""Reminders as they come from the queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat import batch
from serverless_socketio_chat.presence.queue import reminder_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_socketio_chat.presence.rules import Presence


def remember(
    presence: Presence, gone: Callable[[str, str, int], object], records: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Handle a batch; the answer names those that must come again, and only those do.

    `gone` is told of a device that went without a word: its user, its sid, when it was there for certain.
    """

    def act(record: Mapping[str, Any]) -> None:
        reminder = reminder_in(json.loads(record["body"]))
        presence.remember(reminder)
        if reminder.absent is not None and reminder.seen_ms < reminder.at_ms:  # else it went by its own word
            gone(reminder.user_id, reminder.absent, reminder.seen_ms)

    return batch.handle(records, act, "A reminder")
