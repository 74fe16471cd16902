"""A `ports.Store` in dicts, of five parts as `aws.store` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .connections import MemoryConnections
from .pending import MemoryPending
from .polling import MemoryPolling
from .recovery import MemoryRecovery
from .rooms import MemoryRooms

if TYPE_CHECKING:
    from ..ports import Clock


class MemoryStore:
    """Connections, rooms, recoverable sockets, what is pending and polling sessions, in one process."""

    def __init__(self, clock: Clock, *, buckets: int = 1) -> None:
        self.rooms = MemoryRooms(clock)
        self.recovery = MemoryRecovery(clock, self.rooms)
        self.pending = MemoryPending(clock)
        self.connections = MemoryConnections(clock, self.rooms, self.recovery, self.pending, buckets)
        self.polling = MemoryPolling(clock)
