"""Many rooms at a time: each change at its frame's place, and no failure unheard."""

from __future__ import annotations

import pytest

from serverless_socketio.exceptions import StoreError
from serverless_socketio.fanout import Fanout
from serverless_socketio.memory.store import MemoryStore, MemoryTransport
from serverless_socketio.model import Member, frame_order
from serverless_socketio_chat.model import Sender
from serverless_socketio_chat.presence.model import Watchers
from serverless_socketio_chat.tables.rooms import Rooms
from tests.fakes import FakeClock

MANY = [Watchers(f"user{number}") for number in range(100)]
MEMBER = Member("sid1", "address1")


class Failing(MemoryStore):
    """A store that does not take one of the rooms."""

    def enter(self, member: Member, room: str, at: int) -> None:
        if room == MANY[70].room:
            raise StoreError("The table is down")
        super().enter(member, room, at)


def rooms(store: MemoryStore | None = None) -> Rooms:
    return Rooms(store or MemoryStore(FakeClock()), Fanout(MemoryTransport()))


@pytest.mark.parametrize("number", [0, 1, 2, 100])
def test_many_are_entered_and_left(number: int) -> None:
    made, some = rooms(), MANY[:number]
    made.enter_all(some, Sender(MEMBER, frame_order(1)))
    assert [each for each in MANY if made.members(each)] == some
    made.leave_all(some, Sender(MEMBER, frame_order(2)))
    assert [each for each in MANY if made.members(each)] == []


def test_a_later_frame_has_the_last_word_in_each() -> None:
    made = rooms()
    made.leave_all(MANY[:3], Sender(MEMBER, frame_order(2)))
    made.enter_all(MANY[:5], Sender(MEMBER, frame_order(1)))
    assert [each for each in MANY if made.members(each)] == MANY[3:5]


def test_one_that_fails_is_heard_of() -> None:
    with pytest.raises(StoreError, match="down"):
        rooms(Failing(FakeClock())).enter_all(MANY, Sender(MEMBER, frame_order(1)))
