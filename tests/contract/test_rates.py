"""Buckets in a table grant what those in a dict grant, whoever else takes from them, and cost one write."""

from __future__ import annotations

from threading import Barrier, Lock, Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio_chat.accounts.gcra import MINUTE_US, Rate
from serverless_socketio_chat.accounts.rates import SEEN_MAX, TableRates, rate_key
from tests.support.memory import MemoryRates
from tests.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.aws.ports import Item, Key

FREE = Rate.of(20, 5)
NOW_US = 1_700_000_000_000_000


class CountingTable:
    """A table that counts its writes, and lets something happen right before the next one."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table
        self.writes = 0
        self.first: Any = None

    def update(self, key: Key, expression: str, **rest: Any) -> Item:
        self.writes += 1
        first, self.first = self.first, None
        if first is not None:
            first()
        return self._table.update(key, expression, **rest)


@pytest.fixture(scope="module")
def shared(client: DynamoDBClient) -> DynamoTable:
    return DynamoTable(make_table(client, "connections"), client)


@pytest.fixture
def table(shared: DynamoTable) -> CountingTable:
    return CountingTable(shared)


def warm(table: CountingTable) -> TableRates:
    """A warm function's."""
    return TableRates(table)  # type: ignore[arg-type]


def somebody() -> str:
    return str(uuid4())


@given(
    rate=st.builds(Rate.of, st.integers(1, 60_000), st.integers(1, 8)),
    calls=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5_000_000) | st.just(0)), max_size=15),
)
def test_several_warm_functions_grant_what_one_bucket_grants(
    shared: DynamoTable, rate: Rate, calls: list[tuple[int, int]]
) -> None:
    functions = [TableRates(shared) for _ in range(3)]
    reference, user, now_us = MemoryRates(), somebody(), NOW_US
    for function, pause_us in calls:
        now_us += pause_us
        assert functions[function].take(user, rate, now_us) == reference.take(user, rate, now_us)


def test_a_bucket_that_a_slower_plan_emptied_is_quite_empty_and_no_more_than_that(table: CountingTable) -> None:
    user, slow, fast = somebody(), Rate.of(1, 1), Rate.of(600, 100)
    rates, cold = warm(table), warm(table)
    assert [rates.take(user, slow, NOW_US) for _ in range(2)] == [0, MINUTE_US]
    assert [each.take(user, fast, NOW_US) for each in (rates, cold)] == [fast.interval_us] * 2
    assert [each.take(user, fast, NOW_US + fast.interval_us) for each in (rates, cold)] == [0, fast.interval_us]


def test_a_message_is_one_write_whether_the_bucket_was_full_or_not(table: CountingTable) -> None:
    rates, user = warm(table), somebody()
    for after_us in (0, 0, MINUTE_US, MINUTE_US, MINUTE_US):
        before = table.writes
        assert rates.take(user, FREE, NOW_US + after_us) == 0
        assert table.writes == before + 1


def test_what_was_seen_to_be_empty_is_refused_without_a_write(table: CountingTable) -> None:
    rates, user = warm(table), somebody()
    for _ in range(5):
        rates.take(user, FREE, NOW_US)
    written = table.writes
    assert [rates.take(user, FREE, NOW_US + step_us) for step_us in (0, 1_000_000)] == [3_000_000, 2_000_000]
    assert table.writes == written
    cold = warm(table)
    assert [cold.take(user, FREE, NOW_US) for _ in range(2)] == [3_000_000, 3_000_000]
    assert table.writes == written + 1


def test_a_function_that_was_overtaken_writes_twice(table: CountingTable) -> None:
    user, other = somebody(), warm(table)
    table.first = lambda: other.take(user, FREE, NOW_US)
    before = table.writes
    assert warm(table).take(user, FREE, NOW_US) == 0
    assert table.writes == before + 3  # the other's among them
    assert [other.take(user, FREE, NOW_US) for _ in range(4)] == [0, 0, 0, 3_000_000]


def test_a_row_that_expired_in_between_is_a_full_bucket(table: CountingTable, shared: DynamoTable) -> None:
    rates, user = warm(table), somebody()
    rates.take(user, FREE, NOW_US)
    shared.delete(rate_key(user))
    assert [rates.take(user, FREE, NOW_US) for _ in range(6)] == [0, 0, 0, 0, 0, 3_000_000]


def test_a_table_that_always_loses_is_refused_for_a_moment() -> None:
    class Busy:
        def update(self, *_: Any, **__: Any) -> Item:
            raise ConditionFailed(None)

    assert TableRates(Busy()).take("alice", FREE, NOW_US) == FREE.interval_us  # type: ignore[arg-type]


class AtomicTable:
    """A table whose updates are one at a time, as DynamoDB's of one item are; moto's are not."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table
        self._lock = Lock()

    def update(self, *call: Any, **rest: Any) -> Item:
        with self._lock:
            return self._table.update(*call, **rest)


def test_racing_functions_grant_no_more_than_the_burst(shared: DynamoTable) -> None:
    user, barrier, table = somebody(), Barrier(8), AtomicTable(shared)
    granted: list[bool] = []

    def race() -> None:
        rates = TableRates(table)  # type: ignore[arg-type]
        barrier.wait()
        granted.extend(rates.take(user, FREE, NOW_US) == 0 for _ in range(4))

    threads = [Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert granted.count(True) == 5


def test_a_bucket_expires_when_it_is_full_and_not_before(table: CountingTable, shared: DynamoTable) -> None:
    user = somebody()
    warm(table).take(user, FREE, NOW_US)
    row = shared.get(rate_key(user))
    assert row is not None
    assert row["full"] / 1_000_000 < row["expires"] < NOW_US / 1_000_000 + 60


def test_only_so_many_users_are_remembered() -> None:
    class Free:
        def update(self, *_: Any, **__: Any) -> Item:
            return {"full": NOW_US + FREE.interval_us}

    rates = TableRates(Free())  # type: ignore[arg-type]
    for number in range(SEEN_MAX + 1):
        rates.take(f"user{number}", FREE, NOW_US)
    assert len(rates._seen) <= SEEN_MAX


@pytest.mark.parametrize("kind", ["memory", "table"])
def test_counts_are_of_one_minute_whoever_adds_to_them(table: CountingTable, kind: str) -> None:
    shared = MemoryRates()
    functions = [warm(table), warm(table)] if kind == "table" else [shared, shared]
    name = f"frames:{uuid4()}"
    added = [functions[number % 2].count(name, 50, 1_000 + number // 4) for number in range(8)]
    assert added == [50, 100, 150, 200, 50, 100, 150, 200]
    assert functions[0].count(f"{name}2", 7, 1_000) == 7
    assert table.writes in (0, 9)
