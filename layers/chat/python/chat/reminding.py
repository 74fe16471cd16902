"""Reminders as they come from the queue: in batches, at least once, in any order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from chat.stores.reminders import reminder_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chat.presence import Presence
    from chat.push.notifier import Notifier

logger = logging.getLogger(__name__)


def remember(presence: Presence, notifier: Notifier, records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Handle a batch; the answer names those that must come again, and only those do."""
    failed = [record["messageId"] for record in records if not _remember(presence, notifier, record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _remember(presence: Presence, notifier: Notifier, record: Mapping[str, Any]) -> bool:
    try:
        reminder = reminder_in(record["body"])
        presence.remember(reminder)
        if reminder.absent is not None and reminder.seen_ms < reminder.at_ms:  # else it went by its own word
            notifier.gone(reminder.user_id, reminder.absent, reminder.seen_ms)
    except Exception:
        logger.exception("A reminder failed", extra={"message_id": record["messageId"]})
        return False
    return True
