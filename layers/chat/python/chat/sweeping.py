"""What a tick, every ten seconds, does for the whole stack; and how a minute becomes ticks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from serverless_socketio.heartbeat import Counts

if TYPE_CHECKING:
    from chat.answers.steps import Answers
    from chat.ports import Ports
    from serverless_socketio.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

TICK_S = 10
TICKS_S = range(0, 120, TICK_S)  # a schedule may come a minute late: each enqueues two minutes; a tick runs once
LEAVE_ALONE_MS = 10_000  # an answer younger than this has not lost its writer yet


def ticks(now_ms: int) -> list[tuple[dict[str, Any], int]]:
    """The messages of one schedule, each with its delay in seconds."""
    return [({"tick_at": now_ms // 1000 + delay_s}, delay_s) for delay_s in TICKS_S]


def tick(ports: Ports, heartbeat: Heartbeat, answers: Answers) -> dict[str, int] | None:
    """Ping, end ghosts, bring answers back; counts of what was done, None if this tick was done before."""
    now_ms = ports.clock.now_ms()
    beats = beat(heartbeat, now_ms)
    if beats is None:
        return None
    recovered = sum(recover(answers, reply_id) for reply_id in ports.streams.stale(now_ms - LEAVE_ALONE_MS))
    return {"pinged": beats.pinged, "ghosts": beats.ghosts, "unaccepted": beats.unaccepted, "recovered": recovered}


def beat(heartbeat: Heartbeat, now_ms: int) -> Counts | None:
    """The heartbeat's share of a tick; its failure is logged and does not keep answers waiting."""
    try:
        return heartbeat.tick(now_ms)
    except Exception:
        logger.exception("A heartbeat failed")
        return Counts()


def recover(answers: Answers, reply_id: str) -> bool:
    """Bring one answer back; a failure is logged and does not keep the others waiting."""
    try:
        return answers.recover(reply_id)
    except Exception:
        logger.exception("An answer could not be brought back", extra={"reply_id": reply_id})
        return False
