"""The chat's part of a tick: answers whose writer is gone are brought back.

A tick looks at every answer that is older than a moment, since its writer may be lost. Many of them are dealt out: one
invocation looks at so many, side by side.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from serverless_socketio.ports import Meter
    from serverless_socketio_chat.answers.ports import Streams
    from serverless_socketio_chat.answers.steps import Answers

    HandOn: TypeAlias = "Callable[[Iterable[tuple[dict[str, Any], int]]], object]"

logger = logging.getLogger(__name__)

LEAVE_ALONE_MS = 10_000  # an answer younger than this has not lost its writer yet
ANSWERS_MAX = 100  # that one invocation looks at: a read each, and two calls for one that is brought back
THREADS = 16  # that look at a time


def recover_abandoned(
    streams: Streams, answers: Answers, hand_on: HandOn, meter: Meter, now_ms: int
) -> Mapping[str, int]:
    """Bring abandoned answers back, or leave so many to other invocations; how many were brought back here.

    `hand_on` takes messages, each with its delay in seconds. Meters how many answers run that are not quite young.
    """
    reply_ids = list(streams.stale(now_ms - LEAVE_ALONE_MS))
    if reply_ids:
        meter.put({"AnswersRunning": len(reply_ids)})
    if len(reply_ids) > ANSWERS_MAX:
        hand_on(abandoned(reply_ids))
        return {"recovered": 0}
    return recover_all(answers, reply_ids)


def abandoned(reply_ids: Sequence[str]) -> list[tuple[dict[str, Any], int]]:
    """The messages that have answers looked at, with their delay in seconds: none."""
    starts = range(0, len(reply_ids), ANSWERS_MAX)
    return [({"v": 1, "answers": list(reply_ids[start : start + ANSWERS_MAX])}, 0) for start in starts]


def abandoned_in(message: Mapping[str, Any]) -> Sequence[str] | None:
    """The answers that a message of `abandoned` names; None for any other message."""
    return message.get("answers")


def recover_all(answers: Answers, reply_ids: Sequence[str]) -> Mapping[str, int]:
    """Look at answers, side by side; how many were brought back."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="recover") as threads:
        return {"recovered": sum(threads.map(lambda reply_id: _recover(answers, reply_id), reply_ids))}


def _recover(answers: Answers, reply_id: str) -> bool:
    """Bring one answer back; a failure is logged and does not keep the others waiting."""
    try:
        return answers.recover(reply_id)
    except Exception:
        logger.exception("An answer could not be brought back", extra={"reply_id": reply_id})
        return False
