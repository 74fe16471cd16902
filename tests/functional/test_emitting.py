"""Events from elsewhere, and large rooms: the bus, the batches, and what becomes of what cannot be sent."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.queue import disconnect_body
from serverless_socketio.batches import ATTEMPTS
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Connection, Member, PostResult, frame_order
from tests.drivers import ROOT, ChatDriver
from tests.fakes import Queues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.ports import Store

ROOM = "agent:echo"


class Throttling(MemoryTransport):
    """Refuses addresses as often as they are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: Counter[str] = Counter()

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        return [
            PostResult.REFUSED if self._refuses(address) else super(Throttling, self).post_all([(address, texts)])[0]
            for address, texts in frames
        ]

    def _refuses(self, address: str) -> bool:
        self.refusals[address] -= 1
        return self.refusals[address] >= 0


@pytest.fixture
def transport() -> Throttling:
    return Throttling()


@pytest.fixture
def chat(tables: DynamoDBClient, transport: Throttling) -> ChatDriver:
    return ChatDriver(tables, queues=Queues, transport=transport)


def on_the_bus(detail: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "tests" / "events" / "emit.json").read_text())
    return {**event, "detail": detail}


def dead(chat: ChatDriver) -> list[Any]:
    bodies: list[Any] = chat.queue.take(chat.settings.emitting_dead_queue_url)
    return bodies


def store_of(chat: ChatDriver) -> Store:
    return chat.function(chat.settings).server.manager.store


def crowd(chat: ChatDriver, count: int) -> list[str]:
    """Sockets in a room, without the frames that brought them there: moto takes long for so many transactions."""
    store = store_of(chat)
    names = [f"crowd{number:04d}=" for number in range(count)]
    now_ms = chat.clock.now_ms()
    for name in names:
        store.connections.open(Connection(name, "socketio", now_ms, now_ms, {}))
        store.rooms.enter(Member(f"{'x' * 22}{name}", name), ROOM, frame_order(now_ms))
    return names


def work(chat: ChatDriver, seconds: int = 120) -> None:
    """Let the batches' queue bring what it has, when it is due."""
    for _ in range(seconds):
        chat.deliver(chat.queue.take(chat.settings.batches_queue_url), "emitter")
        chat.clock.advance(1)


def test_the_recorded_event_of_the_bus_reaches_a_users_devices(chat: ChatDriver) -> None:
    alice, native, bob = chat.connect("alice"), chat.connect_native("alice"), chat.connect("bob")
    recorded = json.loads((ROOT / "tests" / "events" / "emit.json").read_text())
    assert chat.call("emitter", recorded) == {}
    assert alice.got("order:shipped") == native.got("order:shipped") == [recorded["detail"]["data"]]
    assert bob.got("order:shipped") == []


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ({"room": "user:alice"}, ["alice"]),
        ({"to": "user:alice"}, ["alice"]),
        ({"room": "chat:echo:bob"}, ["bob"]),
        ({"room": ["user:alice", "chat:echo:alice"]}, ["alice"]),
        ({"room": "global"}, ["alice", "bob"]),
        ({"room": ["global", "user:alice"]}, ["alice", "bob"]),
        ({}, ["alice", "bob"]),
        ({"room": None, "to": None, "skipSid": None}, ["alice", "bob"]),
        ({"room": "user:bob", "to": "user:alice"}, ["alice"]),
        ({"room": []}, []),
        ({"room": "nowhere"}, []),
        ({"namespace": "/other"}, []),
    ],
)
def test_the_bus_reaches_rooms_and_everybody_as_the_emitter_does(
    chat: ChatDriver, targets: dict[str, Any], expected: list[str]
) -> None:
    clients = {user: chat.connect(user) for user in ("alice", "bob")}
    for client in clients.values():
        client.emit("chat:join", {"agentId": "echo"})
    chat.call("emitter", on_the_bus({"event": "news", "data": {"n": [1, None, "é"]}, **targets}))
    heard = {user: client.got("news") for user, client in clients.items()}
    assert heard == {user: [{"n": [1, None, "é"]}] if user in expected else [] for user in clients}
    assert dead(chat) == []


def test_a_socket_may_be_left_out_and_an_event_may_have_no_data(chat: ChatDriver) -> None:
    alice, other = chat.connect("alice"), chat.connect("alice")
    sid = json.loads(other.frames[1].removeprefix("40"))["sid"]
    chat.call("emitter", on_the_bus({"event": "news", "room": "user:alice", "skipSid": sid}))
    assert (alice.frames[-1], other.frames[-1]) == ('42["news"]', f'40{{"sid":"{sid}"}}')


@pytest.mark.parametrize(
    ("detail", "path"),
    [
        (None, ""),
        ([], ""),
        ({}, "event"),
        ({"event": 5}, "event"),
        ({"event": "news", "rooms": "user:alice"}, "rooms"),
        ({"event": "news", "room": ""}, "room"),
        ({"event": "news", "room": {"user": "alice"}}, "room"),
        ({"event": "news", "namespace": "other"}, "namespace"),
        ({"event": "disconnect"}, ""),
        ({"event": "news", "data": "x" * 130_000}, ""),
    ],
)
def test_a_bad_detail_goes_to_the_dead_at_once_and_nothing_is_sent(chat: ChatDriver, detail: Any, path: str) -> None:
    alice = chat.connect("alice")
    before = alice.frames
    assert chat.call("emitter", on_the_bus(detail)) == {}
    assert alice.frames == before
    (letter,) = dead(chat)
    assert letter["event"] == on_the_bus(detail)
    assert letter["issues"][0]["path"].startswith(path)
    assert letter["issues"][0]["message"]


def test_an_event_whose_call_failed_three_times_is_emitted_when_its_queue_brings_it(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    chat.deliver([json.loads((ROOT / "tests" / "events" / "failed_call.json").read_text())], "emitter")
    assert alice.got("order:shipped") == [{"orderId": "o-1"}]


def test_who_is_gone_is_cleaned_up_by_an_event_from_the_bus(chat: ChatDriver, transport: Throttling) -> None:
    alice = chat.connect("alice")
    transport.gone.add(alice.address)
    chat.call("emitter", on_the_bus({"event": "news", "room": "user:alice"}))
    assert chat.function(chat.settings).server.manager.store.connections.find(alice.address) is None


def test_a_room_of_five_hundred_is_reached_once_each(chat: ChatDriver, transport: Throttling) -> None:
    names = crowd(chat, 500)
    gone, slow = set(names[:20]), names[20:60]
    transport.gone.update(gone)
    transport.refusals.update({name: 1 + number % (ATTEMPTS - 1) for number, name in enumerate(slow)})
    chat.call("emitter", on_the_bus({"event": "news", "data": {"n": 1}, "room": ROOM}))
    assert transport.sent == []
    work(chat)
    assert Counter(address for address, _ in transport.sent) == Counter(set(names) - gone)
    assert {frame for _, frame in transport.sent} == {'42["news",{"n":1}]'}
    assert len(chat.queue) == 0
    store = chat.function(chat.settings).server.manager.store
    assert {member.address for member in store.rooms.members("/", ROOM)} == set(names) - gone
    assert store.connections.find_all(sorted(gone)) == []


def test_a_batch_that_comes_twice_is_posted_once(chat: ChatDriver, transport: Throttling) -> None:
    names = crowd(chat, 201)
    chat.call("emitter", on_the_bus({"event": "news", "room": ROOM}))
    messages = chat.queue.take(chat.settings.batches_queue_url)
    chat.deliver(messages + messages, "emitter")
    assert Counter(address for address, _ in transport.sent) == Counter(names)


def test_who_is_refused_for_ever_is_told_of_in_the_dead(chat: ChatDriver, transport: Throttling) -> None:
    names = crowd(chat, 201)
    transport.refusals[names[7]] = 1000
    chat.call("emitter", on_the_bus({"event": "news", "room": ROOM}))
    work(chat)
    assert len(transport.sent) == 200
    (letter,) = dead(chat)
    assert (letter["frames"], letter["addresses"]) == (['42["news"]'], [names[7]])
    assert len(chat.queue) == 0


def test_what_handlers_emit_to_a_large_room_goes_the_same_way(chat: ChatDriver, transport: Throttling) -> None:
    names = crowd(chat, 201)
    chat.function(chat.settings).server.emit("news", room=ROOM)
    assert transport.sent == []
    work(chat, 1)
    assert Counter(address for address, _ in transport.sent) == Counter(names)


def test_a_process_without_handlers_has_a_socket_disconnected_where_they_are(chat: ChatDriver) -> None:
    watcher, device = chat.connect("bob"), chat.connect("alice")
    watcher.emit("presence:subscribe", {"userIds": ["alice"]})
    (sid,) = [member.sid for member in store_of(chat).rooms.members("/", "user:alice")]
    chat.deliver([disconnect_body(sid, "/")] * 2, "emitter")  # a queue may bring it twice
    assert device.frames[-1] == "41"
    chat.clock.advance(10)
    chat.remind()
    assert watcher.got("presence:updated")[-1]["status"] == "offline"
    assert chat.denied == []
