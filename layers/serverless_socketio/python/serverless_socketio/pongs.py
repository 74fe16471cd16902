"""Which pongs a heartbeat asked for, as far as one process can tell: the others are frames like any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Clock

ENTRIES_MAX = 10_000  # about 1 MB


class Pongs:
    """When each connection last gave a sign of life that was expected.

    A ping may be late, so one pong is expected in half the interval; 0: any number is.
    """

    def __init__(self, clock: Clock, interval_s: float) -> None:
        self._clock = clock
        self._apart_s = interval_s / 2
        self._last: dict[str, float] = {}

    def is_expected(self, address: str) -> bool:
        """Whether a pong that came now is the one of its heartbeat; the next one is not."""
        now = self._clock.monotonic()
        if now - self._last.get(address, -self._apart_s) < self._apart_s:
            return False
        if len(self._last) >= ENTRIES_MAX:
            self._last.clear()
        self._last[address] = now
        return True
