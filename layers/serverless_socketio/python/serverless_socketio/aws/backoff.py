"""How long to wait before another try."""

from __future__ import annotations

import random


def backoff_s(attempt: int, base_s: float) -> float:
    """Full jitter over a time that doubles with each attempt, counted from 0.

    AWS Architecture Blog, "Exponential Backoff and Jitter".
    """
    return random.uniform(0, base_s * 2**attempt)  # noqa: S311 - no secret
