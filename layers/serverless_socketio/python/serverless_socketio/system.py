"""The machine's own clock and random names."""

from __future__ import annotations

import secrets
import time


class SystemClock:
    """Real time."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; does nothing for a negative number."""
        if seconds > 0:
            time.sleep(seconds)


class RandomIds:
    """Names from the operating system's randomness."""

    def secret(self) -> str:
        """128 random bits, as base64url without padding."""
        return secrets.token_urlsafe(16)

    def ack_id(self) -> int:
        """Random, since no counter is shared; below 2^31: C++ and Java clients read it into an int."""
        return secrets.randbits(31)
