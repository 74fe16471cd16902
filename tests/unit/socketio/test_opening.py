"""The open packet: at once for 300 ms, then late, once a second, until the connection is 5 s old or gone."""

import json
from typing import Any

import pytest

from serverless_socketio.aws import opening
from serverless_socketio.aws.opening import AT_ONCE_S, Opening
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Ping, PostResult
from tests.unit.socketio.world import World

PING = Ping(120_000, 50_000)


class NotYet(MemoryTransport):
    """API Gateway while `$connect` has not returned: it takes no post."""

    def __init__(self, refusals: int, how: PostResult = PostResult.GONE) -> None:
        super().__init__()
        self.refusals = refusals
        self.how = how

    def post(self, address: str, frame: str) -> PostResult:
        if self.refusals:
            self.refusals -= 1
            return self.how
        return super().post(address, frame)


class PendingStore:
    """A connection that was let in, and the messages about it that wait."""

    def __init__(self, refusals: int = 10**6, how: PostResult = PostResult.GONE) -> None:
        self.world = World(transport=NotYet(refusals, how))
        self.messages: list[Any] = []
        self.opening = Opening(
            self.world.sio.manager, PING, lambda address: self.messages.append(opening.message(address))
        )
        self.world.open("alice")

    def deliver(self) -> list[bool]:
        """Bring the messages that wait, when they are due; what became of each."""
        waiting, self.messages = self.messages, []
        outcomes: list[bool] = []
        for body, after_s in waiting:
            self.world.clock.advance(after_s)
            address = opening.address_in(json.loads(json.dumps(body)))
            assert address is not None
            outcomes.append(self.opening.late(address))
        return outcomes


def test_it_announces_the_heartbeat() -> None:
    waiting = PendingStore(0)
    assert waiting.opening.at_once("alice")
    (packet,) = waiting.world.sent_to("alice")
    assert packet[0] == "0"
    handshake = json.loads(packet[1:])
    assert len(handshake.pop("sid")) == 20
    assert handshake == {"upgrades": [], "pingInterval": 120_000, "pingTimeout": 50_000, "maxPayload": 32_768}


def test_at_once_it_is_tried_again_until_the_connection_exists() -> None:
    waiting = PendingStore(4)
    assert waiting.opening.at_once("alice")
    assert waiting.world.clock.slept == [0.005, 0.01, 0.02, 0.04]
    assert len(waiting.world.sent_to("alice")) == 1
    assert waiting.messages == []


def test_at_once_takes_300_ms_at_most_and_leaves_the_rest_to_a_message() -> None:
    waiting = PendingStore()
    assert not waiting.opening.at_once("alice")
    assert waiting.world.clock.monotonic() <= AT_ONCE_S == 0.3
    assert waiting.messages == [({"v": 1, "open": "alice"}, 1)]


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_who_left_is_waited_for_no_longer(tries: int) -> None:
    waiting = PendingStore()
    waiting.world.clock.on_sleep(0.005 * (2**tries - 1), lambda: waiting.world.store.connections.end("alice"))
    assert not waiting.opening.at_once("alice")
    assert len(waiting.world.clock.slept) == tries
    assert waiting.messages == []


def test_late_it_is_tried_once_a_message_without_a_pause() -> None:
    waiting = PendingStore()
    waiting.opening.at_once("alice")
    waiting.world.clock.slept.clear()
    for _ in range(3):
        assert waiting.deliver() == [False]
    assert waiting.world.clock.slept == []
    assert isinstance(waiting.world.transport, NotYet)
    waiting.world.transport.refusals = 0
    assert waiting.deliver() == [True]
    assert len(waiting.world.sent_to("alice")) == 1
    assert waiting.messages == []


def test_late_it_is_given_up_when_no_client_would_wait_any_longer() -> None:
    waiting = PendingStore()
    waiting.opening.at_once("alice")
    while waiting.messages:
        waiting.deliver()
    assert 4 < waiting.world.clock.monotonic() < 6


def test_a_message_that_was_late_itself_is_tried_once() -> None:
    waiting = PendingStore()
    waiting.opening.at_once("alice")
    waiting.world.clock.advance(15)
    assert isinstance(waiting.world.transport, NotYet)
    waiting.world.transport.refusals = 0
    assert waiting.deliver() == [True]
    assert len(waiting.world.sent_to("alice")) == 1


def test_late_who_left_costs_one_read() -> None:
    waiting = PendingStore()
    waiting.opening.at_once("alice")
    waiting.world.store.connections.end("alice")
    assert waiting.deliver() == [False]
    assert waiting.messages == []


def test_a_message_that_comes_twice_finds_an_accepted_connection_and_posts_nothing() -> None:
    waiting = PendingStore(0)
    waiting.world.connect("alice")
    assert waiting.opening.late("alice")
    assert waiting.world.sent_to("alice") == []


def test_a_post_that_is_throttled_is_tried_later_and_one_that_may_have_arrived_is_not() -> None:
    throttled, unsure = PendingStore(how=PostResult.REFUSED), PendingStore(how=PostResult.FAILED)
    assert not throttled.opening.at_once("alice")
    assert len(throttled.messages) == 1
    assert unsure.opening.at_once("alice")
    assert unsure.world.clock.slept == []


def test_a_message_of_another_kind_names_no_connection() -> None:
    assert opening.address_in({"tick_at": 1}) is None
    assert opening.address_in({"v": 2, "open": "alice", "somethingNew": 1}) == "alice"
