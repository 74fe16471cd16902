"""What a tick asks of AWS, counted: `docs/data-model.md` and `docs/cost.md` reckon with these numbers."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.adaptors.memory import MemoryTransport
from serverless_socketio.adaptors.rows import connection_key
from serverless_socketio.adaptors.table import DynamoTable
from serverless_socketio.ports import Connection, bucket_of
from tests.drivers import ROOT, ChatDriver
from tests.fakes import Counting, Queues

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TICK = json.loads((ROOT / "tests" / "events" / "tick.json").read_text())
BUCKETS = 12
IDLE = {"put_item": 2, "get_item": 3, "query": 7}  # both notes; three of them read; 2 buckets, the unaccepted, answers


class Ticking:
    """A stack some minutes after its first tick, so that each tick finds those before it done."""

    def __init__(self, dynamodb: DynamoDBClient) -> None:
        self._dynamodb = dynamodb
        self.counting = Counting(dynamodb)
        self.chat = ChatDriver(self.counting, queues=Queues)  # type: ignore[arg-type]
        self.bucket = 0
        for _ in range(20):
            self.tick()

    def tick(self) -> Counter[str]:
        """One tick, ten seconds later; the calls it makes."""
        self.chat.clock.advance(10)
        self.bucket = self.chat.clock.now_ms() // 10_000 % BUCKETS
        self.counting.calls.clear()
        self.chat.call("sweeper", TICK)
        return Counter(self.counting.calls)

    def open(self, count: int, bucket: int) -> list[str]:
        """Open sockets of one bucket, as if accepted: moto takes long for so many transactions."""
        names = [name for n in range(count * BUCKETS * 2) if bucket_of(name := f"c{n:06d}=", BUCKETS) == bucket][:count]
        store = self.chat.function(self.chat.settings).server.store
        table = DynamoTable(self.chat.settings.connections_table, self._dynamodb)
        now_ms = self.chat.clock.now_ms()
        for name in names:
            store.open(Connection(name, "socketio", now_ms, now_ms, {}))
            socket = {"sid": f"{'x' * 22}{name}", "session": {"userId": "alice"}, "rooms": ["user:alice"]}
            table.update(
                connection_key(name),
                "SET #sockets = :sockets, #bucket = :bucket",
                values={":sockets": {"/": socket}, ":bucket": f"DUE#{bucket}"},
            )
        return names

    @property
    def posted(self) -> Counter[str]:
        assert isinstance(self.chat.transport, MemoryTransport)
        return Counter(address for address, _ in self.chat.transport.sent)


@pytest.fixture
def ticking(tables: DynamoDBClient) -> Ticking:
    return Ticking(tables)


def test_an_idle_tick(ticking: Ticking) -> None:
    assert ticking.tick() == Counter(IDLE)


def test_a_tick_that_was_done_is_one_refused_write(ticking: Ticking) -> None:
    ticking.counting.calls.clear()
    ticking.chat.call("sweeper", TICK)
    assert ticking.counting.calls == {"put_item": 1}


def test_a_tick_with_connections_due_reads_a_hundred_in_a_call_and_posts_to_each(ticking: Ticking) -> None:
    names = ticking.open(150, (ticking.bucket + 1) % BUCKETS)
    assert ticking.tick() == Counter(IDLE) + Counter({"batch_get_item": 2})
    assert ticking.posted == Counter(names)
    assert len(ticking.chat.queue) == 0


def test_who_is_not_due_costs_a_tick_nothing(ticking: Ticking) -> None:
    ticking.open(20, (ticking.bucket + 2) % BUCKETS)
    assert ticking.tick() == Counter(IDLE)
    assert ticking.posted == {}


def test_a_ghost_is_one_query_one_read_and_two_writes_more(ticking: Ticking) -> None:
    ticking.open(1, (ticking.bucket + 1) % BUCKETS)
    for _ in range(5):
        ticking.tick()
    calls = ticking.tick()  # the time-out, and a ghost is found where it was pinged
    end = Counter({"batch_get_item": 1, "query": 1, "batch_write_item": 1, "delete_item": 1})
    assert calls == Counter(IDLE) + end + Counter({"get_item": 1})  # whether it is the device of a user


def test_a_large_bucket_is_left_to_the_queue_and_each_is_pinged_once_and_judged_later(ticking: Ticking) -> None:
    names = ticking.open(251, (ticking.bucket + 1) % BUCKETS)
    assert ticking.tick() == Counter(IDLE)
    assert ticking.posted == {}
    queue, url = ticking.chat.queue, ticking.chat.settings.ticks_queue_url
    pings = queue.take(url)
    ticking.counting.calls.clear()
    ticking.chat.deliver(pings[:1], "sweeper")
    assert ticking.counting.calls == {"get_item": 1, "batch_get_item": 3, "put_item": 1}
    ticking.chat.deliver(pings, "sweeper")  # it again
    alive = names[:245]
    store = ticking.chat.function(ticking.chat.settings).server.store
    for name in alive:
        store.seen(name, ticking.chat.clock.now_ms())
    ticking.chat.clock.advance(5)  # the second half of the tick's ten seconds
    ticking.chat.deliver(queue.take(url), "sweeper")
    assert ticking.posted == Counter(names)
    ticking.chat.clock.advance(44)
    assert queue.take(url) == []
    for after_s in (1, 5):
        ticking.chat.clock.advance(after_s)
        ticking.chat.deliver(queue.take(url), "sweeper")
    assert {each.address for each in store.find_all(names)} == set(alive)
