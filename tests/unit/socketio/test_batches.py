"""Large rooms: everybody once, whatever the endpoint does and however often a queue brings the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.batches import ATTEMPTS, BATCH_MAX, Poster, batches
from serverless_socketio.emitter import Emitter
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import LARGE_ROOM, Batch, Member, PostResult
from tests.unit.socketio.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest


class Line:
    """A `ports.Relay` in a list."""

    def __init__(self) -> None:
        self.waiting: list[Batch] = []
        self.buried: list[Batch] = []
        self.disconnected: list[tuple[str, str]] = []

    def send(self, batches: Iterable[Batch]) -> None:
        self.waiting += batches

    def again(self, batch: Batch) -> None:
        self.waiting.append(batch)

    def bury(self, batch: Batch) -> None:
        self.buried.append(batch)

    def disconnect(self, sid: str, namespace: str) -> None:
        self.disconnected.append((sid, namespace))


class Busy(MemoryTransport):
    """Refuses some addresses a number of times; of others nothing is known."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: Counter[str] = Counter()
        self.unsure: set[str] = set()

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        return [self._outcome(address, texts) for address, texts in frames]

    def _outcome(self, address: str, texts: Sequence[str]) -> PostResult:
        if self.refusals[address]:
            self.refusals[address] -= 1
            return PostResult.REFUSED
        if address in self.unsure:
            return PostResult.FAILED
        return super().post_all([(address, texts)])[0]


class Crowd(World):
    """A server with a relay, and many in its lobby."""

    transport: Busy

    def __init__(self, count: int) -> None:
        super().__init__(transport=Busy())
        self.line = Line()
        self.emitter = Emitter(self.store, self.transport, relay=self.line, everyone_room="global")
        self.poster = Poster(self.store, self.sio.manager.fanout, self.line)
        self.sio.on("connect", lambda sid, environ, auth: self.sio.enter_room(sid, "lobby"))
        self.names = [f"client{number}" for number in range(count)]
        for name in self.names:
            self.connect(name)

    def work(self) -> None:
        while self.line.waiting:
            self.poster.post(self.line.waiting.pop(0))

    def heard(self) -> Counter[str]:
        return Counter(address for address, _ in self.transport.sent)


def test_a_small_room_is_posted_to_at_once() -> None:
    crowd = Crowd(LARGE_ROOM)
    crowd.emitter.emit("said", 1, room="lobby")
    assert crowd.line.waiting == []
    assert crowd.heard() == Counter(crowd.names)


def test_a_large_room_is_left_to_others_and_each_hears_once() -> None:
    crowd = Crowd(BATCH_MAX + 1)
    crowd.emitter.emit("said", {"é": 1}, room="lobby")
    assert crowd.transport.sent == []
    assert [len(batch.addresses) for batch in crowd.line.waiting] == [BATCH_MAX, 1]
    crowd.work()
    assert crowd.heard() == Counter(crowd.names)
    assert {frame for _, frame in crowd.transport.sent} == {'42["said",{"é":1}]'}


def test_everybody_may_be_named_as_a_room_and_be_large() -> None:
    crowd = Crowd(LARGE_ROOM)
    crowd.connect_native("nora")
    crowd.emitter.emit("said", {"a": 1}, room=["global", "lobby"], skip_sid="nobody")
    crowd.work()
    assert crowd.heard() == Counter([*crowd.names, "nora"])
    assert crowd.sent_to("nora") == ['{"event":"said","data":{"a":1}}']


def test_who_is_gone_is_cleaned_up_and_disconnect_handlers_run() -> None:
    crowd = Crowd(LARGE_ROOM + 1)
    left: list[str] = []
    crowd.sio.on("disconnect", lambda sid, reason: left.append(reason))
    crowd.transport.gone.update(crowd.names[:7])
    crowd.emitter.emit("said", room="lobby")
    crowd.work()
    assert left == ["transport close"] * 7
    assert crowd.heard() == Counter(crowd.names[7:])
    assert len(crowd.store.rooms.members("/", "lobby")) == LARGE_ROOM - 6


def test_who_was_refused_gets_it_later_and_no_other_again() -> None:
    crowd = Crowd(LARGE_ROOM + 1)
    crowd.transport.refusals.update({crowd.names[1]: 1, crowd.names[2]: ATTEMPTS - 1})
    crowd.emitter.emit("said", room="lobby")
    crowd.work()
    assert crowd.heard() == Counter(crowd.names)
    assert crowd.line.buried == []


def test_what_cannot_be_posted_is_buried_with_those_who_missed_it(caplog: pytest.LogCaptureFixture) -> None:
    crowd = Crowd(LARGE_ROOM + 1)
    crowd.transport.refusals[crowd.names[3]] = 100
    crowd.emitter.emit("said", room="lobby")
    crowd.work()
    assert crowd.heard() == Counter(name for name in crowd.names if name != crowd.names[3])
    (buried,) = crowd.line.buried
    assert (buried.frames, buried.addresses) == (('42["said"]',), (crowd.names[3],))
    assert "A batch was given up" in caplog.text


def test_what_may_have_arrived_is_not_sent_again_but_told(caplog: pytest.LogCaptureFixture) -> None:
    crowd = Crowd(LARGE_ROOM + 1)
    crowd.transport.unsure.add(crowd.names[0])
    crowd.emitter.emit("said", room="lobby")
    crowd.work()
    assert crowd.heard()[crowd.names[0]] == 0
    assert "may not have arrived" in caplog.text


def test_a_batch_that_a_queue_brings_twice_is_posted_once() -> None:
    crowd = Crowd(3)
    batch = Batch("b1", ("42[]",), ("client0", "client1"))
    crowd.poster.post(batch)
    crowd.poster.post(batch)
    crowd.poster.post(replace(batch, attempt=2, addresses=("client1",)))
    assert crowd.heard() == Counter({"client0": 1, "client1": 2})


def test_an_event_whose_attachments_fit_no_message_is_posted_at_once() -> None:
    crowd = Crowd(3)
    emitter = Emitter(crowd.store, crowd.transport, relay=crowd.line, large_room=2, max_message_out=1000)
    emitter.emit("file", [b"1" * 600, b"2" * 600], room="lobby")
    assert crowd.line.waiting == []
    assert [len(crowd.sent_to(name)) for name in crowd.names] == [3, 3, 3]
    emitter.emit("file", b"1" * 600, room="lobby")
    assert [len(batch.frames) for batch in crowd.line.waiting] == [2]


@given(st.dictionaries(st.text(min_size=1), st.sampled_from([("2",), ("4", "b"), ("{}",)])), st.integers(1, 5))
def test_no_address_is_lost_or_in_two_batches(targets: dict[str, tuple[str, ...]], size: int) -> None:
    made = list(batches([(Member(address, address), list(frames)) for address, frames in targets.items()], size))
    assert {(address, batch.frames) for batch in made for address in batch.addresses} == set(targets.items())
    assert sum(len(batch.addresses) for batch in made) == len(targets)
    assert all(0 < len(batch.addresses) <= size for batch in made)
    assert len({batch.id for batch in made}) == len(made)
