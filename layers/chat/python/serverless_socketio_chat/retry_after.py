"""When to ask again, as servers say it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def retry_after_s(value: str, now_s: float) -> float | None:
    """``Retry-After`` in seconds from now (RFC 9110 section 10.2.3): seconds, or a date; None if it is neither.

    Fractions of a second are beyond the RFC, but sent.
    """
    seconds = _number(value)
    if seconds is not None:
        return seconds
    date_s = _date_s(value)
    return None if date_s is None else max(0.0, date_s - now_s)


def asked_for_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """When a response asks to be asked again, in seconds; None if it does not. Names of `headers` are small.

    By ``retry-after-ms``, which Azure and OpenAI send beside it, else by ``Retry-After``; a date is counted from the
    server's own, since clocks differ.
    """
    ms = _number(headers.get("retry-after-ms", ""))
    if ms is not None:
        return ms / 1000
    server_s = _date_s(headers.get("date", ""))
    return retry_after_s(headers.get("retry-after", ""), now_s if server_s is None else server_s)


def _number(value: str) -> float | None:
    """A number that is not below 0, in ASCII digits; None if it is something else."""
    text = value.strip()
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None


def _date_s(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value.strip()).timestamp()
    except (ValueError, OverflowError):
        return None
