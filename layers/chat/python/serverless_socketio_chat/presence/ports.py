"""What the rules of presence need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio_chat.presence.model import Absent, Announced, Reminder


class PresenceRecords(Protocol):
    """What was announced of users, and devices in their grace."""

    def announced(self, user_id: str) -> Announced | None:
        """What was last announced; None of a user who never was online. One read."""

    def announced_of(self, user_ids: Sequence[str]) -> Mapping[str, Announced]:
        """The same of many, those who were online once. One read each, in one call for 100."""

    def announce(self, user_id: str, news: Announced, *, before: Announced | None) -> bool:
        """Note what is announced now; False if something else was since `before`. One write."""

    def told(self, user_id: str, news: Announced) -> None:
        """Note that an announcement has been told; no effect if another one was made since. One write."""

    def keep(self, user_id: str, device: Absent) -> None:
        """Let a device count for its grace, and a while longer if nobody ends that. One write."""

    def absent(self, user_id: str) -> Sequence[Absent]:
        """The user's devices in their grace. One query."""

    def forget(self, user_id: str, sid: str) -> None:
        """End the grace of a device. One write."""


class Reminders(Protocol):
    """What comes back after a while, at least once, to `Presence.remember`."""

    def remind(self, reminder: Reminder, after_s: int) -> None:
        """Send it. Raises on failure."""
