"""What a tick, every ten seconds, does for the whole stack; and how a minute becomes ticks, a large tick shares."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from serverless_socketio.heartbeat import Counts, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chat.answers.steps import Answers
    from chat.ports import Ports
    from serverless_socketio.heartbeat import Heartbeat
    from serverless_socketio.ports import Store

logger = logging.getLogger(__name__)

TICK_S, MINUTE_S = 10, 60
MINUTES_AHEAD = 2  # a schedule may come a minute late: each sees to its own minute and the next
REMEMBER_S = 3600
LEAVE_ALONE_MS = 10_000  # an answer younger than this has not lost its writer yet


def schedule(store: Store, send: Callable[[Iterable[tuple[dict[str, Any], int]]], None], now_ms: int) -> None:
    """Enqueue the ticks of this minute and the next, unless a schedule before this one has.

    Noted once they are enqueued, so a schedule that breaks before is made up for. Ticks that are enqueued twice, by two
    schedules at a time, run once all the same.
    """
    this = now_ms // 1000 // MINUTE_S
    for minute in range(this, this + MINUTES_AHEAD):
        if not store.happened(f"ticks:{minute}"):
            send(ticks(minute, now_ms))
            store.once(f"ticks:{minute}", REMEMBER_S)


def ticks(minute: int, now_ms: int) -> list[tuple[dict[str, Any], int]]:
    """The messages of those ticks of a minute since the epoch that are not over, each with its delay in seconds."""
    slots = range(minute * MINUTE_S, (minute + 1) * MINUTE_S, TICK_S)
    return [
        (tick_message(at_s), max(0, -(-(at_s * 1000 - now_ms) // 1000)))  # rounded up: never before its slot
        for at_s in slots
        if (at_s + TICK_S) * 1000 > now_ms
    ]


def tick_message(at_s: int) -> dict[str, Any]:
    """What asks for a tick, at a time in seconds since the epoch."""
    return {"v": 1, "tickAt": at_s}


def shares(parts: Iterable[tuple[Share, int]]) -> list[tuple[dict[str, Any], int]]:
    """The messages of a large tick's shares, each with its delay in seconds."""
    return [({"v": 1, "share": share_fields(part)}, after_s) for part, after_s in parts]


def unaccepted(portions: Iterable[Sequence[str]]) -> list[tuple[dict[str, Any], int]]:
    """The messages that have connections without CONNECT closed, with their delay in seconds: none."""
    return [({"v": 1, "unaccepted": list(addresses)}, 0) for addresses in portions]


def share_fields(share: Share) -> dict[str, Any]:
    """A share as JSON's values."""
    return {"slot": share.slot, "part": share.part, "addresses": list(share.addresses), "judges": share.judges}


def share_in(fields: Mapping[str, Any]) -> Share:
    """`share_fields` undone; before bodies had a version, they were the same."""
    return Share(fields["slot"], fields.get("part", 0), tuple(fields["addresses"]), fields.get("judges", False))


def work(ports: Ports, heartbeat: Heartbeat, answers: Answers, message: Mapping[str, Any]) -> dict[str, int] | None:
    """Do what a message of this module asks for; counts of what was done, None if it was done before."""
    if "unaccepted" in message:
        return asdict(heartbeat.close(message["unaccepted"]))
    if "share" not in message:
        return tick(ports, heartbeat, answers)
    return asdict(heartbeat.serve(share_in(message["share"])))


def tick(ports: Ports, heartbeat: Heartbeat, answers: Answers) -> dict[str, int] | None:
    """Ping, end ghosts, bring answers back, and only then close what was never accepted.

    Counts of what was done, None if this tick was done before.
    """
    now_ms = ports.clock.now_ms()
    beats = beat(lambda: heartbeat.tick(now_ms))
    if beats is None:
        return None
    recovered = sum(recover(answers, reply_id) for reply_id in ports.streams.stale(now_ms - LEAVE_ALONE_MS))
    beats += beat(lambda: heartbeat.close_unaccepted(now_ms)) or Counts()
    return {**asdict(beats), "recovered": recovered}


def beat(part: Callable[[], Counts | None]) -> Counts | None:
    """A part of the heartbeat; its failure is logged and does not keep the rest of a tick waiting."""
    try:
        return part()
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
