"""A reconnect storm against the account's token buckets, and which wall comes first."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from local.edge.throttle import NEW_CONNECTIONS
from local.engine.apis import ACCOUNT, Throttle
from tools.cost.tables import deployment
from tools.scaling import tables
from tools.scaling.storm import DELAY_MAX_MS, POSTS, Limits, backoff_s, ended_s, play
from tools.scaling.walls import REQUESTS_PER_S_ELSEWHERE, listeners, most, walls

ROOT = Path(__file__).parents[3]
LIMITS = Limits.of(deployment())
RATE, BURST = LIMITS.connect_route.rate, LIMITS.connect_route.burst


class Drawn(Random):
    """Draws what it is told to."""

    def __init__(self, *draws: float) -> None:
        super().__init__(0)
        self._draws = list(draws)

    def random(self) -> float:
        return self._draws.pop(0)


def test_the_back_off_is_the_clients_own() -> None:
    draws = [0.05, 0.15, 0.55, 0.949, 0.42, 0.77, 0.33]
    script = f"""
    const {{ Backoff }} = require("./node_modules/socket.io-client/build/cjs/contrib/backo2.js");
    const {{ Manager }} = require("socket.io-client");
    const options = new Manager("http://127.0.0.1:1", {{ autoConnect: false }});
    const backoff = new Backoff({{
      min: options.reconnectionDelay(), max: options.reconnectionDelayMax(), jitter: options.randomizationFactor() }});
    const draws = {json.dumps(draws)};
    Math.random = () => draws.shift();
    console.log(JSON.stringify(Array.from({{ length: 7 }}, () => backoff.duration())));
    """
    done = subprocess.run(["node", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True)
    random = Drawn(*draws)
    assert [round(backoff_s(attempt, random) * 1000) for attempt in range(7)] == json.loads(done.stdout)


def test_whoever_fits_the_burst_is_back_after_one_wait_and_nobody_is_refused() -> None:
    storm = play([0.0] * int(BURST), LIMITS)
    assert storm.refused == storm.broken == 0
    assert storm.after(1) < 1.5 + 0.2


def test_ten_thousand_are_back_within_a_minute_as_fast_as_connect_lets_them_in_and_none_is_broken() -> None:
    storm = tables.storm(10_000)
    assert len(storm.back_s) == 10_000
    assert storm.broken == 0
    assert (10_000 - BURST) / RATE <= storm.after(1) < 60
    assert storm.busiest <= RATE + BURST
    assert max(storm.requests.values()) < ACCOUNT.rate / 2  # who is connected already is not in the way


def test_never_more_than_a_bucket_holds_comes_through_it() -> None:
    times = tables.storm(10_000).back_s
    for within_s in (1, 5, 20):
        most_in = max(
            sum(at <= other < at + within_s for other in times[n:]) for n, at in enumerate(times) if n % 500 == 0
        )
        assert most_in <= BURST + RATE * (within_s + 0.1) + 1


def test_jitter_keeps_the_first_waves_apart_and_is_gone_when_it_is_cut() -> None:
    waves = [backoff_s(0, Random(seed)) for seed in range(200)]  # noqa: S311
    assert 0.5 <= min(waves) < 0.7
    assert 1.3 < max(waves) <= 1.5
    assert {backoff_s(attempt, Random(seed)) for attempt in range(4, 40) for seed in range(50)} == {DELAY_MAX_MS / 1000}  # noqa: S311


def test_a_million_take_longer_than_their_rate_since_the_stock_clients_stay_in_step() -> None:
    ideal_s = 1_000_000 / RATE
    assert 1.2 * ideal_s < tables.million().after(1) < 1.5 * ideal_s
    assert tables.million(burst=tables.CYCLE_BURST).after(1) < 1.15 * ideal_s


def test_a_throttled_connect_begins_anew_and_everybody_is_back_in_the_end() -> None:
    narrow = Limits(connect_route=LIMITS.connect_route, default_route=Throttle(rate=100, burst=10))
    storm = play([0.0] * 1_000, narrow)
    assert storm.broken > 0
    assert len(storm.back_s) == 1_000


def test_posts_are_counted_against_the_accounts_requests() -> None:
    storm = play([0.0] * 100, LIMITS)
    assert sum(storm.requests.values()) == 100 * (2 + POSTS)


def test_what_opened_in_one_storm_ends_one_by_one_before_the_two_hours() -> None:
    opened = tables.storm(10_000).back_s
    ends = ended_s(opened, deployment())
    ages = [end - at for end, at in zip(ends, opened, strict=True)]
    assert min(ages) >= 105 * 60
    assert max(ages) <= 117 * 60 + 10
    storm = play(ends, LIMITS)
    assert storm.refused == 0
    assert storm.busiest < RATE / 2
    assert play([at + 7_200 for at in opened], LIMITS).busiest > RATE


def test_who_waits_by_another_back_off_is_played_by_it() -> None:
    storm = play([0.0] * 1_000, LIMITS, backoff=lambda attempt, _: 1.0)
    assert max(storm.handshakes.values()) == 1_000  # all at once: what the jitter is for


@pytest.mark.parametrize(("connections", "is_over"), [(10_000, False), (1_000_000, True)])
def test_the_first_wall_is_requests_shared_by_frames_and_posts(connections: int, is_over: bool) -> None:
    found = walls(deployment(), connections)
    shares = [wall.share for wall in found]
    assert all(one >= other for one, other in pairwise(shares))
    assert found[0].what.startswith("frames and posts")
    assert (found[0].share > 1) is is_over


def test_listeners_are_500_and_125_at_50_ms_and_grow_with_the_window() -> None:
    assert listeners(deployment()) == 500
    assert listeners(deployment(), REQUESTS_PER_S_ELSEWHERE) == 125
    assert listeners(deployment(profile="thrifty")) == 2_000
    assert most(deployment(profile="thrifty")) > 2 * most(deployment())


def test_the_buckets_are_those_of_the_local_edge() -> None:
    assert (LIMITS.account, LIMITS.connections) == (ACCOUNT, NEW_CONNECTIONS)
    assert (LIMITS.connect_route, LIMITS.default_route) == (
        Throttle(rate=300, burst=500),
        Throttle(rate=1_000, burst=2_000),
    )
