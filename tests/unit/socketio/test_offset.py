"""What an offset says, and that no other text is mistaken for one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.recovery.offset import OVERLAP_MS, Offset, read, stamped
from serverless_socketio.recovery.state import RecoveryEntry

SID = "0123456789abcdef-_ABCD~address="
NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", min_size=1, max_size=26)
OFFSETS = st.builds(
    Offset,
    st.integers(0, 10**12),
    st.integers(0, 10**13),
    st.dictionaries(NAMES, st.integers(0, 10**6), max_size=5),
)


@given(OFFSETS)
def test_reading_undoes_writing(offset: Offset) -> None:
    assert read(offset.write(SID), SID) == offset


@given(OFFSETS)
def test_an_offset_of_an_earlier_session_says_that_nothing_of_this_one_came(offset: Offset) -> None:
    assert read(offset.write("another-one-of-22-chars~address="), SID) == Offset()


def test_no_offset_says_so_too() -> None:
    assert read(None, SID) == Offset()


@pytest.mark.parametrize(
    "text", ["", "5", "nonsense", "-1.0.01234567", "1.0.01234567.x", "1.0.01234567\n", 5, True, [], {}]
)
def test_anything_else_is_no_offset(text: Any) -> None:
    assert read(text, SID) is None


@given(st.text() | st.integers() | st.floats() | st.none())
def test_reading_never_fails(text: Any) -> None:
    assert read(text, SID) is None or isinstance(read(text, SID), Offset)


def test_an_event_of_a_run_says_by_its_time_which_later_numbers_came_before_it() -> None:
    offset = Offset(5, at_ms=10_000)
    kept = [
        RecoveryEntry(5, 1_000, ()),
        RecoveryEntry(6, 10_000 - OVERLAP_MS, ()),
        RecoveryEntry(7, 10_000 - OVERLAP_MS + 1, ()),
        RecoveryEntry(8, 11_000, ()),
    ]
    assert [offset.misses(each) for each in kept] == [False, False, True, True]
    assert [Offset(5).misses(each) for each in kept] == [False, True, True, True]


def test_it_is_the_last_argument_also_of_an_event_with_attachments() -> None:
    assert stamped(['42["said",1]'], "o") == ['42["said",1,"o"]']
    assert stamped(['42/chat,["hello"]'], "o") == ['42/chat,["hello","o"]']
    head = '451-["file",{"_placeholder":true,"num":0}]'
    assert stamped([head, "bAQID"], "o") == [head[:-1] + ',"o"]', "bAQID"]
