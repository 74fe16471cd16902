"""What was done and cannot be undone must be recorded, or it is done again: so that is tried again, for a while."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSES_S = (0.1, 0.4, 1, 2, 3)  # beside the client's own tries, which take up to eight seconds each time


def insist(
    record: Callable[[], object], sleep: Callable[[float], None], *, but: tuple[type[Exception], ...] = ()
) -> None:
    """Call `record` until it works, six times at most. Raises what the last one raised, and `but` at once."""
    for pause_s in PAUSES_S:
        try:
            record()
        except but:
            raise
        except Exception:
            logger.exception("Something that was done could not be recorded yet")
            sleep(pause_s)
        else:
            return
    record()
