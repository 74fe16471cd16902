"""How often users may do things: messages by a bucket in the table, all else by one in the warm function.

The second is approximate, since each warm function counts for itself, and costs nothing: no read, no write. A flood
meets many functions at a time: these tell each other, of bad frames by a write for every tenth that one of them sees,
of all frames by one for every `FRAMES_SHARE`th part of what is allowed in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.accounts import plans
from serverless_socketio_chat.bounded import Bounded
from serverless_socketio_chat.errors import RateLimited

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.accounts.gcra import Rate
    from serverless_socketio_chat.accounts.model import User
    from serverless_socketio_chat.accounts.ports import PlanRecords, Rates

MINUTE_MS = 60_000
BUCKETS_MAX = 10_000  # about 2 MB
FRAMES_STEP = 50  # frames of a connection in a minute, below which a function looks no further
FRAMES_SHARE = 40
TOGETHER = 10  # bad frames of a connection that a function counts by itself, before it tells the others


@dataclass(eq=False)
class Limits:
    """The limits of users' plans, as one warm function keeps them."""

    plans: PlanRecords
    rates: Rates
    clock: Clock

    def __post_init__(self) -> None:
        self._others = Buckets()
        self._bad_frames = Buckets()
        self._bad_counts = Counts()
        self._frames = Counts()

    def message(self, user: User) -> None:
        """Take one message of the plan's. Raises RateLimited, and takes nothing then."""
        rate = self.plans.plan(user.plan).rate()
        self._refuse(self.rates.take(user.user_id, rate, self.clock.now_ms() * 1000))

    def other(self, user: User) -> None:
        """Take one of the second allowance. Raises RateLimited, and takes nothing then."""
        self._refuse(self._others.take(user.user_id, self._rate(user, plans.OTHERS), self._now_us()))

    def floods(self, user: User, address: str) -> bool:
        """Whether one more bad frame is too much for the connection: of those here, or of those everywhere."""
        if self._bad_frames.take(address, self._rate(user, plans.BAD_FRAMES), self._now_us()):
            return True
        if self._bad_counts.add(address) % TOGETHER:
            return False
        rate = self._rate(user, plans.BAD_FRAMES // TOGETHER)
        return self.rates.take(f"bad:{address}", rate, self.clock.now_ms() * 1000) > 0

    def overruns(self, user: User, address: str) -> bool:
        """Whether the connection has sent more frames in this minute of the clock than `plans.FRAMES` allows."""
        minute = self.clock.now_ms() // MINUTE_MS
        seen = self._frames.add(f"{minute}:{address}")
        if seen % FRAMES_STEP:
            return False
        most = plans.FRAMES * self.plans.plan(user.plan).messages
        together = max(1, most // FRAMES_SHARE // FRAMES_STEP) * FRAMES_STEP
        return seen % together == 0 and self.rates.count(f"frames:{address}", together, minute) > most

    def _rate(self, user: User, times: int) -> Rate:
        return self.plans.plan(user.plan).rate(times)

    def _now_us(self) -> int:
        return int(self.clock.monotonic() * 1_000_000)

    @staticmethod
    def _refuse(wait_us: int) -> None:
        if wait_us:
            raise RateLimited(retryAfterMs=-(-wait_us // 1000))  # up: who waits so long is let through


class Counts:
    """Counters in this process's memory."""

    def __init__(self) -> None:
        self._counts: Bounded[str, int] = Bounded(BUCKETS_MAX)

    def add(self, name: str) -> int:
        """Count one more; returns how many there are."""
        count = self._counts[name] = self._counts.get(name, 0) + 1
        return count


class Buckets:
    """Buckets in this process's memory."""

    def __init__(self) -> None:
        self._full_us: Bounded[str, int] = Bounded(BUCKETS_MAX)

    def __len__(self) -> int:
        return len(self._full_us)

    def take(self, name: str, rate: Rate, now_us: int) -> int:
        """Take a token from a bucket; returns 0, or the microseconds until one is there."""
        full_us = min(self._full_us.get(name, now_us), rate.empty_us(now_us))
        wait_us = rate.wait_us(full_us, now_us)
        self._full_us[name] = full_us if wait_us else rate.taken(full_us, now_us)
        return wait_us
