"""A `ports.Store` over one DynamoDB table; `rows` lists what it holds, `docs/data-model.md` every key with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...system import SystemClock
from .connections import DynamoConnections
from .pending import DynamoPending
from .polling import DynamoPolling
from .recovery import DynamoRecovery
from .rooms import DynamoRooms

if TYPE_CHECKING:
    from ...ports import Clock
    from ..ports import Table


class DynamoStore:
    """Connections, rooms, recoverable sockets, what is pending and polling sessions, in a DynamoDB table.

    `buckets`: the number of heartbeat buckets, one for each tick of a ping interval. `clock`: the machine's if none is
    given.
    """

    def __init__(self, table: Table, clock: Clock | None = None, *, buckets: int) -> None:
        clock = clock or SystemClock()
        self.rooms = DynamoRooms(table, clock)
        self.recovery = DynamoRecovery(table, clock)
        self.connections = DynamoConnections(table, clock, self.rooms, self.recovery, buckets)
        self.pending = DynamoPending(table, clock)
        self.polling = DynamoPolling(table, clock)
