from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.model import REPLY_MAX
from serverless_socketio_chat.answers.chunks import REPLY_JSON_BYTES_MAX, StoredChunks, due_by, due_ms, fit, json_bytes

texts = st.text(st.sampled_from(" ab\t\n\u00a0é😀")) | st.text()
sizes = st.integers(1, 9)


@given(texts, sizes)
@example("  ", 1)
@example("a  b ", 2)
def test_the_chunks_joined_are_the_text(text: str, size: int) -> None:
    chunks = StoredChunks.of(text, size)
    assert "".join(chunks[index] for index in range(len(chunks))) == text
    assert chunks.text(0, len(chunks)) == chunks.text_until(len(chunks)) == text


@given(texts, sizes, st.data())
def test_what_was_said_is_the_chunks_so_far_less_the_space_before_the_next(
    text: str, size: int, data: st.DataObject
) -> None:
    chunks = StoredChunks.of(text, size)
    position = data.draw(st.integers(0, len(chunks)))
    joined = chunks.text(0, position)
    assert chunks.text_until(position) == (joined if position == len(chunks) else joined.removesuffix(" "))
    assert joined + chunks.text(position, len(chunks) + 3) == text


@given(texts, sizes)
def test_every_chunk_but_the_last_has_as_many_words_as_was_set(text: str, size: int) -> None:
    chunks = StoredChunks.of(text, size)
    counts = [chunks[index].count(" ") for index in range(len(chunks))]
    assert all(count == size for count in counts[:-1])
    assert all(count < size for count in counts[-1:])


@given(st.integers(0, 10**13), st.integers(1, 60_000), st.integers(1, 10_000), st.data())
def test_a_chunk_is_due_from_its_time_on_and_not_before(
    starts_ms: int, delay_ms: int, chunks: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, chunks - 1))
    at_ms = due_ms(starts_ms, delay_ms, index)
    assert due_by(starts_ms, delay_ms, chunks, at_ms) == index + 1
    assert due_by(starts_ms, delay_ms, chunks, at_ms - 1) == index


def test_without_a_delay_everything_is_due_from_the_start() -> None:
    assert [due_by(1000, 0, 7, now_ms) for now_ms in (999, 1000, 1001)] == [0, 7, 7]


@given(st.lists(st.sampled_from(["a", '"', "\x01", "é", "😀", " "]), min_size=1), st.integers(1, 30_000))
@example(["\x01"], 30_000)
@example(["a" * 4_000, "\x01" * 20_000], 1)
def test_an_answer_is_cut_to_the_longest_that_fits_code_points_and_json_bytes(parts: list[str], times: int) -> None:
    text = ("".join(parts) * times)[: REPLY_MAX + 1000]
    fitting = fit(text)
    assert text.startswith(fitting)
    assert len(fitting) <= REPLY_MAX
    assert json_bytes(fitting) <= REPLY_JSON_BYTES_MAX
    if fitting != text:
        longer = text[: len(fitting) + 1]
        assert len(longer) > REPLY_MAX or json_bytes(longer) > REPLY_JSON_BYTES_MAX


@given(st.text())
def test_the_size_of_a_text_is_that_of_its_json(text: str) -> None:
    assert json_bytes(text) == len(json.dumps(text, ensure_ascii=False).encode())
