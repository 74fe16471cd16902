"""`notifications.ports.Notices` over the conversations table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.notifications.model import Told
from serverless_socketio_chat.push.codec import notification_fields, notification_in
from serverless_socketio_chat.tables import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.aws.ports import Item, Table
    from serverless_socketio.ports import Clock


class TableNotices:
    """One item for each notification that was told; `kept_s`: within so many seconds a device is found gone."""

    def __init__(self, table: Table, clock: Clock, *, kept_s: int) -> None:
        self._table = table
        self._clock = clock
        self._kept_s = kept_s

    def note(self, user_id: str, told: Told) -> None:
        """Remember it, in place of what was known of it. One write, more for a long body: 1 unit for each KB."""
        self._table.put({**told_item(user_id, told), "expires": self._now_s() + self._kept_s})

    def told(self, user_id: str) -> Sequence[Told]:
        """What is remembered. One query."""
        prefix = keys.told(user_id, "")
        rows = self._table.query(prefix["pk"], begins_with=prefix["sk"])
        return [told_of(row) for row in rows if row["expires"] > self._now_s()]

    def forget(self, user_id: str, notification_id: str) -> None:
        """Forget one. One write."""
        self._table.delete(keys.told(user_id, notification_id))

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000


def told_item(user_id: str, told: Told) -> Item:
    """A notification that devices were told."""
    return {
        **keys.told(user_id, told.notification.id),
        "notification": notification_fields(told.notification),
        "sids": sorted(told.sids),
        "at": told.at_ms,
    }


def told_of(item: Item) -> Told:
    """`told_item` undone."""
    return Told(notification_in(item["notification"]), frozenset(item["sids"]), item["at"])
