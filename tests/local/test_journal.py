"""The log between two snapshots: what lies in its files, and what can be read of them after anything that happens."""

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.engine.journal import frames
from local.engine.journal.frames import End
from local.engine.journal.segments import Change, Journal, UnreadableError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
records = st.lists(values, max_size=6)


def packed(record_list: list[Any]) -> bytes:
    return b"".join(map(frames.pack, record_list))


@given(records)
def test_what_is_packed_is_unpacked(written: list[Any]) -> None:
    assert frames.unpack(packed(written)) == (written, End.WHOLE)


@given(records.filter(bool), st.data())
def test_a_file_cut_at_any_byte_has_every_record_before_the_cut(written: list[Any], data: st.DataObject) -> None:
    whole = packed(written)
    cut = data.draw(st.integers(0, len(whole) - 1))
    ends = [len(packed(written[:count])) for count in range(len(written) + 1)]
    count = sum(end <= cut for end in ends) - 1
    expected = End.WHOLE if cut in ends else End.TORN
    assert frames.unpack(whole[:cut]) == (written[:count], expected)


@given(records.filter(bool), st.data())
def test_a_flipped_byte_ends_the_reading_before_its_record(written: list[Any], data: st.DataObject) -> None:
    whole = bytearray(packed(written))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    before = sum(len(packed(written[:count])) <= place for count in range(1, len(written) + 1))
    read, end = frames.unpack(bytes(whole))
    assert read == written[:before]
    assert end is not End.WHOLE


def read_all(journal: Journal) -> list[list[Change]]:
    return [record for segment in journal.segments() for record in journal.read(segment)[0]]


def note(journal: Journal, *changes: Change) -> None:
    with journal as noted:
        noted.extend(changes)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    opened = Journal(tmp_path / "journal", "1")
    opened.rotate()
    return opened


def test_what_one_request_changes_is_one_record(journal: Journal) -> None:
    with journal as outer:
        outer.append(["a"])
        with journal as inner:
            inner.append(["b"])
    note(journal, ["c"])
    assert read_all(journal) == [[["a"], ["b"]], [["c"]]]


def test_what_was_changed_before_a_failure_is_noted(journal: Journal) -> None:
    def fail() -> None:
        with journal as changes:
            changes.append(["a"])
            raise ValueError("after")

    with pytest.raises(ValueError, match="after"):
        fail()
    note(journal, ["b"])
    assert read_all(journal) == [[["a"]], [["b"]]]


def test_it_is_in_the_file_when_the_block_ends_and_not_before(journal: Journal) -> None:
    with journal as changes:
        changes.append(["a"])
        assert read_all(journal) == []
    assert read_all(journal) == [[["a"]]]


def test_segments_are_read_in_order_until_they_are_forgotten(journal: Journal) -> None:
    note(journal, ["a"])
    second = journal.rotate()
    note(journal, ["b"])
    assert read_all(journal) == [[["a"]], [["b"]]]
    journal.forget_before(second)
    assert read_all(journal) == [[["b"]]]


def test_the_next_run_begins_behind_the_last_one(journal: Journal, tmp_path: Path) -> None:
    note(journal, ["a"])
    again = Journal(tmp_path / "journal", "1")
    again.rotate()
    note(again, ["b"])
    assert read_all(again) == [[["a"]], [["b"]]]


def test_it_has_grown_until_a_snapshot_begins(journal: Journal) -> None:
    grown = [journal.grown]
    note(journal, ["a"])
    grown.append(journal.grown)
    journal.rotate()
    grown.append(journal.grown)
    assert grown == [False, True, False]


def test_a_copy_of_the_process_writes_nothing(journal: Journal) -> None:
    note(journal, ["a"])
    if (copy := os.fork()) == 0:
        journal.abandon()
        note(journal, ["b"])
        os._exit(0)
    os.waitpid(copy, 0)
    assert read_all(journal) == [[["a"]]]


def test_the_log_of_another_version_is_refused(journal: Journal, tmp_path: Path) -> None:
    note(journal, ["a"])
    with pytest.raises(UnreadableError, match="another version"):
        read_all(Journal(tmp_path / "journal", "2"))


def test_nothing_is_said_about_a_log_of_another_version_that_is_empty(journal: Journal, tmp_path: Path) -> None:
    assert read_all(Journal(tmp_path / "journal", "2")) == []


def test_a_file_that_is_no_log_is_refused(journal: Journal) -> None:
    segment = next(journal.segments())
    segment.write_bytes(b"\xff" * 100)
    with pytest.raises(UnreadableError, match="damaged"):
        journal.read(segment)


def test_a_segment_that_was_only_just_begun_is_empty(journal: Journal) -> None:
    segment = next(journal.segments())
    header = segment.read_bytes()
    for length in range(len(header)):
        segment.write_bytes(header[:length])
        assert journal.read(segment)[0] == []


def test_a_write_that_fails_is_told_and_the_next_can_be_read(journal: Journal) -> None:
    note(journal, ["a"])
    journal._descriptor = os.open(os.devnull, os.O_RDONLY)
    with pytest.raises(OSError, match="Bad file descriptor"):
        note(journal, ["b"])
    note(journal, ["c"])
    assert read_all(journal) == [[["a"]], [["c"]]]


def test_threads_write_whole_records(journal: Journal) -> None:
    def write(name: int) -> None:
        for number in range(200):
            note(journal, [name, number], [name, number])

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_all(journal)
    assert all(first == second for first, second in found)
    for name in range(4):
        assert [first[1] for first, _ in found if first[0] == name] == list(range(200))


def test_only_the_owner_may_read_it(journal: Journal, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700
    assert [stat.S_IMODE(segment.stat().st_mode) for segment in journal.segments()] == [0o600]
