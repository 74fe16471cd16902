"""Frames to one connection, in order: what is tried next, and what came of it all.

    a try was …   that is repeatable?   then
    SENT                                the next frame; after the last one: SENT
    GONE                                GONE
    REFUSED                             again, after a pause
    FAILED        yes                   again, after a pause
    FAILED        no                    FAILED: it may have arrived, and so may nothing after it

Tries end after `TRIES`, or with the deadline. What was only ever refused is REFUSED then, unless frames before it have
arrived: half an event is FAILED. Nothing follows a frame that was lost, which would leave a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ports import Delivery
from .backoff import backoff_s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TRIES = 6
BACKOFF_S = 0.05


class Sending:
    """One call's frames to one connection.

    `for_s`: how long after the first `next` anything is begun, by `monotonic`. `result`: how it ended, once `next` says
    that there is nothing to do any more.
    """

    def __init__(self, texts: Sequence[str], for_s: float, monotonic: Callable[[], float], *, repeatable: bool) -> None:
        self._texts = texts
        self._for_s = for_s
        self._monotonic = monotonic
        self._repeatable = repeatable
        self._deadline: float | None = None  # known with the first `next`: before it, others have their turn
        self._number = 0  # of the frame that is being sent
        self._tries = 0  # of that frame
        self._is_done = not texts
        self.result = Delivery.SENT if self._is_done else Delivery.REFUSED

    def next(self) -> str | None:
        """Return the frame to try now; None when there is nothing to do any more."""
        if self._deadline is None:
            self._deadline = self._monotonic() + self._for_s
        if not self._is_done and (self._tries == TRIES or self._monotonic() >= self._deadline):
            half = self.result is Delivery.REFUSED and self._number > 0
            self._end(Delivery.FAILED if half else self.result)
        return None if self._is_done else self._texts[self._number]

    def tried(self, outcome: Delivery) -> float:
        """Hear what came of a try; return how many seconds to wait before `next`."""
        if outcome is Delivery.SENT:
            return self._go_on()
        if outcome is Delivery.GONE or (outcome is Delivery.FAILED and not self._repeatable):
            return self._end(outcome)
        if outcome is Delivery.FAILED:
            self.result = outcome  # whatever comes after it: it may have arrived
        self._tries += 1
        return backoff_s(self._tries - 1, BACKOFF_S)

    def give_up(self) -> float:
        """Hear that the endpoint refuses for good, e.g. for a right that is missing or a frame too large."""
        return self._end(Delivery.FAILED)

    def _go_on(self) -> float:
        self._number, self._tries, self.result = self._number + 1, 0, Delivery.REFUSED
        return self._end(Delivery.SENT) if self._number == len(self._texts) else 0.0

    def _end(self, result: Delivery) -> float:
        self.result, self._is_done = result, True
        return 0.0
