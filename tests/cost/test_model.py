"""The model's counts are what the real functions use: frames, calls, units, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.store.rows import connection_key
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.model import Connection, bucket_of
from serverless_socketio.polling.server import LONG_MS, SHORT_MS, YOUNG_MS
from serverless_socketio_chat import ulid
from serverless_socketio_chat.answers.model import Message
from serverless_socketio_chat.conversations.table import message_item
from serverless_socketio_chat.model import Chat
from tests.bench.bench_calls import transports
from tests.cost.counting import Counted, by_the_piece, upgrade, words
from tools.cost import model
from tools.cost.tables import deployment
from tools.cost.usage import Usage, total

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    Stack = Callable[..., Counted]

ECHO = {"agentId": "echo"}
DUE = 20  # connections in one bucket


def answered(chat: Counted, length: int, devices: int) -> Usage:
    """A message that is said back, in a chat that is full of such."""
    remember(chat, length)
    sender, *others = [chat.connect("bob") for _ in range(devices)]
    for device in (sender, *others):
        device.emit("chat:join", ECHO)
    chat.clock.advance(31)  # a warm function reads session, plan and agent again
    with chat.counting() as counted:
        sender.emit("chat:message", {**ECHO, "message": words(length), "clientMessageId": "c1"})
        chat.answer()
    return counted[0]


def remember(chat: Counted, length: int, lines: int = model.HISTORY_LINES) -> None:
    """Fill a chat with lines of so many words, as many as an agent is given, all acked and answered long ago."""
    table = DynamoTable(chat.settings.conversations_table, chat.dynamodb)
    now_ms = chat.clock.now_ms()
    for number in range(0, lines, 2):
        asked_ms, message_id = now_ms - 1000 * (lines + 30 - number), f"c{number}"
        said = (
            Message(ulid.new(asked_ms), "user", words(length), asked_ms, client_message_id=message_id),
            Message(ulid.new(asked_ms + 1), "agent", words(length), asked_ms + 1, message_id, "stop"),
        )
        for line in said:
            table.put(message_item(Chat("bob", "echo"), line))


def test_of_a_long_chat_only_what_is_shown_is_read(stack: Stack) -> None:
    """A page of DynamoDB's own has 1 MB: 128 units for 50 lines."""
    chat = stack()
    bob = chat.connect("bob")
    remember(chat, 60, lines=600)
    for event, units in (({**ECHO, "limit": 50}, 9), ({**ECHO, "limit": 10}, 2), ({**ECHO, "limit": 100}, 17)):
        with chat.counting() as counted:
            assert len(bob.emit("chat:history", event)["messages"]) == event["limit"]
        assert counted[0].units["reads"] <= units
    with chat.counting() as counted:
        bob.emit("chat:join", ECHO)
    assert counted[0].units["reads"] <= 14
    with chat.counting() as counted:
        bob.emit("chat:message", {**ECHO, "message": "hi"})
        chat.answer()
    assert counted[0].units["reads"] <= 20


@pytest.mark.parametrize(
    ("length", "chunk_size", "chunk_delay_ms", "devices"),
    [
        (20, 3, 50, 1),
        (60, 3, 50, 1),
        (200, 3, 50, 1),
        (200, 3, 50, 3),
        (600, 3, 50, 1),
        (200, 12, 200, 1),
        (200, 30, 500, 1),
        (200, 60, 1000, 1),  # a second is not waited for
        (200, 72, 1200, 1),
        (200, 120, 2000, 1),
    ],
)
def test_a_whole_answer(stack: Stack, length: int, chunk_size: int, chunk_delay_ms: int, devices: int) -> None:
    pace = {"chunk_size": chunk_size, "chunk_delay_ms": chunk_delay_ms}
    counted = answered(stack(**pace), length, devices)
    settings = deployment(**pace)
    expected = total(model.answer(settings, length, question=length, devices=devices))
    assert by_the_piece(expected) == by_the_piece(counted)
    assert expected.out_gb == pytest.approx(counted.out_gb, rel=0.05)


def test_the_streamer_sleeps_as_long_as_it_is_said_to(stack: Stack) -> None:
    chat = stack()
    began = chat.clock.monotonic()
    answered(chat, 200, 1)
    pacing_s = chat.clock.monotonic() - began - 31
    settings = deployment()
    (streamer,) = [item.usage for item in model.answer(settings, 200) if item.what == "`Streamer`"]
    beside_s = (model.STEP_MS + model.POST_MS + model.INIT_SHARE * model.INIT_MS) / 1000
    billed_s = streamer.gb_s / (settings.streamer.memory_mb / 1024)
    assert billed_s == pytest.approx(pacing_s + beside_s, abs=0.01)


@pytest.mark.parametrize("members", [1, 10, 30])
def test_an_event_to_a_room(stack: Stack, members: int) -> None:
    chat = stack()
    sender, *_ = clients = [chat.connect("carol") for _ in range(members + 1)]
    for client in clients:
        client.emit("chat:join", ECHO)
    with chat.counting() as counted:
        assert sender.tell("chat:typing", {**ECHO, "isTyping": True}) == []
    expected = total(model.room_event(deployment(), members))
    assert by_the_piece(expected) == by_the_piece(counted[0])
    assert expected.out_gb == pytest.approx(counted[0].out_gb, rel=0.06)


def test_a_session_comes_and_goes(stack: Stack) -> None:
    chat = stack()
    for _ in range(2):  # the second time its user is known to presence
        with chat.counting() as counted:
            chat.connect("carol").close()
            chat.clock.advance(31)
            reminders = chat.remind()
    expected = model.connecting(deployment())
    assert by_the_piece(expected) == by_the_piece(counted[0])
    assert expected.sqs == 3 * reminders


def test_a_pong_and_what_ticks_read_of_a_connection(stack: Stack) -> None:
    chat = stack()
    alice = chat.connect("alice")
    alice.emit("chat:history", {**ECHO, "limit": 1})  # its session is read
    with chat.counting() as counted:
        alice.send("3")
    pong = by_the_piece(counted[0])
    assert pong == {"frames": 1, "http_requests": 0, "requests": 1, "writes": 1, "reads": 0}
    due, nobody = ticks(stack, DUE), ticks(stack, 0)
    each = {name: (due[name] - nobody[name]) / DUE for name in ("frames", "reads")}
    assert each["frames"] == 1
    assert each["reads"] == pytest.approx(model.PING_READS, abs=0.05)  # a bucket of few reads whole units
    assert due["writes"] - nobody["writes"] == 1  # that the pings are out, once for a bucket
    settings = deployment()
    hour = model.connected(settings) + Usage(minutes=-60)
    pings = 3_600_000 / settings.ping_interval_ms
    assert by_the_piece(hour) == {
        "frames": 2 * pings,
        "http_requests": 0,
        "requests": pings,
        "writes": pings,
        "reads": pytest.approx(pings * each["reads"], rel=0.05),
    }


@pytest.mark.parametrize("is_held", [True, False], ids=["twenty seconds", "one second"])
def test_an_hour_of_long_polling(stack: Stack, is_held: bool) -> None:
    """An interval of the heartbeat, in GETs one after the other; its ping comes while the last one is held."""
    settings, chat = deployment(), stack()
    manager = chat.function(chat.settings).server.manager
    for number in range(0 if is_held else settings.polling_held_max):  # GETs of others
        now_ms = chat.clock.now_ms()
        assert manager.store.polling.hold(f"other{number}", now_ms + 3_600_000, now_ms, settings.polling_held_max)
    alice = chat.poll()
    chat.clock.advance(YOUNG_MS / 1000)
    alice.get()
    interval_s = settings.ping_interval_ms / 1000
    with chat.counting() as counted:
        until = chat.clock.monotonic() + interval_s
        chat.clock.on_sleep(interval_s - 0.1, lambda: manager.transport.post(alice.address, "2"))
        heard: list[str] = []
        while not heard:
            heard = alice.get()
        assert chat.clock.monotonic() == pytest.approx(until, abs=1)
        assert (heard, alice.post("3")) == (["2"], (200, "ok"))
    pings = 3_600_000 / settings.ping_interval_ms
    expected = model.polling(settings, is_held=is_held) * (1 / pings)
    network = 1 + model.NETWORK_MS / (LONG_MS if is_held else SHORT_MS)  # there is none here
    assert expected.http_requests * network == pytest.approx(counted[0].http_requests, abs=1.1)
    assert expected.requests == expected.http_requests
    assert expected.writes * network == pytest.approx(counted[0].writes, rel=0.05)
    assert (expected.reads - model.PING_READS) * network == pytest.approx(counted[0].reads, rel=0.05)
    if is_held:
        held_s = expected.gb_s / settings.polling.memory_mb * 1024
        assert held_s == pytest.approx(interval_s, rel=0.01)  # it is paid all the time


def test_a_session_that_begins_with_long_polling_and_upgrades(stack: Stack) -> None:
    chat = stack()
    for _ in range(2):  # the second time its user is known to presence
        before = chat.used()
        alice = chat.poll("carol")
        chat.disconnect(upgrade(chat, alice))
        chat.clock.advance(31)
        reminders = chat.remind()
        counted = chat.used() + before * -1
    expected = model.upgrading(deployment())
    assert by_the_piece(expected) == by_the_piece(counted)
    assert expected.sqs == 3 * reminders


def test_the_benchmark_shows_what_default_transports_take(tables: DynamoDBClient) -> None:
    shown = {row.what: row.count for row in transports(tables)}
    assert shown == {
        "WebSocket alone: calls of functions to the first ack": 4,
        "WebSocket alone: units written to the first ack": 8,
        "default transports: calls of functions to the first ack": 8,
        "default transports: units written to the first ack": 24,
    }


def test_an_idle_month(stack: Stack) -> None:
    chat = stack()
    chat.clock.advance(60 - chat.clock.now_ms() / 1000 % 60)
    minute(chat)
    minute(chat)
    with chat.counting() as counted:
        sent = minute(chat)
    assert sent == 6
    items = {item.what: item.usage for item in model.idle(deployment())}
    units = items["DynamoDB"] + items["Lambda"]
    assert by_the_piece(units) == by_the_piece(counted[0] * model.MONTH_MINUTES)
    assert items["SQS, ticks"].sqs == model.MONTH_MINUTES * (1 + 2 * sent)


def test_an_idle_month_is_below_two_dollars_and_polls_are_most_of_it() -> None:
    items = model.idle(deployment())
    assert total(items).usd < 2.00
    assert items[0].usage.usd > total(items).usd / 2
    assert total(model.idle(deployment(sweeper_concurrency=40))).usd > total(items).usd  # a share is a bound


def test_what_an_event_to_a_room_costs_stays_within_its_budget() -> None:
    for members in (10, 20, 50, 100, 200):
        whole = total(model.room_event(deployment(), members)).usd
        assert whole <= 1.05 * model.room_floor(members).usd, members


def minute(chat: Counted) -> int:
    """A minute of the schedule and its ticks; how many were enqueued."""
    waiting = len(chat.queue)
    chat.call("sweeper", {"schedule": "ticks"})
    enqueued = len(chat.queue) - waiting
    for _ in range(6):
        chat.deliver(chat.queue.take(chat.settings.ticks_queue_url), "sweeper")
        chat.clock.advance(10)
    return enqueued


def ticks(stack: Stack, due: int) -> dict[str, Any]:
    """What ticks use from one that pings so many connections, which answer, to the one that judges them."""
    chat = stack()
    buckets, patience = chat.settings.ping_interval_ms // 10_000, chat.settings.ping_timeout_ms // 10_000
    tick = {"Records": [{"body": "{}"}]}
    for _ in range(patience + 3):  # the function knows what those before it did
        chat.clock.advance(10)
        chat.call("sweeper", tick)
    now_ms = chat.clock.now_ms()
    bucket = (now_ms // 10_000 + 1) % buckets
    names = [name for n in range(buckets * DUE * 2) if bucket_of(name := f"c{n:06d}=", buckets) == bucket][:due]
    store = chat.function(chat.settings).server.manager.store
    table = DynamoTable(chat.settings.connections_table, chat.dynamodb)
    for name in names:
        store.connections.open(Connection(name, "socketio", now_ms, now_ms, {}))
        socket = {"sid": f"{'x' * 22}{name}", "session": {"userId": "alice"}, "rooms": ["user:alice"]}
        values = {":sockets": {"/": socket}, ":bucket": f"DUE#{bucket}"}
        table.update(connection_key(name), "SET #sockets = :sockets, #bucket = :bucket", values=values)
    used = Usage()
    for _ in range(patience + 1):
        chat.clock.advance(10)
        with chat.counting() as counted:
            chat.call("sweeper", tick)
        used += counted[0]
        for name in names:
            store.connections.seen(name, chat.clock.now_ms())
    return by_the_piece(used)
