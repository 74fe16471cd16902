"""Events out to members."""

from collections.abc import Sequence

import pytest

from serverless_socketio.exceptions import FrameTooLargeError
from serverless_socketio.fanout import RESERVED_EVENTS, Fanout
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Member, PostResult
from serverless_socketio.recovery.streams import stream_packets

ALICE = Member("a", "alice")
BOB = Member("b", "bob", "/chat")
NORA = Member("n", "nora", form="native")


@pytest.fixture
def transport() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def fanout(transport: MemoryTransport) -> Fanout:
    return Fanout(transport, max_message_out=100)


def test_each_form_and_namespace_gets_its_own_frame(fanout: Fanout, transport: MemoryTransport) -> None:
    outcomes = fanout.emit([ALICE, BOB, NORA], "said", {"a": 1}, 2)
    assert outcomes == {"a": PostResult.SENT, "b": PostResult.SENT, "n": PostResult.SENT}
    assert transport.sent == [
        ("alice", '42["said",{"a":1},2]'),
        ("bob", '42/chat,["said",{"a":1},2]'),
        ("nora", '{"event":"said","data":{"a":1}}'),
    ]


def test_an_event_without_arguments_is_an_empty_object_to_native_clients(
    fanout: Fanout, transport: MemoryTransport
) -> None:
    fanout.emit([ALICE, NORA], "hello")
    assert transport.sent == [("alice", '42["hello"]'), ("nora", '{"event":"hello","data":{}}')]


def test_bytes_travel_as_attachments(fanout: Fanout, transport: MemoryTransport) -> None:
    fanout.emit([ALICE], "file", {"body": b"\x01\x02\x03"}, ack_id=4)
    assert transport.sent == [
        ("alice", '451-4["file",{"body":{"_placeholder":true,"num":0}}]'),
        ("alice", "bAQID"),
    ]


def test_each_member_gets_events_of_its_own_in_order(fanout: Fanout, transport: MemoryTransport) -> None:
    shared = {"n": 1}
    fanout.send(stream_packets(fanout, "tick", [(ALICE, [shared, {"n": 2}]), (BOB, [shared]), (NORA, [])], {}))
    assert transport.sent == [
        ("alice", '42["tick",{"n":1}]'),
        ("alice", '42["tick",{"n":2}]'),
        ("bob", '42/chat,["tick",{"n":1}]'),
    ]


def test_who_is_gone_is_told_once_for_all_its_sockets(transport: MemoryTransport) -> None:
    told: list[str] = []
    transport.gone.add("alice")
    outcomes = Fanout(transport, on_gone=told.append).emit([ALICE, BOB, Member("a2", "alice", "/chat")], "said")
    assert outcomes == {"a": PostResult.GONE, "b": PostResult.SENT, "a2": PostResult.GONE}
    assert told == ["alice"]


@pytest.mark.parametrize("text", ["x" * 90, "é" * 45])
def test_a_frame_over_the_limit_is_refused_before_anything_is_sent(
    fanout: Fanout, transport: MemoryTransport, text: str
) -> None:
    with pytest.raises(FrameTooLargeError, match="over the limit of 100"):
        fanout.emit([ALICE, NORA], "said", text)
    with pytest.raises(FrameTooLargeError):
        stream_packets(fanout, "said", [(ALICE, ["fits"]), (BOB, [text])], {})
    assert transport.sent == []


def test_the_limit_counts_bytes_of_utf8(fanout: Fanout, transport: MemoryTransport) -> None:
    fanout.emit([ALICE], "said", "é" * 43 + "x")
    assert len(transport.sent[0][1].encode()) == 100


@pytest.mark.parametrize("event", sorted(RESERVED_EVENTS))
@pytest.mark.parametrize("members", [[], [ALICE]])
def test_names_that_clients_reserve_are_refused(fanout: Fanout, event: str, members: Sequence[Member]) -> None:
    with pytest.raises(ValueError, match="reserve the name"):
        fanout.emit(members, event)
