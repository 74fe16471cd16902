"""Whether this machine has processor time to spare."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

LOOK_S = 0.05
BUSY_BELOW = 0.4  # of the time since the last look: one of two processors, say, with something to do
IDLE, IOWAIT = 3, 4  # columns of `cpu` in /proc/stat: proc(5)
STAT = Path("/proc/stat")
CORES = os.cpu_count() or 2


class Machine:
    """Looks at how idle the processors were since the last look, several times a second at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._seen = (0, 0)
        self._busy = False

    def is_busy(self) -> bool:
        """Whether the processors have had hardly any time to spare of late. Where that cannot be told, they had."""
        if not sys.platform.startswith("linux"):
            return True
        with self._lock:
            if time.monotonic() - self._looked_at > LOOK_S:
                self._looked_at = time.monotonic()
                self._look()
            return self._busy

    def _look(self) -> None:
        columns = [int(column) for column in STAT.read_text().split("\n", 1)[0].split()[1:]]
        spare, whole = columns[IDLE] + columns[IOWAIT], sum(columns)
        spare_before, whole_before = self._seen
        if whole > whole_before:
            self._busy = spare - spare_before < BUSY_BELOW * (whole - whole_before)
            self._seen = (spare, whole)
