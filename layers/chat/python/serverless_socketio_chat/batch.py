"""Messages of a queue as Lambda hands them over: in batches, at least once, in any order; each fails by itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

logger = logging.getLogger(__name__)


def handle(
    records: Iterable[Mapping[str, Any]], act: Callable[[Mapping[str, Any]], object], what: str
) -> dict[str, Any]:
    """Handle a batch; the answer names those that must come again, and only those do. `what`: one, for the log."""
    return answer(record["messageId"] for record in records if not _is_done(record, act, what))


def answer(failed: Iterable[str]) -> dict[str, Any]:
    """The answer to Lambda: ids of the messages that must come again (``ReportBatchItemFailures``)."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(record: Mapping[str, Any], act: Callable[[Mapping[str, Any]], object], what: str) -> bool:
    try:
        act(record)
    except Exception:
        logger.exception("%s failed", what, extra={"message_id": record["messageId"]})
        return False
    return True
