"""When a user is not to be disturbed."""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat.notifications.model import Preferences, QuietHours

MINUTE_MS = 60_000


def quiet_until_ms(preferences: Preferences, now_ms: int) -> int | None:
    """When the quiet hours that it is now end; None if it is not quiet.

    Quiet is what a clock on the user's wall says, at any moment. Where clocks are changed, an hour that comes twice is
    quiet twice, and one that is skipped cannot be missed: so minutes are looked at one after the other, in which all
    offsets of today are whole.
    """
    hours = preferences.quiet_hours
    if hours is None:
        return None
    from zoneinfo import ZoneInfo  # read with its zone for the first user with quiet hours

    zone = ZoneInfo(preferences.time_zone)
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)

    def quiet(at_ms: int) -> bool:
        clock = datetime.fromtimestamp(at_ms / 1000, zone).time()
        return start <= clock < end if start < end else not end <= clock < start

    if not quiet(now_ms):
        return None
    minutes = count(now_ms - now_ms % MINUTE_MS + MINUTE_MS, MINUTE_MS)
    return next(at_ms for at_ms in minutes if not quiet(at_ms))


def time_zone(name: str) -> str:
    """The name, if it is one of the IANA time zone database. ValueError if not.

    Looked up in a list: a name from a client is never used as a path before.
    """
    if name not in _time_zones():
        raise ValueError("This is not a time zone of the IANA database, such as Europe/Berlin.")
    return name


def quiet_hours(hours: QuietHours) -> QuietHours:
    """The quiet hours, if they are less than a whole day. ValueError if not."""
    if hours.start == hours.end:
        raise ValueError("Quiet hours must end at another time than they start.")
    return hours


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    from importlib.resources import files  # read with the zones for the first user with quiet hours

    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
