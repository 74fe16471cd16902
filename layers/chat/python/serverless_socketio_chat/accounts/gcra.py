"""Token buckets of one number each: the generic cell rate algorithm (ITU-T I.371, annex A).

Instead of tokens and the time they were counted, a bucket remembers when it will be full again, `full_us`: in the past
for one that is full. Taking a token moves that time on by one interval; a token is there while it lies no further ahead
than the burst less one. So a bucket refills without being written to, and one number can be changed by one conditional
write. Times are integer microseconds of any clock that does not go back.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A token each `interval_us`, and so many saved up that the bucket may be `tolerance_us` away from full."""

    interval_us: int
    tolerance_us: int

    @classmethod
    def of(cls, per_minute: int, burst: int) -> Rate:
        """So many a minute, so many at once; both at least 1."""
        interval_us = -(-MINUTE_US // per_minute)  # up: never more than promised
        return cls(interval_us, (burst - 1) * interval_us)

    def wait_us(self, full_us: int, now_us: int) -> int:
        """How long until a token is there; 0 if one is."""
        return max(0, full_us - self.tolerance_us - now_us)

    def empty_us(self, now_us: int) -> int:
        """When a bucket that is quite empty now will be full again. One further away was emptied at a slower rate."""
        return now_us + self.tolerance_us + self.interval_us

    def taken(self, full_us: int, now_us: int) -> int:
        """When the bucket will be full again after a token was taken."""
        return max(full_us, now_us) + self.interval_us
