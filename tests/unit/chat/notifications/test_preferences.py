from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.notifications.model import Preferences, QuietHours
from serverless_socketio_chat.notifications.preferences import quiet_hours, quiet_until_ms, time_zone

MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"]
)


def ms(text: str) -> int:
    """A time in UTC, such as ``2026-03-29 00:10``."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def until(start: str, end: str, zone: str, now: str) -> str | None:
    """When it is quiet no more, in UTC."""
    ends_ms = quiet_until_ms(Preferences(QuietHours(start, end), zone), ms(now))
    return None if ends_ms is None else f"{datetime.fromtimestamp(ends_ms / 1000, UTC):%m-%d %H:%M}"


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_until_ms(Preferences(time_zone="Europe/Berlin"), ms("2026-01-01 03:00")) is None


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-01-10 11:59:59.999", None),
        ("2026-01-10 12:00", "01-10 13:30"),
        ("2026-01-10 12:34:56.789", "01-10 13:30"),
        ("2026-01-10 13:29:59.999", "01-10 13:30"),
        ("2026-01-10 13:30", None),
        ("2026-01-10 23:00", None),
    ],
)
def test_it_is_quiet_from_the_start_and_not_at_the_end(now: str, ends: str | None) -> None:
    assert until("12:00", "13:30", "UTC", now) == ends


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-01-10 20:59:59", None),  # Berlin is an hour ahead
        ("2026-01-10 21:00", "01-11 06:00"),
        ("2026-01-10 23:30", "01-11 06:00"),
        ("2026-01-11 00:00", "01-11 06:00"),
        ("2026-01-11 05:59:59", "01-11 06:00"),
        ("2026-01-11 06:00", None),
        ("2026-07-10 20:00", "07-11 05:00"),
        ("2026-07-11 05:00", None),
    ],
)
def test_it_may_be_quiet_over_midnight_on_the_user_s_own_clock(now: str, ends: str | None) -> None:
    assert until("22:00", "07:00", "Europe/Berlin", now) == ends


@pytest.mark.parametrize(
    ("hours", "now", "ends"),
    [
        (("22:00", "07:00"), "2026-03-28 22:00", "03-29 05:00"),  # a night that is an hour shorter
        (("01:00", "02:30"), "2026-03-29 00:10", "03-29 01:00"),  # it ends in the hour that is skipped: at 3:00
        (("02:15", "02:45"), "2026-03-29 00:59", None),  # all of it is skipped
        (("02:15", "02:45"), "2026-03-29 01:00", None),
        (("02:30", "04:00"), "2026-03-29 01:00", "03-29 02:00"),  # it begins in the hour that is skipped
        (("02:30", "02:29"), "2026-03-28 01:30", "03-30 00:29"),  # the minute in between is skipped: so is its day
        (("22:00", "07:00"), "2026-10-24 22:00", "10-25 06:00"),  # a night that is an hour longer
        (("02:00", "02:30"), "2026-10-25 00:10", "10-25 00:30"),  # an hour that comes twice is quiet twice
        (("02:00", "02:30"), "2026-10-25 00:40", None),
        (("02:00", "02:30"), "2026-10-25 01:10", "10-25 01:30"),
        (("01:00", "02:30"), "2026-10-25 00:29", "10-25 00:30"),
        (("01:00", "03:00"), "2026-10-25 00:29", "10-25 02:00"),
    ],
)
def test_it_is_quiet_by_the_clock_when_clocks_are_changed(hours: tuple[str, str], now: str, ends: str | None) -> None:
    assert until(*hours, "Europe/Berlin", now) == ends


@given(MINUTES, MINUTES, ZONES, st.integers(ms("2025-01-01 00:00"), ms("2028-01-01 00:00")))
def test_at_the_end_it_is_quiet_no_more_and_until_then_it_is(start: str, end: str, zone: str, now_ms: int) -> None:
    preferences = Preferences(QuietHours(start, end), zone)
    ends_ms = None if start == end else quiet_until_ms(preferences, now_ms)
    if ends_ms is not None:
        assert now_ms < ends_ms <= now_ms + 49 * 3_600_000
        assert quiet_until_ms(preferences, ends_ms) is None
        for part in range(5):
            assert quiet_until_ms(preferences, now_ms + (ends_ms - 1 - now_ms) * part // 4) == ends_ms


def test_quiet_hours_are_less_than_a_day() -> None:
    assert quiet_hours(QuietHours("00:00", "23:59")) == QuietHours("00:00", "23:59")
    with pytest.raises(ValueError, match="another time"):
        quiet_hours(QuietHours("08:00", "08:00"))


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]
)
def test_time_zones_have_the_names_of_iana(name: str) -> None:
    assert time_zone(name) == name
    quiet_until_ms(Preferences(QuietHours("00:00", "12:00"), name), 0)  # it can be used


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Base", "CEST", "europe/berlin", "Europe", "Europe/", "../UTC", "/etc/passwd", "localtime", "UTC\x00"],
)
def test_other_time_zones_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        time_zone(name)
