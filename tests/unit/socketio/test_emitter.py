"""Events out."""

from collections.abc import Sequence

import pytest

from serverless_socketio.adaptors.memory import MemoryStore, MemoryTransport
from serverless_socketio.emitter import RESERVED_EVENTS, Emitter
from serverless_socketio.exceptions import FrameTooLargeError
from serverless_socketio.ports import Connection, Delivery, Member
from tests.fakes import FakeClock

ALICE = Member("a", "alice")
BOB = Member("b", "bob", "/chat")
NORA = Member("n", "nora", form="native")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(FakeClock())


@pytest.fixture
def transport() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def emitter(store: MemoryStore, transport: MemoryTransport) -> Emitter:
    return Emitter(store, transport, frame_bytes_max=100)


def test_each_form_and_namespace_gets_its_own_frame(emitter: Emitter, transport: MemoryTransport) -> None:
    outcomes = emitter.emit([ALICE, BOB, NORA], "said", {"a": 1}, 2)
    assert outcomes == {"a": Delivery.SENT, "b": Delivery.SENT, "n": Delivery.SENT}
    assert transport.sent == [
        ("alice", '42["said",{"a":1},2]'),
        ("bob", '42/chat,["said",{"a":1},2]'),
        ("nora", '{"event":"said","data":{"a":1}}'),
    ]


def test_an_event_without_arguments_is_an_empty_object_to_native_clients(
    emitter: Emitter, transport: MemoryTransport
) -> None:
    emitter.emit([ALICE, NORA], "hello")
    assert transport.sent == [("alice", '42["hello"]'), ("nora", '{"event":"hello","data":{}}')]


def test_bytes_travel_as_attachments(emitter: Emitter, transport: MemoryTransport) -> None:
    emitter.emit([ALICE], "file", {"body": b"\x01\x02\x03"}, ack_id=4)
    assert transport.sent == [
        ("alice", '451-4["file",{"body":{"_placeholder":true,"num":0}}]'),
        ("alice", "bAQID"),
    ]


def test_each_member_gets_events_of_its_own_in_order(emitter: Emitter, transport: MemoryTransport) -> None:
    shared = {"n": 1}
    emitter.emit_each("tick", [(ALICE, [shared, {"n": 2}]), (BOB, [shared]), (NORA, [])])
    assert transport.sent == [
        ("alice", '42["tick",{"n":1}]'),
        ("alice", '42["tick",{"n":2}]'),
        ("bob", '42/chat,["tick",{"n":1}]'),
    ]


def test_who_is_gone_is_forgotten(emitter: Emitter, store: MemoryStore, transport: MemoryTransport) -> None:
    store.open(Connection("alice", "socketio", 0, 0))
    transport.gone.add("alice")
    assert emitter.emit([ALICE, BOB], "said") == {"a": Delivery.GONE, "b": Delivery.SENT}
    assert store.find("alice") is None


def test_who_is_gone_is_told_once_for_all_its_sockets(store: MemoryStore, transport: MemoryTransport) -> None:
    told: list[str] = []
    transport.gone.add("alice")
    Emitter(store, transport, on_gone=told.append).emit([ALICE, Member("a2", "alice", "/chat")], "said")
    assert told == ["alice"]


@pytest.mark.parametrize("text", ["x" * 90, "é" * 45])
def test_a_frame_over_the_limit_is_refused_before_anything_is_sent(
    emitter: Emitter, transport: MemoryTransport, text: str
) -> None:
    with pytest.raises(FrameTooLargeError, match="over the limit of 100"):
        emitter.emit([ALICE, NORA], "said", text)
    with pytest.raises(FrameTooLargeError):
        emitter.emit_each("said", [(ALICE, ["fits"]), (BOB, [text])])
    assert transport.sent == []


def test_the_limit_counts_bytes_of_utf8(emitter: Emitter, transport: MemoryTransport) -> None:
    emitter.emit([ALICE], "said", "é" * 43 + "x")
    assert len(transport.sent[0][1].encode()) == 100


@pytest.mark.parametrize("event", sorted(RESERVED_EVENTS))
@pytest.mark.parametrize("members", [[], [ALICE]])
def test_names_that_clients_reserve_are_refused(emitter: Emitter, event: str, members: Sequence[Member]) -> None:
    with pytest.raises(ValueError, match="reserve the name"):
        emitter.emit(members, event)
    with pytest.raises(ValueError, match="reserve the name"):
        emitter.emit_each(event, [(member, [{}]) for member in members])
