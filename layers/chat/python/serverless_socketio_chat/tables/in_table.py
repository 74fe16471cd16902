"""What is kept in a table, as of a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio.system import SystemClock

if TYPE_CHECKING:
    from serverless_socketio.aws.ports import Table
    from serverless_socketio.ports import Clock


class InTable:
    """Records in `table`; `clock` is the system's unless another is given."""

    def __init__(self, table: Table, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()
