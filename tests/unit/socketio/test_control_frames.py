"""Frames that are no events: each of them spends, but for the pong that a heartbeat asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.inbox import REFUSALS_MAX, Inbox

if TYPE_CHECKING:
    from tests.unit.socketio.world import World

HEARTBEAT_S = 120


class Spending:
    """An inbox whose control frames are counted, and refused while `is_over`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.spent: list[str] = []
        self.is_over = False
        self.too_many: set[str] = set()
        world.inbox = Inbox(
            world.sio.manager,
            spend=self.spend,
            overruns=lambda connection: connection.address in self.too_many,
            heartbeat_s=HEARTBEAT_S,
        )

    def spend(self) -> bool:
        self.spent.append(self.world.sio.request.connection.address)
        return not self.is_over

    def seen_ms(self) -> int:
        connection = self.world.store.connections.find("alice")
        assert connection is not None
        return connection.seen_ms


@pytest.fixture
def spending(world: World) -> Spending:
    return Spending(world)


@pytest.mark.parametrize("frame", ["2", "2probe", "6", "437[]", '437["yes"]', "40/unknown,"])
def test_each_spends_and_does_no_harm(world: World, spending: Spending, frame: str) -> None:
    world.connect()
    world.send("alice", frame)
    assert spending.spent == ["alice"]
    assert world.transport.closed == []


def test_a_probe_over_the_allowance_is_not_answered(world: World, spending: Spending) -> None:
    world.connect()
    spending.is_over = True
    assert world.send("alice", "2probe") == []


def test_one_pong_a_heartbeat_is_free_and_counts_whatever_else_was_spent(world: World, spending: Spending) -> None:
    world.connect()
    spending.is_over = True
    for _ in range(3):
        world.send("alice", "3")
        assert spending.seen_ms() == world.clock.now_ms()
        first_ms = spending.seen_ms()
        for _ in range(4):
            world.send("alice", "3")
        assert spending.seen_ms() == first_ms
        world.clock.advance(HEARTBEAT_S)
    assert len(spending.spent) == 12
    spending.is_over = False
    world.send("alice", "3")
    world.send("alice", "3")
    assert spending.seen_ms() == world.clock.now_ms()


def test_an_ack_that_is_awaited_is_free(world: World, spending: Spending) -> None:
    heard: list[Any] = []

    @world.sio.callback
    def answered(*args: Any) -> None:
        heard.append(args)

    alice = world.connect()
    world.sio.emit("ask", to=alice, callback=answered)
    world.clock.on_sleep(0.2, lambda: world.send("alice", '432["for call"]'))
    world.send("alice", '431["yes"]')
    assert world.sio.call("ask", to=alice) == "for call"
    assert (heard, spending.spent) == ([("yes",)], [])
    for again in ('431["yes"]', '432["for call"]'):
        world.send("alice", again)
    assert (heard, len(spending.spent)) == ([("yes",)], 2)


@pytest.mark.parametrize("accepted", [False, True])
def test_the_sixth_connect_that_is_refused_closes_the_connection(
    world: World, spending: Spending, accepted: bool
) -> None:
    world.open("alice")
    if accepted:
        world.connect()
    for _ in range(REFUSALS_MAX):
        (answer,) = world.send("alice", "40/unknown,")
        assert answer.startswith("44/unknown,")
    assert world.transport.closed == []
    assert world.send("alice", "40/unknown,") == []
    assert world.transport.closed == ["alice"]
    assert world.store.connections.find("alice") is None


def test_frames_without_a_socket_spend_too(world: World, spending: Spending) -> None:
    world.connect()
    world.send("alice", "41")
    for frame in ('42["say"]', "bAQID", "6"):
        world.send("alice", frame)
    assert len(spending.spent) == 3


def test_a_connection_that_sends_too_many_frames_is_closed(world: World, spending: Spending) -> None:
    ended: list[str] = []
    world.sio.on("disconnect", lambda sid, reason: ended.append(reason))
    world.connect()
    world.connect("bob")
    spending.too_many.add("alice")
    assert world.send("alice", '421["say"]') == []
    assert world.transport.closed == ["alice"]
    assert ended == ["parse error"]
    world.send("bob", "3")
    assert world.transport.closed == ["alice"]
