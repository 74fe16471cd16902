"""Presence in dicts: the reference that the table is held to, and what tests of the rules use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio_chat.presence.model import Absent, Announced, GraceTimer


class MemoryPresence:
    """What was announced of users, and devices in their grace; here that lasts until it is ended."""

    def __init__(self) -> None:
        self._announced: dict[str, Announced] = {}
        self._absent: dict[str, dict[str, Absent]] = {}

    def announced(self, user_id: str) -> Announced | None:
        """What was last announced."""
        return self._announced.get(user_id)

    def announced_of(self, user_ids: Sequence[str]) -> Mapping[str, Announced]:
        """What was last announced of many."""
        return {user_id: self._announced[user_id] for user_id in user_ids if user_id in self._announced}

    def announce(self, user_id: str, announcement: Announced, *, before: Announced | None) -> bool:
        """Note what is announced now; False if something else was since `before`."""
        now = self._announced.get(user_id)
        if (now and now.timestamp) != (before and before.timestamp):
            return False
        self._announced[user_id] = announcement
        return True

    def told(self, user_id: str, announcement: Announced) -> None:
        """Note that an announcement has been told."""
        if self._announced[user_id].timestamp == announcement.timestamp:
            self._announced[user_id] = replace(announcement, is_told=True)

    def keep(self, user_id: str, device: Absent) -> None:
        """Let a device count for its grace."""
        self._absent.setdefault(user_id, {})[device.sid] = device

    def absent(self, user_id: str) -> Sequence[Absent]:
        """The user's devices in their grace."""
        return list(self._absent.get(user_id, {}).values())

    def forget(self, user_id: str, sid: str) -> None:
        """End the grace of a device."""
        self._absent.get(user_id, {}).pop(sid, None)


@dataclass(slots=True)
class MemoryGraceTimers:
    """Keeps what it is to remind of, with the seconds after which."""

    waiting: list[tuple[GraceTimer, int]] = field(default_factory=list)

    def start(self, timer: GraceTimer, after_s: int) -> None:
        """Take a timer."""
        self.waiting.append((timer, after_s))
