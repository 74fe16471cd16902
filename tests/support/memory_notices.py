"""Notifications that were told, in dicts: the reference that the table is held to, and what tests of the rules use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio_chat.notifications.model import InAppNotice


class MemoryNotices:
    """What devices were told; here it is remembered until it is forgotten."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, InAppNotice]] = {}

    def note(self, user_id: str, told: InAppNotice) -> None:
        """Remember it, in place of what was known of it."""
        self._told.setdefault(user_id, {})[told.notification.id] = told

    def told(self, user_id: str) -> Sequence[InAppNotice]:
        """What is remembered."""
        return list(self._told.get(user_id, {}).values())

    def forget(self, user_id: str, notification_id: str) -> None:
        """Forget one."""
        self._told.get(user_id, {}).pop(notification_id, None)
