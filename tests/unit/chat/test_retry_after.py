"""When servers ask to be asked again, in every form."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from serverless_socketio_chat.retry_after import asked_for_s, retry_after_s


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 400, float("inf")),
        (formatdate(1_700_000_060, usegmt=True), 60),
        (formatdate(1_600_000_000, usegmt=True), 0),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60),
        ("-5", None),
        ("1.5", 1.5),
        ("", None),
        ("soon", None),
        ("१२", None),
        ("nan", None),
        ("1e9", None),
        (".", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_s(value, 1_700_000_000) == seconds


SOON = formatdate(1_700_000_060, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2),
        ({"retry-after": SOON}, 60),
        ({"retry-after": SOON, "date": formatdate(1_700_000_040, usegmt=True)}, 20),
        ({"retry-after": SOON, "date": "today"}, 60),
        ({"date": SOON}, None),
        ({}, None),
    ],
)
def test_a_response_says_it_in_milliseconds_or_by_its_own_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_for_s(headers, 1_700_000_000) == seconds
