"""Days as operators write them."""

from datetime import UTC, date, datetime, time

from chat_admin.errors import AdminError

NEVER = "never"


def midnight_ms(day: str | None) -> int | None:
    """Return when a day (``YYYY-MM-DD``) begins in UTC; None for ``never``, or where none is given.

    Raises:
        AdminError: It is not a date.
    """
    if day is None or day == NEVER:
        return None
    try:
        begins = datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError as error:
        raise AdminError(f"{day!r} is not a date: give one as 2027-12-31, or {NEVER}") from error
    return round(begins.timestamp() * 1000)
