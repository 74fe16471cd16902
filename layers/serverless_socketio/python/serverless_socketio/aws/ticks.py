"""The messages of the ticks' queue, and what each has done.

A schedule comes once a minute at most, and up to a minute late; delayed messages bring that down to ten seconds::

    {"v": 1, "tickAt": seconds}       a tick, delayed until its ten seconds begin; a second one of a slot does nothing
    {"v": 1, "share": {…}}            a share of a large tick, to be pinged, or judged a time-out later
    {"v": 1, "unaccepted": [address]} connections without CONNECT, to be closed
    {"v": 1, "idle": [address]}       polling sessions that are over then, unless their clients asked meanwhile
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..heartbeat import Counts, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..heartbeat import Heartbeat
    from ..polling.sweep import IdleSessions
    from ..ports import Store

logger = logging.getLogger(__name__)

TICK_S, MINUTE_S = 10, 60
MINUTES_AHEAD = 3  # a schedule may come a minute late, or fail: each sees to its own minute and the next two
REMEMBER_S = 3600


def schedule(store: Store, send: Callable[[Iterable[tuple[dict[str, Any], int]]], None], now_ms: int) -> None:
    """Enqueue the ticks of this minute and the next two, unless a schedule before this one has.

    Recorded when they are enqueued, so a schedule that breaks before is made up for. Ticks that are enqueued twice, by
    two schedules at a time, run once all the same.
    """
    this = now_ms // 1000 // MINUTE_S
    for minute in range(this, this + MINUTES_AHEAD):
        if not store.pending.was_claimed(f"ticks:{minute}"):
            send(ticks(minute, now_ms))
            store.pending.claim_once(f"ticks:{minute}", REMEMBER_S)


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


def idle(portions: Iterable[tuple[Sequence[str], int]]) -> list[tuple[dict[str, Any], int]]:
    """The messages that have polling sessions looked at again, each with its delay in seconds."""
    return [({"v": 1, "idle": list(addresses)}, after_s) for addresses, after_s in portions]


def share_fields(share: Share) -> dict[str, Any]:
    """A share as JSON's values."""
    return {"slot": share.slot, "part": share.part, "addresses": list(share.addresses), "judges": share.judges}


def share_in(fields: Mapping[str, Any]) -> Share:
    """`share_fields` undone; before bodies had a version, they were the same."""
    return Share(fields["slot"], fields.get("part", 0), tuple(fields["addresses"]), fields.get("judges", False))


def work(
    heartbeat: Heartbeat,
    sessions: IdleSessions | None,
    message: Mapping[str, Any],
    now_ms: int,
    on_tick: Callable[[int], Mapping[str, int]],
) -> dict[str, int] | None:
    """Do what a message asks for; counts of what was done, None if it was done before. For `on_tick` see `tick`."""
    if "unaccepted" in message:
        return asdict(heartbeat.close(message["unaccepted"]))
    if "idle" in message:
        return {"idle": sessions.end(message["idle"]) if sessions else 0}
    if "share" not in message:
        return tick(heartbeat, sessions, now_ms, on_tick)
    return asdict(heartbeat.serve(share_in(message["share"])))


def tick(
    heartbeat: Heartbeat, sessions: IdleSessions | None, now_ms: int, on_tick: Callable[[int], Mapping[str, int]]
) -> dict[str, int] | None:
    """Ping, end ghosts, have the application do its part (`on_tick`), end polling sessions that are over.

    Only then close what was never accepted: what any client can begin without a key keeps nothing waiting.

    Counts of what was done, the application's among them; None if this tick was done before.
    """
    beats = _beat(lambda: heartbeat.tick(now_ms))
    if beats is None:
        return None
    done = on_tick(now_ms)
    ended = _end_idle(sessions, now_ms)
    beats += _beat(lambda: heartbeat.close_unaccepted(now_ms)) or Counts()
    return {**asdict(beats), "idle": ended, **done}


def _end_idle(sessions: IdleSessions | None, now_ms: int) -> int:
    """End polling sessions; likewise, what fails keeps nothing waiting: the next tick looks again."""
    try:
        return sessions.tick(now_ms) if sessions else 0
    except Exception:
        logger.exception("Polling sessions could not be looked at")
        return 0


def _beat(part: Callable[[], Counts | None]) -> Counts | None:
    """A part of the heartbeat; its failure is logged and does not keep the rest of a tick waiting."""
    try:
        return part()
    except Exception:
        logger.exception("A heartbeat failed")
        return Counts()
