"""`push.ports.Claims` over the conversations table: one item for each push that was begun in the last day."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable

if TYPE_CHECKING:
    from serverless_socketio_chat.push.model import Claim

LEASE_MS = 20_000  # longer than the sender may run: a claim that is older was lost with its invocation
REMEMBER_S = 24 * 3600  # as long as a push service keeps a notification for a browser that is away


class TableClaims(InTable):
    """What is pushed at the moment, `until` its claim ends, and what was: that has no such end."""

    def claim(self, subscription_id: str, notification_id: str) -> Claim:
        """Take it for a while. One write."""
        now_ms = self._clock.now_ms()
        now_s = now_ms // 1000
        item = {
            **keys.sent(subscription_id, notification_id),
            "until": now_ms + LEASE_MS,
            "expires": now_s + REMEMBER_S,
        }
        try:
            self._table.put(
                item,
                condition="attribute_not_exists(pk) OR #expires <= :now_s OR #until <= :now",
                values={":now_s": now_s, ":now": now_ms},
            )
        except ConditionFailed as failure:
            return "busy" if failure.item and "until" in failure.item else "done"
        return "mine"

    def settle(self, subscription_id: str, notification_id: str) -> None:
        """Note that it was pushed. One write."""
        expires_s = self._clock.now_ms() // 1000 + REMEMBER_S
        self._table.put({**keys.sent(subscription_id, notification_id), "expires": expires_s})

    def release(self, subscription_id: str, notification_id: str) -> None:
        """Let go of it, unless it was pushed meanwhile. One write."""
        with suppress(ConditionFailed):
            self._table.delete(keys.sent(subscription_id, notification_id), condition="attribute_exists(#until)")
