"""Frames to one connection, in order: what is tried next, and what came of it all.

    a try was …   that is repeatable?   then
    SENT                                the next frame; after the last one: SENT
    GONE                                GONE
    REFUSED                             again, after a pause
    FAILED        yes                   again, after a pause
    FAILED        no                    FAILED: it may have arrived, and so may nothing after it
    None                                FAILED: refused for good, e.g. for a right that is missing

Tries end after `TRIES`, or with the deadline. What was only ever refused is REFUSED then, unless frames before it have
arrived: half an event is FAILED. Nothing follows a frame that was lost, which would leave a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import PostResult
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
        self.result = PostResult.SENT if self._is_done else PostResult.REFUSED

    def next(self) -> str | None:
        """Return the frame to try now; None when there is nothing to do any more."""
        if self._deadline is None:
            self._deadline = self._monotonic() + self._for_s
        if not self._is_done and (self._tries == TRIES or self._monotonic() >= self._deadline):
            if self.result is PostResult.REFUSED and self._number > 0:
                self.result = PostResult.FAILED  # half an event
            self._is_done = True
        return None if self._is_done else self._texts[self._number]

    def tried(self, outcome: PostResult | None) -> float:
        """Hear what came of a try, None for a refusal for good; return how many seconds to wait before `next`."""
        if outcome is PostResult.SENT:
            self._number, self._tries, self.result = self._number + 1, 0, PostResult.REFUSED
            if self._number == len(self._texts):
                self.result, self._is_done = outcome, True
            return 0.0
        if outcome is None or outcome is PostResult.GONE or (outcome is PostResult.FAILED and not self._repeatable):
            self.result, self._is_done = outcome or PostResult.FAILED, True
            return 0.0
        if outcome is PostResult.FAILED:
            self.result = outcome  # whatever comes after it: it may have arrived
        self._tries += 1
        return backoff_s(self._tries - 1, BACKOFF_S)
