"""The second allowance, as one warm function keeps it."""

from __future__ import annotations

import pytest

from serverless_socketio_chat.accounts.limits import (
    BUCKETS_MAX,
    FRAMES_SHARE,
    FRAMES_STEP,
    TOGETHER,
    Buckets,
    Counts,
    Limits,
)
from serverless_socketio_chat.accounts.model import User
from serverless_socketio_chat.accounts.plans import BAD_FRAMES, DEFAULTS, FRAMES, OTHERS, Plan, check
from serverless_socketio_chat.errors import RateLimited
from tests.unit.chat.world import World

ALICE, BOB = User("alice", "free"), User("bob", "free")
FREE = DEFAULTS["free"]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def limits(world: World) -> Limits:
    return world.ports.make_limits()


def refused_after(limits: Limits, user: User) -> int:
    """The milliseconds to wait."""
    with pytest.raises(RateLimited) as caught:
        limits.other(user)
    return int(caught.value.extra["retryAfterMs"])


def test_everything_else_is_ten_times_the_messages(world: World, limits: Limits) -> None:
    for _ in range(OTHERS * FREE.burst):
        limits.other(ALICE)
    assert refused_after(limits, ALICE) == 60_000 // (OTHERS * FREE.messages)
    limits.other(BOB)
    limits.message(ALICE)
    world.clock.advance(0.299)
    assert refused_after(limits, ALICE) == 1
    world.clock.advance(0.001)
    limits.other(ALICE)
    assert refused_after(limits, ALICE) == 300


def test_bad_frames_may_be_twice_that_on_each_connection(world: World, limits: Limits) -> None:
    floods = [limits.floods(ALICE, "first") for _ in range(BAD_FRAMES * FREE.burst + 1)]
    assert floods == [False] * (BAD_FRAMES * FREE.burst) + [True]
    assert not limits.floods(ALICE, "second")
    world.clock.advance(60 / (BAD_FRAMES * FREE.messages))
    assert not limits.floods(ALICE, "first")


def test_functions_that_each_see_a_part_of_a_flood_close_it_together(world: World) -> None:
    functions = [world.ports.make_limits() for _ in range(8)]
    allowed = BAD_FRAMES * FREE.burst
    seen = next(number for number in range(3 * allowed) if functions[number % 8].floods(ALICE, "first"))
    assert allowed < seen <= allowed + 8 * TOGETHER
    assert not functions[0].floods(ALICE, "second")


@pytest.mark.parametrize("functions", [1, 8])
@pytest.mark.parametrize("user", [ALICE, User("carol", "enterprise")])
def test_frames_of_any_kind_may_be_ten_times_the_second_allowance_in_a_minute(
    world: World, functions: int, user: User
) -> None:
    warm = [world.ports.make_limits() for _ in range(functions)]
    allowed = FRAMES * DEFAULTS[user.plan].messages
    overruns = (warm[number % functions].overruns(user, "first") for number in range(2 * allowed))
    seen = next(number for number, is_over in enumerate(overruns, 1) if is_over)
    assert allowed < seen <= allowed + functions * (allowed // FRAMES_SHARE)
    assert not warm[0].overruns(user, "second")
    world.clock.advance(60)
    assert not any(warm[0].overruns(user, "first") for _ in range(allowed))


def test_a_connection_at_its_ease_writes_nothing(world: World, limits: Limits) -> None:
    world.ports.rates.count = lambda *_: pytest.fail("written")  # type: ignore[method-assign]
    for _ in range(10):
        assert not any(limits.overruns(ALICE, "first") for _ in range(FRAMES_STEP - 1))
        world.clock.advance(60)


def test_counts_are_bounded_in_memory() -> None:
    counts = Counts()
    for number in range(BUCKETS_MAX + 1):
        assert counts.add(f"address{number}") == 1
    assert counts.add(f"address{BUCKETS_MAX}") == 2


def test_a_user_on_a_plan_that_is_not_known_has_the_smallest(limits: Limits) -> None:
    for _ in range(FREE.burst):
        limits.message(User("carol", "golden"))
    with pytest.raises(RateLimited) as caught:
        limits.message(User("carol", "golden"))
    assert caught.value.extra == {"retryAfterMs": 3000}


def test_a_plan_counts_as_it_is_now(world: World, limits: Limits) -> None:
    world.directory.put_plan(Plan("free", messages=1, burst=1, connections=1))
    limits.message(ALICE)
    with pytest.raises(RateLimited):
        limits.message(ALICE)
    world.directory.put_plan(Plan("free", messages=60_000, burst=2, connections=1))
    world.clock.advance(0.001)
    with pytest.raises(RateLimited) as caught:
        limits.message(ALICE)
    assert caught.value.extra == {"retryAfterMs": 1}
    world.clock.advance(0.001)
    limits.message(ALICE)


def test_only_so_many_buckets_are_remembered_the_latest_used() -> None:
    buckets, rate = Buckets(), FREE.rate()
    for number in range(BUCKETS_MAX):
        buckets.take(f"user{number}", rate, 0)
    for _ in range(FREE.burst):
        buckets.take("user0", rate, 0)
    assert buckets.take("user0", rate, 0) > 0
    buckets.take("one more", rate, 0)
    assert len(buckets) == BUCKETS_MAX
    assert buckets.take("user0", rate, 0) > 0


@pytest.mark.parametrize("wrong", [{"messages": 0}, {"messages": 60_001}, {"burst": 0}, {"connections": 0}])
def test_a_plan_that_cannot_be_kept_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="A plan must have"):
        check(Plan("p", **{"messages": 1, "burst": 1, "connections": 1, **wrong}))
