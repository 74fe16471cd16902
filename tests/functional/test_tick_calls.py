"""What a tick asks of AWS, counted: `docs/data-model.md` and `docs/cost.md` reckon with these numbers."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.store.rows import connection_key
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import QueueError
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Connection, bucket_of
from tests.drivers import ROOT, ChatDriver
from tests.fakes import Counting, Queues

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TICK = json.loads((ROOT / "tests" / "events" / "tick.json").read_text())
BUCKETS = 12
IDLE = {"put_item": 1, "query": 7}  # that it ran; a bucket, those that poll, the unaccepted, 4 shards of answers
PINGED = {"put_item": 1}  # that its pings are out
JUDGED = {"query": 1}  # whom it had pinged


class Ticking:
    """A stack some minutes after its first tick, so that each tick finds those before it done."""

    def __init__(self, dynamodb: DynamoDBClient, **settings: Any) -> None:
        self._dynamodb = dynamodb
        self.counting = Counting(dynamodb)
        self.chat = ChatDriver(self.counting, queues=Queues, **settings)  # type: ignore[arg-type]
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
        store = self.chat.function(self.chat.settings).server.manager.store
        table = DynamoTable(self.chat.settings.connections_table, self._dynamodb)
        now_ms = self.chat.clock.now_ms()
        for name in names:
            store.connections.open(Connection(name, "socketio", now_ms, now_ms, {}))
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


def test_an_idle_tick_of_the_function_that_ran_those_before(ticking: Ticking) -> None:
    assert ticking.tick() == Counter(IDLE)


def test_without_long_polling_nobody_looks_for_those_who_poll(tables: DynamoDBClient) -> None:
    """The sweeper may not, then: its role has no such grant."""
    assert Ticking(tables, long_polling=False).tick() == Counter({**IDLE, "query": IDLE["query"] - 1})


def test_an_idle_tick_of_a_cold_function_looks_for_what_those_before_it_did(ticking: Ticking) -> None:
    ticking.chat.renew("sweeper")
    looked = Counter({"get_item": 5, "query": 2})  # two ticks, by two notes each, and their buckets; whom to judge
    assert ticking.tick() == Counter(IDLE) + looked


def test_a_schedule_enqueues_each_tick_once(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, queues=Queues)
    url = chat.settings.ticks_queue_url
    chat.clock.advance(60 - chat.clock.now_ms() / 1000 % 60)
    chat.call("sweeper", {"schedule": "ticks"})
    chat.clock.advance(59.5)  # late
    chat.call("sweeper", {"schedule": "ticks"})
    chat.call("sweeper", {"schedule": "ticks"})  # it again
    chat.clock.advance(60.6)
    chat.call("sweeper", {"schedule": "ticks"})
    chat.clock.advance(180)
    slots = [message["tickAt"] // 10 for message in chat.queue.take(url)]
    assert slots == list(range(slots[0], slots[0] + 30))


def test_a_minute_whose_ticks_could_not_be_enqueued_is_seen_to_again(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, queues=Queues)
    chat.queue.is_full = True
    with pytest.raises(QueueError):
        chat.call("sweeper", {"schedule": "ticks"})
    chat.queue.is_full = False
    chat.call("sweeper", {"schedule": "ticks"})
    assert len(chat.queue) in range(13, 19)  # what is left of this minute, and the next two


def test_a_tick_that_was_done_is_one_refused_write(ticking: Ticking) -> None:
    ticking.counting.calls.clear()
    ticking.chat.call("sweeper", TICK)
    assert ticking.counting.calls == {"put_item": 1}


def test_a_tick_with_connections_due_reads_a_hundred_in_a_call_and_posts_to_each(ticking: Ticking) -> None:
    names = ticking.open(150, (ticking.bucket + 1) % BUCKETS)
    assert ticking.tick() == Counter(IDLE) + Counter(PINGED) + Counter({"batch_get_item": 2})
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
    assert calls == Counter(IDLE) + Counter(JUDGED) + end + Counter({"get_item": 1})  # whether it is a user's device


def test_a_large_bucket_is_left_to_the_queue_and_each_is_pinged_once_and_judged_later(ticking: Ticking) -> None:
    names = ticking.open(251, (ticking.bucket + 1) % BUCKETS)
    assert ticking.tick() == Counter(IDLE) + Counter({"put_item": 1})  # that it is dealt out
    assert ticking.posted == {}
    queue, url = ticking.chat.queue, ticking.chat.settings.ticks_queue_url
    pings = queue.take(url)
    ticking.counting.calls.clear()
    ticking.chat.deliver(pings[:1], "sweeper")
    assert ticking.counting.calls == {"get_item": 1, "batch_get_item": 3, "put_item": 1}
    ticking.chat.deliver(pings, "sweeper")  # it again
    alive = names[:245]
    store = ticking.chat.function(ticking.chat.settings).server.manager.store
    for name in alive:
        store.connections.seen(name, ticking.chat.clock.now_ms())
    ticking.chat.clock.advance(5)  # the second half of the tick's ten seconds
    ticking.chat.deliver(queue.take(url), "sweeper")
    assert ticking.posted == Counter(names)
    ticking.chat.clock.advance(44)
    assert queue.take(url) == []
    for after_s in (1, 5):
        ticking.chat.clock.advance(after_s)
        ticking.chat.deliver(queue.take(url), "sweeper")
    assert {each.address for each in store.connections.find_all(names)} == set(alive)
