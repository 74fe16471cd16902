"""Delivery in dicts and lists: the reference for the table, and what tests of the rules use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_socketio_chat.push.table import LEASE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.push.model import Claim, Push


class MemoryClaims:
    """What is pushed at the moment, and what was; here that is remembered for ever."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], int] = {}
        self._done: set[tuple[str, str]] = set()

    def claim(self, subscription_id: str, notification_id: str) -> Claim:
        """Take it for a while."""
        name, now_ms = (subscription_id, notification_id), self._clock.now_ms()
        if name in self._done:
            return "done"
        if self._until.get(name, 0) > now_ms:
            return "busy"
        self._until[name] = now_ms + LEASE_MS
        return "mine"

    def settle(self, subscription_id: str, notification_id: str) -> None:
        """Note that it was pushed."""
        self._done.add((subscription_id, notification_id))

    def release(self, subscription_id: str, notification_id: str) -> None:
        """Let go of it."""
        self._until.pop((subscription_id, notification_id), None)


@dataclass(slots=True)
class MemoryDeliveries:
    """Keeps what it is to deliver, with the seconds to wait, and what was buried: the reason, the status."""

    waiting: list[tuple[Push, int]] = field(default_factory=list)
    dead: list[tuple[Push, str, int | None]] = field(default_factory=list)

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        """Take pushes."""
        self.waiting.extend((push, after_s) for push in pushes)

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        """Keep one with its reason."""
        self.dead.append((push, reason, status))
