"""When a push is tried again, and when it is given up.

A push service that says when (``Retry-After``) is asked again then; one that does not, after a pause that grows. Five
tries are within a quarter of an hour, or end where an operator finds them.
"""

from __future__ import annotations

import math
import random

TRIES = 5
RETRY_AFTER_MAX_S = 14 * 60  # so that the next try, a little later than asked, is within SQS's longest delay of 900 s
PAUSES_S = (3, 30, 120, 480)  # at most, after each try but the last, and half of it at least: 633 s together
LATER_S = 1.0  # how much later than asked a push service is asked again, at most: not all devices at once


def pause_s(attempt: int, retry_after_s: float | None) -> int | None:
    """Whole seconds until the try after `attempt`, which is counted from 1; None if there is none."""
    if attempt >= TRIES:
        return None
    if retry_after_s is None:
        most = PAUSES_S[attempt - 1]
        return math.ceil(random.uniform(most / 2, most))  # noqa: S311 - no secret
    if retry_after_s > RETRY_AFTER_MAX_S:
        return None
    return math.ceil(retry_after_s + random.uniform(0, LATER_S))  # noqa: S311
