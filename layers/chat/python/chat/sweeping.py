"""The chat's part of a tick: answers whose writer is gone are brought back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat.answers.steps import Answers
    from chat.ports import Ports

logger = logging.getLogger(__name__)

LEAVE_ALONE_MS = 10_000  # an answer younger than this has not lost its writer yet


def recover_answers(ports: Ports, answers: Answers, now_ms: int) -> Mapping[str, int]:
    """Bring back the answers that nobody writes; how many."""
    return {"recovered": sum(_recover(answers, reply_id) for reply_id in ports.streams.stale(now_ms - LEAVE_ALONE_MS))}


def _recover(answers: Answers, reply_id: str) -> bool:
    """Bring one answer back; a failure is logged and does not keep the others waiting."""
    try:
        return answers.recover(reply_id)
    except Exception:
        logger.exception("An answer could not be brought back", extra={"reply_id": reply_id})
        return False
