"""Binary packets from frames that arrive in any order."""

from collections.abc import Iterable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.assembly import TIE, assemble, strays
from serverless_socketio.codec.engineio import EnginePacket, encode
from serverless_socketio.codec.engineio import PacketType as Engine
from serverless_socketio.codec.errors import PacketError
from serverless_socketio.codec.socketio import Packet, PacketType
from serverless_socketio.fanout import packet_frames
from serverless_socketio.ports import Part


def head(name: str, attachments: int, at: int) -> Part:
    places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(attachments))
    return Part(at, name, f'45{attachments}-1["{name}",{places}]')


def attachment(content: bytes, at: int) -> Part:
    return Part(at, content.decode(), encode(EnginePacket(Engine.MESSAGE, content)))


def whole(parts: Iterable[Part]) -> list[tuple[str, ...]]:
    """The packets found, as name and contents; ties as their name and an exclamation mark."""
    found: list[tuple[str, ...]] = []
    for packet, _ in assemble(list(parts)):
        if isinstance(packet, PacketError):
            assert packet.reason == TIE
            found.append((f"{packet.event}!",))
        else:
            found.append((packet.data[0], *(content.decode() for content in packet.data[1:])))
    return found


@pytest.mark.parametrize(
    ("parts", "packets"),
    [
        ([head("one", 1, 1)], []),
        ([attachment(b"a", 1)], []),
        ([head("one", 1, 1), attachment(b"a", 1)], [("one", "a")]),
        ([head("one", 2, 1), attachment(b"a", 2)], []),
        ([head("one", 2, 1), attachment(b"a", 2), attachment(b"b", 3)], [("one", "a", "b")]),
        ([head("one", 2, 1), attachment(b"a", 2), attachment(b"b", 2)], [("one!",)]),
        (
            [head("one", 1, 1), attachment(b"a", 2), head("two", 1, 3), attachment(b"b", 4)],
            [("one", "a"), ("two", "b")],
        ),
        ([head("one", 1, 1), head("two", 1, 3), attachment(b"b", 4)], [("two", "b")]),
        # the attachment of one and the head of two in the same millisecond
        (
            [head("one", 1, 1), attachment(b"a", 2), head("two", 1, 2), attachment(b"b", 3)],
            [("one", "a"), ("two", "b")],
        ),
        ([head("one", 1, 1), attachment(b"a", 2), head("two", 1, 2)], []),  # a may be two's: it depends on what comes
        (
            [head("one", 1, 1), attachment(b"a", 1), head("two", 1, 2), attachment(b"b", 2)],
            [("one", "a"), ("two", "b")],
        ),
        (
            [head("one", 1, 1), attachment(b"a", 2), head("two", 1, 2), attachment(b"b", 2)],
            [("one!",), ("two!",)],
        ),
        (
            [head("one", 1, 1), attachment(b"a", 1), head("two", 1, 1), attachment(b"b", 2)],
            [("one!",), ("two!",)],
        ),
        (
            [head("one", 1, 1), attachment(b"a", 1), head("two", 1, 1), attachment(b"b", 1)],
            [("one!",), ("two!",)],
        ),
        (
            [head("one", 2, 1), attachment(b"a", 2), attachment(b"b", 3), head("two", 1, 3), attachment(b"c", 4)],
            [("one", "a", "b"), ("two", "c")],
        ),
    ],
)
def test_packets_are_put_together_whatever_the_order_of_arrival(parts: list[Part], packets: list[tuple[str]]) -> None:
    for order in permutations(parts):
        assert sorted(whole(order)) == sorted(packets)


def test_a_packet_comes_with_the_parts_it_was_made_of() -> None:
    parts = [attachment(b"a", 2), head("one", 1, 1), attachment(b"b", 3)]
    ((_, used),) = assemble(parts)
    assert used == [parts[1], parts[0]]
    assert strays(parts) == [parts[2]]


def test_attachments_that_no_head_announced_are_strays() -> None:
    early, late = attachment(b"a", 1), attachment(b"c", 9)
    assert strays([early]) == [early]
    assert strays([late, head("one", 1, 5), attachment(b"b", 6), early]) == [early, late]


def test_an_ack_in_a_tie_is_not_answered() -> None:
    ack = Part(1, "head", '462-7[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
    ((error, _),) = assemble([ack, attachment(b"a", 2), attachment(b"b", 2)])
    assert isinstance(error, PacketError)
    assert (error.event, error.ack_id) == (None, None)


def test_an_event_in_a_tie_is_answered_on_its_ack() -> None:
    ((error, _),) = assemble([head("one", 2, 1), attachment(b"a", 2), attachment(b"b", 2)])
    assert isinstance(error, PacketError)
    assert (error.namespace, error.event, error.ack_id) == ("/", "one", 1)


def test_placeholders_that_do_not_fit_are_an_error() -> None:
    broken = Part(1, "head", '451-["one",{"_placeholder":true,"num":5}]')
    ((error, _),) = assemble([broken, attachment(b"a", 2)])
    assert isinstance(error, PacketError)
    assert error.event == "one"


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.data())
def test_what_was_sent_in_turn_is_read_or_refused_but_never_mixed_up(counts: list[int], data: st.DataObject) -> None:
    """Frames follow each other on the wire; each is given a time no earlier than the one before."""
    sent: dict[str, tuple[str, ...]] = {}
    parts: list[Part] = []
    now = 0
    for number, attachments in enumerate(counts):
        name = f"event{number}"
        contents = [f"{name}.{index}".encode() for index in range(attachments)]
        sent[name] = tuple(content.decode() for content in contents)
        for text in packet_frames(Packet(PacketType.EVENT, id=1, data=[name, *contents])):
            now += data.draw(st.integers(0, 2))
            parts.append(Part(now, f"{len(parts)}", text))
    for name, *read in whole(data.draw(st.permutations(parts))):
        assert name.endswith("!") or sent[name] == tuple(read)
    distinct = len({part.received_ms for part in parts}) == len(parts)
    if distinct:
        assert {name: tuple(read) for name, *read in whole(parts)} == sent
