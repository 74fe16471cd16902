"""Server-sent events by the letter of WHATWG HTML, section 9.2.5 and 9.2.6, wherever the bytes are cut."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.sse import EVENT_BYTES_MAX, EventReader, EventTooLargeError

STREAM = (
    '\ufeff: hello\r\n\r\ndata: {"a": "grüße \U0001f600\u2028\x85\x0b"}\n\n'
    "event: x\rdata:one\rdata: two\r\r\nid: 3\n\ndata\n\nevent: y\nretry: 1\n\ndata:  three\nevent\n\ndata: cut off"
)
EXPECTED = [
    ("message", '{"a": "grüße \U0001f600\u2028\x85\x0b"}'),
    ("x", "one\ntwo"),
    ("message", ""),
    ("message", " three"),
]


def read(stream: bytes, cuts: list[int]) -> list[tuple[str, str]]:
    reader = EventReader()
    bounds = [0, *sorted(cuts), len(stream)]
    return [(event.type, event.data) for start, end in pairwise(bounds) for event in reader.feed(stream[start:end])]


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=12))
def test_events_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    assert read(STREAM.encode(), cuts) == EXPECTED


def test_events_are_the_same_byte_by_byte() -> None:
    assert read(STREAM.encode(), list(range(len(STREAM.encode())))) == EXPECTED


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        pytest.param(b"data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"], id="the standard's stock ticker"),
        pytest.param(
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            ["first event", "second event", " third event"],
            id="the standard's comment, space and id",
        ),
        pytest.param(b"data\n\ndata\ndata\n\ndata:", ["", "\n"], id="the standard's empty data; a last block is cut"),
        pytest.param(b"data:test\n\ndata: test\n\n", ["test", "test"], id="the standard's space after the colon"),
        pytest.param(b"event: a\n\ndata: b\n\n", ["b"], id="no data, no event"),
        pytest.param(b"id: 7\n\nretry: 9\n\n:\n\n\n\n", [], id="nothing but other fields"),
        pytest.param(b"data: a\r\rdata: b\r\n\r\ndata: c\n\n", ["a", "b", "c"], id="three ends of a line"),
        pytest.param(b"data: a\n\r\ndata: b\r\n\ndata: c\r\n\r", ["a", "b", "c"], id="mixed ends of a line"),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", ["a"], id="a byte order mark"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", [], id="one byte order mark only"),
        pytest.param(b"data: a\n\n\xef\xbb\xbfdata: b\n\n", ["a"], id="a byte order mark at the start only"),
        pytest.param(b"data: \xff\xfe\n\n", ["\ufffd\ufffd"], id="what is no UTF-8"),
        pytest.param(b"data: a\0b\n\n", ["a\0b"], id="a null character"),
        pytest.param(b"Data: a\ndata : b\n data: c\n\n", [], id="names of fields to the letter"),
        pytest.param(b"data: a\n", [], id="no empty line, no event"),
        pytest.param(b"data: a:b: c\n\n", ["a:b: c"], id="colons in a value"),
        pytest.param(b"data: \n\n", [""], id="one space is taken off, and nothing is left"),
    ],
)
def test_a_stream_is_read_to_the_letter(stream: bytes, data: list[str]) -> None:
    assert [event for _, event in read(stream, [])] == data
    assert [event for _, event in read(stream, list(range(len(stream))))] == data


def test_an_event_is_there_as_soon_as_its_empty_line_is_whatever_ends_a_line() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        assert [event.data for event in EventReader().feed(b"data: now" + end + end)] == ["now"]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_garbage_is_read_without_an_error(garbage: bytes, cuts: list[int]) -> None:
    assert read(garbage, [min(cut, len(garbage)) for cut in cuts]) == read(garbage, [])


@pytest.mark.parametrize(
    "line",
    [
        b"data: " + b"x" * EVENT_BYTES_MAX,
        b"data: xxxxxxxxx\n" * (EVENT_BYTES_MAX // 9),
        b": " + b"x" * EVENT_BYTES_MAX,
        b"data\n" * EVENT_BYTES_MAX,
    ],
)
def test_an_event_that_does_not_end_is_an_error(line: bytes) -> None:
    with pytest.raises(EventTooLargeError):
        EventReader().feed(line)


def test_a_long_event_in_small_pieces_takes_no_longer_than_its_length() -> None:
    reader, began = EventReader(), time.process_time()
    for _ in range(EVENT_BYTES_MAX // 10 - 1):
        assert reader.feed(b"data: xxxx"[:10]) == []
    assert time.process_time() - began < 2
