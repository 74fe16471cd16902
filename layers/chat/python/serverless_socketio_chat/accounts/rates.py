"""`accounts.ports.Rates` over the connections table: one item for each user who wrote lately, or each flood."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio_chat.bounded import Bounded

if TYPE_CHECKING:
    from serverless_socketio.aws.ports import Item, Key, Table
    from serverless_socketio_chat.accounts.gcra import Rate

SEEN_MAX = 10_000  # about 2 MB
TRIES = 3  # idle, busy, and back after the item expired in between


class TableRates:
    """Buckets in a table.

    DynamoDB has no max(), so the two cases of `gcra.Rate.taken` are two writes, each on the condition that its case is
    the one: a bucket that is full (idle), and one that is not (busy). Which to try first is told by what this warm
    function saw last; in the usual case that is right.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seen: Bounded[str, int] = Bounded(SEEN_MAX)

    def take(self, user_id: str, rate: Rate, now_us: int) -> int:
        """Take a token; returns 0, or the microseconds until one is there.

        One write, two where another function was busy with the same bucket; none to refuse what this one has seen to be
        empty, since other functions can only have taken more meanwhile.
        """
        full_us = self._seen.get(user_id, 0)
        for _ in range(TRIES):
            wait_us = rate.wait_us(full_us, now_us)
            if wait_us > rate.interval_us:
                return self._empty(user_id, rate, full_us, now_us)
            if wait_us:
                return wait_us
            try:
                full_us = self._write(user_id, rate, now_us, is_busy=full_us > now_us)["full"]
            except ConditionFailed as failure:
                full_us = failure.item["full"] if failure.item else 0
                self._seen[user_id] = full_us
            else:
                self._seen[user_id] = full_us
                return 0
        return rate.interval_us

    def count(self, name: str, more: int, minute: int) -> int:
        """Add to what was counted of a name in a minute of the clock; returns the sum. One write."""
        row = self._table.update(
            rate_key(f"{name}:{minute}"),
            "SET #count = if_not_exists(#count, :none) + :more, #expires = :expires",
            values={":none": 0, ":more": more, ":expires": (minute + 2) * 60},
        )
        return int(row["count"])

    def _write(self, user_id: str, rate: Rate, now_us: int, *, is_busy: bool) -> Item:
        latest_us = now_us + rate.tolerance_us
        expires = {":expires": (latest_us + rate.interval_us) // 1_000_000 + 1}  # it is full by then
        if is_busy:
            return self._table.update(
                rate_key(user_id),
                "SET #full = #full + :interval, #expires = :expires",
                condition="#full > :now AND #full <= :latest",
                values={":interval": rate.interval_us, ":now": now_us, ":latest": latest_us, **expires},
            )
        return self._table.update(
            rate_key(user_id),
            "SET #full = :full, #expires = :expires",
            condition="attribute_not_exists(#full) OR #full <= :now",
            values={":full": now_us + rate.interval_us, ":now": now_us, **expires},
        )

    def _empty(self, user_id: str, rate: Rate, full_us: int, now_us: int) -> int:
        """Make a bucket that was emptied at a slower rate, on another plan, as empty as one of this rate can be."""
        empty_us = rate.empty_us(now_us)
        with suppress(ConditionFailed):  # another function did
            self._table.update(
                rate_key(user_id),
                "SET #full = :empty",
                condition="#full = :full",
                values={":empty": empty_us, ":full": full_us},
            )
        self._seen[user_id] = empty_us
        return rate.interval_us


def rate_key(user_id: str) -> Key:
    """Where a user's bucket is kept."""
    return {"pk": f"RATE#{user_id}", "sk": "RATE"}
