"""What waits a short while for another invocation: claims and acknowledgements; `parts` has those of binary events."""

from __future__ import annotations

from typing import Any

from ...exceptions import ConditionFailed
from .parts import DynamoParts
from .rows import ack_key, claim_key, pack, unpack


class DynamoPending(DynamoParts):
    """`ports.PendingStore`."""

    def claim_once(self, name: str, ttl_s: int) -> bool:
        """True to exactly one caller for each name while it is remembered. One write."""
        try:
            self._table.put(
                {**claim_key(name), "expires": self._expires(ttl_s)},
                condition="attribute_not_exists(pk) OR #expires <= :now",
                values={":now": self._now_s()},
            )
        except ConditionFailed:
            return False
        return True

    def was_claimed(self, name: str) -> bool:
        """Whether `claim_once` was answered with True for this name, and it is remembered. One read."""
        row = self._table.get(claim_key(name))
        return row is not None and self._lives(row)

    def expect_ack(self, address: str, ack_id: int, callback: str | None, ttl_s: int) -> None:
        """Remember that an acknowledgement is awaited. One write."""
        self._table.put({**ack_key(address, ack_id), "callback": callback, "expires": self._expires(ttl_s)})

    def settle_ack(self, address: str, ack_id: int, args: list[Any]) -> str | None:
        """Take an acknowledgement that came. One write, also where it is not awaited."""
        try:
            row = self._table.update(
                ack_key(address, ack_id),
                "SET #args = :args",
                condition="#expires > :now AND attribute_not_exists(#args)",  # false for an ack that is not awaited
                values={":args": pack(args), ":now": self._now_s()},
            )
        except ConditionFailed:
            return None
        return row.get("callback") or ""

    def take_ack(self, address: str, ack_id: int) -> list[Any] | None:
        """The arguments that `call` waits for, or None yet. One read."""
        row = self._table.get(ack_key(address, ack_id))
        if row is None or "args" not in row or not self._lives(row):
            return None
        return unpack(row["args"])
