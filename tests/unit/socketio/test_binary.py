"""Binary packets from frames that arrive in any order."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.binary import BYTES_MAX, NO_ROOM, PLACES_MAX, TIE, add, assemble, packet_of
from serverless_socketio.codec.engineio import EnginePacket, encode
from serverless_socketio.codec.engineio import EnginePacketType as Engine
from serverless_socketio.codec.errors import PacketError
from serverless_socketio.codec.socketio import Packet, PacketType
from serverless_socketio.frames import packet_frames
from serverless_socketio.model import Part


def part(at: int, name: str, *, attachments: int = 0) -> Part:
    return Part(at, name, attachments, size=100)


def head(name: str, attachments: int, at: int) -> Part:
    return part(at, name, attachments=attachments)


def attachment(content: bytes, at: int) -> Part:
    return part(at, content.decode())


def frame(of: Part) -> str:
    """What `head` and `attachment` stand for."""
    if of.attachments == 0:
        return encode(EnginePacket(Engine.MESSAGE, of.id.encode()))
    places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(of.attachments))
    return f'45{of.attachments}-1["{of.id}",{places}]'


def read(parts: Iterable[Part], **frames: str) -> list[Packet | PacketError | None]:
    """The packets found. `frames`: those of some parts, by their ids."""
    given = {each.id: frame(each) for each in parts} | frames
    return [packet_of(replace(each, frames=given)) for each in assemble(list(parts))]


def whole(parts: Iterable[Part], **frames: str) -> list[tuple[str, ...]]:
    """The packets found, as name and contents; ties as their name and an exclamation mark."""
    found: list[tuple[str, ...]] = []
    for packet in read(parts, **frames):
        assert packet is not None
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
    (found,) = assemble(parts)
    assert found.parts == (parts[1], parts[0])


def test_an_ack_in_a_tie_is_not_answered() -> None:
    parts = [head("one", 2, 1), attachment(b"a", 2), attachment(b"b", 2)]
    (error,) = read(parts, one='462-7[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
    assert isinstance(error, PacketError)
    assert (error.event, error.ack_id) == (None, None)


def test_an_event_in_a_tie_is_answered_on_its_ack() -> None:
    (error,) = read([head("one", 2, 1), attachment(b"a", 2), attachment(b"b", 2)])
    assert isinstance(error, PacketError)
    assert (error.namespace, error.event, error.ack_id) == ("/", "one", 1)


def test_placeholders_that_do_not_fit_are_an_error() -> None:
    broken = '451-["one",{"_placeholder":true,"num":5}]'
    (error,) = read([head("one", 1, 1), attachment(b"a", 2)], one=broken)
    assert isinstance(error, PacketError)
    assert error.event == "one"


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.data())
def test_what_was_sent_in_turn_is_read_or_refused_but_never_mixed_up(counts: list[int], data: st.DataObject) -> None:
    """Frames follow each other on the wire; each is given a time no earlier than the one before."""
    sent: dict[str, tuple[str, ...]] = {}
    parts: list[Part] = []
    frames: dict[str, str] = {}
    now = 0
    for number, attachments in enumerate(counts):
        name = f"event{number}"
        contents = [f"{name}.{index}".encode() for index in range(attachments)]
        sent[name] = tuple(content.decode() for content in contents)
        for text in packet_frames(Packet(PacketType.EVENT, id=1, data=[name, *contents])):
            now += data.draw(st.integers(0, 2))
            announced = 0 if text.startswith("b") else attachments
            frames[f"{len(parts)}"] = text
            parts.append(part(now, f"{len(parts)}", attachments=announced))
    for name, *found in whole(data.draw(st.permutations(parts)), **frames):
        assert name.endswith("!") or sent[name] == tuple(found)
    distinct = len({part.received_ms for part in parts}) == len(parts)
    if distinct:
        assert {name: tuple(found) for name, *found in whole(parts, **frames)} == sent


def kept(parts: Iterable[Part]) -> list[Part]:
    """Parts added one by one, as they are there afterwards."""
    there: list[Part] = []
    for each in parts:
        there = add(there, each).left
    return there


def test_two_unfinished_packets_are_kept_and_a_third_has_only_its_place() -> None:
    there = kept(head(f"event{number}", 2, number) for number in range(3))
    assert [each.is_kept for each in there] == [True, True, False]


def test_twenty_attachments_without_a_head_are_kept() -> None:
    there = kept(attachment(f"{number}".encode(), number) for number in range(25))
    assert [each.is_kept for each in there] == [True] * 20 + [False] * 5


def test_a_megabyte_is_kept() -> None:
    there = kept(replace(attachment(f"{number}".encode(), number), size=BYTES_MAX // 8) for number in range(10))
    assert [each.is_kept for each in there] == [True] * 8 + [False] * 2


def test_of_a_flood_nothing_is_kept_beyond_some_places() -> None:
    there = kept(head(f"event{number}", 10, number) for number in range(500))
    assert len(there) == PLACES_MAX
    step = add(there, head("one more", 1, 500))
    assert (step.part, step.left, step.whole) == (None, there, [])


def test_attachments_of_a_refused_head_are_not_dealt_to_another() -> None:
    there = kept([head("one", 1, 1), head("two", 2, 2), head("three", 1, 3), attachment(b"c", 9)])
    assert [each.id for each in there] == ["one", "two"]
    step = add(there, attachment(b"a", 1))
    assert [packet.parts[0].id for packet in step.whole] == ["one"]


def test_a_packet_without_room_for_an_attachment_is_refused_on_its_ack_when_it_is_whole() -> None:
    refused = replace(attachment(b"a", 2), is_kept=False)
    (error,) = read([head("one", 2, 1), refused, attachment(b"b", 3)])
    assert isinstance(error, PacketError)
    assert (error.reason, error.event, error.ack_id) == (NO_ROOM, "one", 1)


def test_a_packet_whose_head_was_refused_is_nothing_when_it_is_whole() -> None:
    assert read([replace(head("one", 1, 1), is_kept=False), attachment(b"a", 2)]) == [None]
