from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat import ulid

times = st.integers(0, 2**48 - 2)


@given(times)
def test_an_id_has_26_characters_of_the_alphabet(now_ms: int) -> None:
    assert len(ulid.new(now_ms)) == ulid.LENGTH
    assert set(ulid.new(now_ms)) <= set(ulid.ALPHABET)


@given(times, times)
def test_ids_sort_by_time(one_ms: int, other_ms: int) -> None:
    if one_ms != other_ms:
        assert (ulid.new(one_ms) < ulid.new(other_ms)) == (one_ms < other_ms)


@given(times)
def test_an_id_after_another_sorts_after_it_and_before_those_of_the_next_millisecond(now_ms: int) -> None:
    first = last = ulid.new(now_ms)
    for _ in range(20):
        assert ulid.after(last) > last
        last = ulid.after(last)
    assert first < last < ulid.new(now_ms + 1)


def test_nobody_can_guess_the_next_id() -> None:
    first = ulid.new(0)
    assert len({ulid.after(first) for _ in range(100)}) == 100
