"""Server-sent events: the same ones, wherever the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.agents.sse import EVENT_BYTES_MAX, Events, EventTooLargeError

STREAM = (
    ': hello\r\n\r\ndata: {"a": "grüße \U0001f600\u2028"}\n\n'
    "event: x\rdata:one\rdata: two\r\r\nid: 3\n\ndata\n\ndata: last"
)
EXPECTED = ['{"a": "grüße \U0001f600\u2028"}', "one\ntwo", "", "last"]


def read(stream: bytes, cuts: list[int]) -> list[str]:
    events = Events()
    bounds = [0, *sorted(cuts), len(stream)]
    found = [data for start, end in pairwise(bounds) for data in events.feed(stream[start:end])]
    return found + events.end()


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=12))
def test_events_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    assert read(STREAM.encode(), cuts) == EXPECTED


def test_events_are_the_same_byte_by_byte() -> None:
    assert read(STREAM.encode(), list(range(len(STREAM.encode())))) == EXPECTED


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_garbage_is_read_without_an_error(garbage: bytes, cuts: list[int]) -> None:
    assert read(garbage, [min(cut, len(garbage)) for cut in cuts]) == read(garbage, [])


@pytest.mark.parametrize("line", [b"data: " + b"x" * EVENT_BYTES_MAX, b"data: xxxxxxxxx\n" * (EVENT_BYTES_MAX // 9)])
def test_an_event_that_does_not_end_is_an_error(line: bytes) -> None:
    with pytest.raises(EventTooLargeError):
        Events().feed(line)
