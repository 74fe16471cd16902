"""What a tick, every ten seconds, does for the whole stack; and how a minute becomes ticks, a large tick shares.

A tick looks at every answer that is older than a moment, since its writer may be lost. Many of them are dealt out, too:
one invocation looks at so many, side by side.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from serverless_socketio.heartbeat import Counts, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chat.answers.steps import Answers
    from chat.ports import Ports
    from serverless_socketio.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

HandOn: TypeAlias = "Callable[[Iterable[tuple[dict[str, Any], int]]], object]"

TICK_S = 10
TICKS_S = range(0, 120, TICK_S)  # a schedule may come a minute late: each enqueues two minutes; a tick runs once
LEAVE_ALONE_MS = 10_000  # an answer younger than this has not lost its writer yet
ANSWERS_MAX = 100  # that one invocation looks at: a read each, and two calls for one that is brought back
LOOKERS = 16  # threads that look at a time


def ticks(now_ms: int) -> list[tuple[dict[str, Any], int]]:
    """The messages of one schedule, each with its delay in seconds."""
    return [({"v": 1, "tickAt": now_ms // 1000 + delay_s}, delay_s) for delay_s in TICKS_S]


def shares(parts: Iterable[tuple[Share, int]]) -> list[tuple[dict[str, Any], int]]:
    """The messages of a large tick's shares, each with its delay in seconds."""
    return [({"v": 1, "share": share_fields(part)}, after_s) for part, after_s in parts]


def unaccepted(portions: Iterable[Sequence[str]]) -> list[tuple[dict[str, Any], int]]:
    """The messages that have connections without CONNECT closed, with their delay in seconds: none."""
    return [({"v": 1, "unaccepted": list(addresses)}, 0) for addresses in portions]


def abandoned(reply_ids: Sequence[str]) -> list[tuple[dict[str, Any], int]]:
    """The messages that have answers looked at, with their delay in seconds: none."""
    starts = range(0, len(reply_ids), ANSWERS_MAX)
    return [({"v": 1, "answers": list(reply_ids[start : start + ANSWERS_MAX])}, 0) for start in starts]


def share_fields(share: Share) -> dict[str, Any]:
    """A share as JSON's values."""
    return {"slot": share.slot, "part": share.part, "addresses": list(share.addresses), "judges": share.judges}


def share_in(fields: Mapping[str, Any]) -> Share:
    """`share_fields` undone; before bodies had a version, they were the same."""
    return Share(fields["slot"], fields.get("part", 0), tuple(fields["addresses"]), fields.get("judges", False))


def work(
    ports: Ports, heartbeat: Heartbeat, answers: Answers, message: Mapping[str, Any], hand_on: HandOn
) -> dict[str, int] | None:
    """Do what a message of this module asks for; counts of what was done, None if it was done before."""
    if "unaccepted" in message:
        return asdict(heartbeat.close(message["unaccepted"]))
    if "answers" in message:
        return {"recovered": recover_all(answers, message["answers"])}
    if "share" not in message:
        return tick(ports, heartbeat, answers, hand_on)
    return asdict(heartbeat.serve(share_in(message["share"])))


def tick(ports: Ports, heartbeat: Heartbeat, answers: Answers, hand_on: HandOn) -> dict[str, int] | None:
    """Ping, end ghosts, bring answers back, and only then close what was never accepted.

    Counts of what was done, None if this tick was done before. `hand_on` takes messages, each with its delay.
    """
    now_ms = ports.clock.now_ms()
    beats = beat(lambda: heartbeat.tick(now_ms))
    if beats is None:
        return None
    recovered = bring_back(ports, answers, hand_on)
    beats += beat(lambda: heartbeat.close_unaccepted(now_ms)) or Counts()
    return {**asdict(beats), "recovered": recovered}


def bring_back(ports: Ports, answers: Answers, hand_on: HandOn) -> int:
    """Bring abandoned answers back, or leave so many to other invocations; how many were brought back here."""
    reply_ids = list(ports.streams.stale(ports.clock.now_ms() - LEAVE_ALONE_MS))
    if len(reply_ids) > ANSWERS_MAX:
        hand_on(abandoned(reply_ids))
        return 0
    return recover_all(answers, reply_ids)


def recover_all(answers: Answers, reply_ids: Sequence[str]) -> int:
    """Look at answers, side by side; how many were brought back."""
    if len(reply_ids) <= 1:
        return sum(recover(answers, reply_id) for reply_id in reply_ids)
    with ThreadPoolExecutor(LOOKERS, thread_name_prefix="look") as lookers:
        return sum(lookers.map(lambda reply_id: recover(answers, reply_id), reply_ids))


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
