"""What every store of subscriptions keeps to: the same suite over dicts, the reference, and over a DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import StoreError
from serverless_socketio_chat.notifications.model import NotYours, Preferences, QuietHours
from serverless_socketio_chat.notifications.table import DEVICES_MAX, TRIES, TableSubscriptions
from serverless_socketio_chat.push.model import Subscription
from serverless_socketio_chat.tables import keys
from tests.fakes import FakeClock
from tests.support.memory_push import MemorySubscriptions
from tests.tables import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.aws.ports import Write
    from serverless_socketio_chat.notifications.ports import Subscriptions

QUIET = QuietHours("22:00", "07:00")


@dataclass
class World:
    """A store, and its clock, which goes on a little with every device."""

    store: Subscriptions
    clock: FakeClock

    def subscribe(self, subscription: Subscription) -> None:
        self.clock.advance(0.001)
        self.store.put(subscription)

    def ids(self, user_id: str) -> list[str]:
        return sorted(device.subscription_id for device in self.store.all(user_id))


def make_memory() -> World:
    clock = FakeClock()
    return World(MemorySubscriptions(clock), clock)


def make_tables(client: DynamoDBClient) -> World:
    clock = FakeClock()
    return World(TableSubscriptions(DynamoTable(make_table(client, "conversations"), client), clock), clock)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest, client: DynamoDBClient) -> World:
    return make_memory() if request.param == "memory" else make_tables(client)


def device(number: int, user_id: str = "alice", **changes: Any) -> Subscription:
    """A device by its number, which it has with any user."""
    named = Subscription(f"id{number:02d}", user_id, f"https://push.example/{number}", f"point{number}", "secret")
    return replace(named, **changes)


class TestPreferences:
    def test_are_the_defaults_until_somebody_sets_any(self, world: World) -> None:
        assert world.store.preferences("alice") == Preferences()

    def test_change_one_by_one(self, world: World) -> None:
        assert world.store.prefer("alice", {"quiet_hours": QUIET}) == Preferences(QUIET)
        world.store.prefer("alice", {"time_zone": "Europe/Berlin", "muted_agents": ("echo", "companion")})
        expected = Preferences(QUIET, "Europe/Berlin", ("echo", "companion"))
        assert world.store.preferences("alice") == expected
        assert world.store.prefer("alice", {"quiet_hours": None, "muted_agents": ()}) == Preferences(
            time_zone="Europe/Berlin"
        )
        assert world.store.preferences("bob") == Preferences()

    def test_count_the_devices_and_outlive_them(self, world: World) -> None:
        world.store.prefer("alice", {"quiet_hours": QUIET})
        for number in (1, 2, 1):
            world.subscribe(device(number))
        assert world.store.preferences("alice") == Preferences(QUIET, subscriptions=2)
        assert world.store.prefer("alice", {"time_zone": "Asia/Tokyo"}).subscriptions == 2
        for number in (1, 1, 2):
            world.store.remove("alice", f"id{number:02d}")
        assert world.store.preferences("alice") == Preferences(QUIET, "Asia/Tokyo")


class TestDevices:
    def test_are_found_as_they_were_subscribed(self, world: World) -> None:
        phone, desk = device(1, expires_ms=world.clock.now_ms() + 60_000), device(2)
        world.subscribe(phone)
        world.subscribe(desk)
        assert world.store.get("alice", "id01") == phone
        assert world.store.get("bob", "id01") is None
        assert sorted(world.store.all("alice"), key=lambda each: each.subscription_id) == [phone, desk]
        assert list(world.store.all("bob")) == []

    def test_subscribe_again_without_another_trace(self, world: World) -> None:
        for ends in (None, world.clock.now_ms() + 60_000, None):
            world.subscribe(device(1, expires_ms=ends))
            assert list(world.store.all("alice")) == [device(1, expires_ms=ends)]
            assert world.store.preferences("alice").subscriptions == 1

    def test_may_have_new_keys_of_the_same_user(self, world: World) -> None:
        renewed = device(1, p256dh="other point", auth="other secret")
        world.subscribe(device(1))
        world.subscribe(renewed)
        assert list(world.store.all("alice")) == [renewed]
        with pytest.raises(NotYours):  # the keys of before are nobody's
            world.subscribe(device(1, "bob"))
        world.subscribe(replace(renewed, user_id="bob"))
        assert world.ids("bob") == ["id01"]

    @pytest.mark.parametrize("other", [{"p256dh": "other point"}, {"auth": "other secret"}])
    def test_of_somebody_else_stay_with_them(self, world: World, other: dict[str, str]) -> None:
        world.subscribe(device(1))
        with pytest.raises(NotYours):
            world.subscribe(device(1, "bob", **other))
        assert (list(world.store.all("alice")), list(world.store.all("bob"))) == ([device(1)], [])
        assert world.store.preferences("bob").subscriptions == 0

    def test_move_to_another_user_with_the_same_keys(self, world: World) -> None:
        for number in (1, 2):
            world.subscribe(device(number))
        world.subscribe(device(1, "bob"))
        assert (world.ids("alice"), world.ids("bob")) == (["id02"], ["id01"])
        assert world.store.preferences("alice").subscriptions == world.store.preferences("bob").subscriptions == 1
        world.subscribe(device(1))
        assert (world.ids("alice"), world.ids("bob")) == (["id01", "id02"], [])

    def test_are_forgotten_by_their_user_only(self, world: World) -> None:
        world.subscribe(device(1))
        assert not world.store.remove("bob", "id01")
        assert world.store.remove("alice", "id01")
        assert not world.store.remove("alice", "id01")
        assert list(world.store.all("alice")) == []
        world.subscribe(device(1, "bob", p256dh="other point"))  # it is nobody's now
        assert world.ids("bob") == ["id01"]

    def test_that_have_new_keys_are_not_forgotten_for_the_old_ones(self, world: World) -> None:
        world.subscribe(device(1, auth="new secret"))
        assert not world.store.remove("alice", "id01", of=device(1))
        assert world.ids("alice") == ["id01"]
        assert world.store.remove("alice", "id01", of=device(1, auth="new secret"))

    def test_are_as_good_as_none_once_they_have_expired(self, world: World) -> None:
        world.subscribe(device(1, expires_ms=world.clock.now_ms() + 1_000))
        world.clock.advance(1)
        assert (list(world.store.all("alice")), world.store.get("alice", "id01")) == ([], None)
        world.subscribe(device(1))
        assert world.ids("alice") == ["id01"]


class TestTheBound:
    def test_lets_the_device_give_way_that_is_longest_unused(self, world: World) -> None:
        for number in range(DEVICES_MAX):
            world.subscribe(device(number))
        world.subscribe(device(0))  # used again
        for number in (50, 51):
            world.subscribe(device(number))
        assert world.ids("alice") == sorted(
            ["id00", *(f"id{number:02d}" for number in range(3, DEVICES_MAX)), "id50", "id51"]
        )
        assert world.store.preferences("alice").subscriptions == DEVICES_MAX
        world.subscribe(device(1, "bob", auth="other secret"))  # one that gave way is nobody's

    def test_lets_what_has_expired_give_way_first(self, world: World) -> None:
        soon = world.clock.now_ms() + 1_000
        for number in range(DEVICES_MAX):
            world.subscribe(device(number, expires_ms=soon if number in {7, 11} else None))
        world.clock.advance(1)
        world.subscribe(device(50))
        assert "id00" in world.ids("alice")
        assert len(world.ids("alice")) == world.store.preferences("alice").subscriptions == DEVICES_MAX - 1

    def test_holds_for_a_device_that_moves_too(self, world: World) -> None:
        world.subscribe(device(50, "bob"))
        for number in range(DEVICES_MAX):
            world.subscribe(device(number))
        world.subscribe(device(50))
        assert world.ids("alice") == sorted([*(f"id{number:02d}" for number in range(1, DEVICES_MAX)), "id50"])
        assert world.store.preferences("bob").subscriptions == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "put", "remove", "wait"]),
        st.integers(0, 4),
        st.sampled_from(["alice", "alice", "bob"]),
        st.sampled_from(["secret", "secret", "other secret"]),
        st.sampled_from([None, None, None, 40]),
    ),
    min_size=20,
    max_size=25,
)


@given(steps=STEPS)
@settings(max_examples=15)
def test_whatever_happens_both_keep_the_same(client: DynamoDBClient, steps: Sequence[Any]) -> None:
    worlds = make_memory(), make_tables(client)
    for kind, number, user_id, auth, lives_ms in steps:
        first, second = (play(world, kind, device(number, user_id, auth=auth), lives_ms) for world in worlds)
        assert first == second
    for user_id in ("alice", "bob"):
        one, other = (world.store for world in worlds)
        assert sorted(one.all(user_id), key=str) == sorted(other.all(user_id), key=str)
        assert one.preferences(user_id) == other.preferences(user_id)


def play(world: World, kind: str, subscription: Subscription, lives_ms: int | None) -> object:
    """One step, and how it ended."""
    if kind == "wait":
        world.clock.advance(0.01)
        return None
    if kind == "remove":
        return world.store.remove(subscription.user_id, subscription.subscription_id, of=subscription)
    ends = None if lives_ms is None else world.clock.now_ms() + lives_ms
    try:
        world.subscribe(replace(subscription, expires_ms=ends))
    except NotYours:
        return "not yours"
    return None


class Rivals(DynamoTable):
    """A table at which others are faster: they write just before the next transactions do."""

    def __init__(self, table: DynamoTable, client: DynamoDBClient) -> None:
        super().__init__(table.name, client)
        self.acts: list[Callable[[], object]] = []

    def transact(self, writes: Sequence[Write]) -> None:
        if self.acts:
            self.acts.pop(0)()
        super().transact(writes)


@dataclass
class Race:
    """A store whose transactions others get ahead of."""

    table: Rivals
    mine: TableSubscriptions
    theirs: TableSubscriptions
    clock: FakeClock

    def owners(self, numbers: Sequence[int]) -> list[str | None]:
        found = [self.table.get(keys.subscription_owner(f"id{number:02d}")) for number in numbers]
        return [None if owner is None else owner["user_id"] for owner in found]

    def counted(self, user_id: str) -> bool:
        """Whether the number of the user's devices is what is said of it, and each endpoint is the user's."""
        devices = [device.subscription_id for device in self.theirs.all(user_id)]
        owners = [self.table.get(keys.subscription_owner(subscription_id)) for subscription_id in devices]
        count = self.theirs.preferences(user_id).subscriptions
        return count == len(devices) and all(owner and owner["user_id"] == user_id for owner in owners)


@pytest.fixture
def race(client: DynamoDBClient) -> Race:
    clock = FakeClock()
    table = DynamoTable(make_table(client, "conversations"), client)
    rivals = Rivals(table, client)
    return Race(rivals, TableSubscriptions(rivals, clock), TableSubscriptions(table, clock), clock)


def test_the_bound_holds_though_others_subscribe_at_the_same_time(race: Race) -> None:
    for number in range(DEVICES_MAX - 1):
        race.theirs.put(device(number))
        race.clock.advance(0.001)
    race.table.acts = [lambda: race.theirs.put(device(50)), lambda: race.theirs.put(device(51))]
    race.mine.put(device(52))
    assert len(race.theirs.all("alice")) == DEVICES_MAX
    assert race.counted("alice")
    assert race.owners([50, 51, 52]) == ["alice"] * 3


def test_a_device_that_is_used_meanwhile_does_not_give_way(race: Race) -> None:
    for number in range(DEVICES_MAX):
        race.theirs.put(device(number))
        race.clock.advance(0.001)
    race.table.acts = [lambda: race.theirs.put(device(0))]
    race.mine.put(device(50))
    assert race.owners([0, 1, 50]) == ["alice", None, "alice"]
    assert race.counted("alice")


def test_an_endpoint_that_two_users_subscribe_at_once_is_one_of_theirs(race: Race) -> None:
    race.table.acts = [lambda: race.theirs.put(device(1, "bob"))]
    race.mine.put(device(1))
    assert (list(race.theirs.all("alice")), list(race.theirs.all("bob"))) == ([device(1)], [])
    race.theirs.put(device(2, "carol"))
    race.table.acts = [lambda: race.theirs.put(device(2, "carol", auth="new secret"))]
    with pytest.raises(NotYours):
        race.mine.put(device(2))
    assert race.counted("alice")
    assert race.counted("bob")
    assert race.owners([1, 2]) == ["alice", "carol"]


def test_a_device_that_is_forgotten_meanwhile_is_subscribed_anew(race: Race) -> None:
    race.theirs.put(device(1))
    race.table.acts = [lambda: race.theirs.remove("alice", "id01")]
    race.mine.put(device(1, auth="new secret"))
    assert list(race.theirs.all("alice")) == [device(1, auth="new secret")]
    assert race.counted("alice")


def test_who_finds_others_faster_every_time_is_told_so(race: Race) -> None:
    numbers = iter(range(1, TRIES + 1))
    race.table.acts = [lambda: race.theirs.put(device(next(numbers)))] * TRIES
    with pytest.raises(StoreError):
        race.mine.put(device(50))
    assert race.owners([50]) == [None]
    assert race.counted("alice")
