"""`presence.ports.PresenceRecords` over the conversations table."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio_chat.presence.model import Absent, Announced
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.aws.ports import Item

ABSENT_TTL_S = 60  # a grace is ended by a timer; this long it counts where that was lost


class TablePresence(InTable):
    """One item for each user who was ever online, and one for each device in its grace."""

    def announced(self, user_id: str) -> Announced | None:
        """What was last announced. One read."""
        item = self._table.get(keys.presence(user_id))
        return None if item is None else _announced(item)

    def announced_of(self, user_ids: Sequence[str]) -> Mapping[str, Announced]:
        """What was last announced of many, each named once. One call for 100."""
        items = self._table.get_all([keys.presence(user_id) for user_id in user_ids], consistent=True)
        return {item["pk"].removeprefix("USER#"): _announced(item) for item in items}

    def announce(self, user_id: str, announcement: Announced, *, before: Announced | None) -> bool:
        """Note what is announced now; False if something else was since `before`. One write."""
        item = _item(user_id, announcement)
        try:
            if before is None:
                self._table.put(item, condition="attribute_not_exists(pk)")
            else:
                self._table.put(item, condition="#timestamp = :before", values={":before": before.timestamp})
        except ConditionFailed:
            return False
        return True

    def told(self, user_id: str, announcement: Announced) -> None:
        """Note that an announcement has been told. One write."""
        item = _item(user_id, replace(announcement, is_told=True))
        with suppress(ConditionFailed):
            self._table.put(item, condition="#timestamp = :at", values={":at": announcement.timestamp})

    def keep(self, user_id: str, device: Absent) -> None:
        """Let a device count for its grace. One write."""
        item = {**keys.absent(user_id, device.sid), "status": device.status, "expires": self._now_s() + ABSENT_TTL_S}
        self._table.put(item)

    def absent(self, user_id: str) -> Sequence[Absent]:
        """The user's devices in their grace. One query."""
        prefix = keys.absent(user_id, "")
        rows = self._table.query(prefix["pk"], begins_with=prefix["sk"])
        return [Absent(row["sk"].removeprefix(prefix["sk"]), row["status"]) for row in rows if self._lives(row)]

    def forget(self, user_id: str, sid: str) -> None:
        """End the grace of a device. One write."""
        self._table.delete(keys.absent(user_id, sid))

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000

    def _lives(self, row: Item) -> bool:
        return bool(row["expires"] > self._now_s())


def _item(user_id: str, announcement: Announced) -> Item:
    return {
        **keys.presence(user_id),
        "status": announcement.status,
        "last_seen": announcement.last_seen,
        "timestamp": announcement.timestamp,
        "told": announcement.is_told,
    }


def _announced(item: Item) -> Announced:
    told = item.get("told", True)  # former rows have no such mark: they count as told
    return Announced(item["status"], item["last_seen"], item["timestamp"], is_told=told)
