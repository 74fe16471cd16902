"""Token buckets of one number, against one that counts its tokens."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.accounts.gcra import MINUTE_US, Rate
from tests.support.memory import MemoryRates

PER_MINUTE = st.integers(1, 60_000)
BURSTS = st.integers(1, 200)
PAUSES_US = st.lists(st.integers(0, 2 * MINUTE_US) | st.integers(0, 2_000_000), max_size=60)


class Tokens:
    """The plain way: so many tokens, counted since a time."""

    def __init__(self, rate: Rate) -> None:
        self._interval_us = rate.interval_us
        self._burst = rate.tolerance_us // rate.interval_us + 1
        self._tokens, self._since_us = Fraction(self._burst), 0

    def take(self, now_us: int) -> Fraction:
        refilled = self._tokens + Fraction(now_us - self._since_us, self._interval_us)
        self._tokens, self._since_us = min(Fraction(self._burst), refilled), now_us
        if self._tokens < 1:
            return (1 - self._tokens) * self._interval_us
        self._tokens -= 1
        return Fraction(0)


@given(PER_MINUTE, BURSTS, PAUSES_US)
def test_it_grants_what_counted_tokens_grant_and_says_as_long_to_wait(
    per_minute: int, burst: int, pauses_us: list[int]
) -> None:
    rate, rates, now_us = Rate.of(per_minute, burst), MemoryRates(), MINUTE_US
    tokens = Tokens(rate)
    for pause_us in pauses_us:
        now_us += pause_us
        assert rates.take("alice", rate, now_us) == tokens.take(now_us)


@given(PER_MINUTE, BURSTS, PAUSES_US)
def test_whoever_waits_as_long_as_told_is_let_through_and_not_before(
    per_minute: int, burst: int, pauses_us: list[int]
) -> None:
    rate, rates, now_us = Rate.of(per_minute, burst), MemoryRates(), MINUTE_US
    for pause_us in pauses_us:
        now_us += pause_us
        wait_us = rates.take("alice", rate, now_us)
        if wait_us:
            assert wait_us <= rate.interval_us
            assert rates.take("alice", rate, now_us + wait_us - 1) == 1
            assert rates.take("alice", rate, now_us + wait_us) == 0
            now_us += wait_us


@given(PER_MINUTE, BURSTS)
def test_a_minute_grants_no_more_than_the_rate_and_the_burst(per_minute: int, burst: int) -> None:
    rate = Rate.of(per_minute, burst)
    assert rate.interval_us * per_minute >= MINUTE_US
    assert rate.interval_us * (per_minute - 1) < MINUTE_US + per_minute


def test_a_bucket_that_a_slower_plan_emptied_is_quite_empty_and_no_more_than_that() -> None:
    rates, slow, fast = MemoryRates(), Rate.of(1, 1), Rate.of(600, 100)
    assert rates.take("alice", slow, MINUTE_US) == 0
    assert rates.take("alice", slow, MINUTE_US) == MINUTE_US
    assert rates.take("alice", fast, MINUTE_US) == fast.interval_us
    assert rates.take("alice", fast, MINUTE_US + fast.interval_us) == 0
