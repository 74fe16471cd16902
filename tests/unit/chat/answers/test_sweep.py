"""Ticks: each once, whatever fails in them."""

from __future__ import annotations

import json
from dataclasses import asdict
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws import ticks
from serverless_socketio.heartbeat import Counts, Heartbeat, Share
from serverless_socketio.server import Server
from serverless_socketio_chat.answers import sweep as sweeping
from tests.fakes import CountingIds
from tests.unit.chat.world import World, assert_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Handed(list[Any]):
    """Messages that were left to other invocations."""

    def __call__(self, messages: Iterable[tuple[dict[str, Any], int]]) -> None:
        self.extend(json.loads(json.dumps(body)) for body, _ in messages)


def heartbeat(world: World) -> Heartbeat:
    server = Server(world.store, world.wire, clock=world.clock, ids=CountingIds())
    return Heartbeat(server.manager, interval_ms=10_000, timeout_ms=20_000)


def work(
    world: World, beats: Heartbeat, message: Mapping[str, Any], handed: Handed | None = None
) -> dict[str, int] | None:
    """What a message of the ticks' queue has done."""
    hand_on = Handed() if handed is None else handed
    return ticks.work(
        beats,
        None,
        message,
        world.clock.now_ms(),
        lambda now_ms: sweeping.recover_abandoned(
            world.ports.streams, world.answers, hand_on, world.ports.meter, now_ms
        ),
    )


def tick(world: World, beats: Heartbeat, handed: Handed | None = None) -> dict[str, int] | None:
    return work(world, beats, ticks.tick_message(world.clock.now_ms() // 1000), handed)


@pytest.mark.parametrize(
    ("after_ms", "delays"),
    [
        (0, [0, 10, 20, 30, 40, 50]),
        (1, [0, 10, 20, 30, 40, 50]),
        (9_999, [0, 1, 11, 21, 31, 41]),
        (10_000, [0, 10, 20, 30, 40]),
        (59_500, [0]),
        (-30_000, [30, 40, 50, 60, 70, 80]),
    ],
)
def test_a_minute_becomes_its_ticks_that_are_not_over_none_before_its_time(after_ms: int, delays: list[int]) -> None:
    minute = 28_333_334
    messages = ticks.ticks(minute, minute * 60_000 + after_ms)
    assert [delay_s for _, delay_s in messages] == delays
    ends = [minute * 60 + at_s for at_s in range(0, 60, 10)][-len(delays) :]
    assert [body["tickAt"] for body, _ in messages] == ends


def test_a_tick_brings_back_an_answer_whose_workflow_could_not_be_started() -> None:
    world = World()
    listener = world.join()
    reply_id = world.ask("are you there")
    world.clock.advance(12)
    done = tick(world, heartbeat(world))
    assert done is not None
    assert done["recovered"] == 1
    world.execute(*world.workflow.started.pop())
    assert_whole(listener)
    assert world.stream(reply_id).phase == "ended"


def test_a_share_of_a_tick_survives_its_way_through_a_queue() -> None:
    world = World()
    beats = heartbeat(world)
    listener = world.join()
    world.clock.advance(60)
    share = Share(world.clock.now_ms() // 10_000, 3, (listener.member.address, "gone since"), judges=True)
    ((message, after_s),) = ticks.shares([(share, 50)])
    assert after_s == 50
    brought = json.loads(json.dumps(message))
    assert work(world, beats, brought) == {**asdict(Counts()), "ghosts": 1}
    assert work(world, beats, brought) == asdict(Counts())
    assert work(world, beats, {"tick_at": 1}) is not None


def test_a_tick_is_done_once_in_its_ten_seconds() -> None:
    world = World()
    assert tick(world, heartbeat(world)) is not None
    assert tick(world, heartbeat(world)) is None
    world.clock.advance(10)
    assert tick(world, heartbeat(world)) is not None


def test_an_answer_that_cannot_be_brought_back_does_not_keep_the_others_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.ask("are you there")
    world.workflow.broken = True
    world.clock.advance(12)
    done = tick(world, heartbeat(world))
    assert done is not None
    assert not any(done.values())
    assert "could not be brought back" in caplog.text


def test_a_heartbeat_that_fails_does_not_keep_answers_waiting(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    beats = heartbeat(world)
    beats._manager.store = None  # type: ignore[assignment]
    world.ask("are you there")
    world.clock.advance(12)
    done = tick(world, beats)
    assert done is not None
    assert done["recovered"] == 1
    assert "A heartbeat failed" in caplog.text


def test_a_flood_of_handshakes_is_looked_at_when_all_else_is_done() -> None:
    world, order = World(), list[str]()
    beats = heartbeat(world)
    pings, answers, unaccepted = beats.tick, world.ports.streams.stale, beats.close_unaccepted
    beats.tick = lambda now_ms: order.append("pings") or pings(now_ms)  # type: ignore[func-returns-value, method-assign]
    world.ports.streams.stale = lambda before_ms: order.append("answers") or answers(before_ms)  # type: ignore
    beats.close_unaccepted = lambda now_ms: order.append("unaccepted") or unaccepted(now_ms)  # type: ignore
    assert tick(world, beats) is not None
    assert order == ["pings", "answers", "unaccepted"]


def test_connections_that_were_never_accepted_are_closed_by_a_message() -> None:
    world = World()
    ((message, after_s),) = ticks.unaccepted([("left", "gone since")])
    assert after_s == 0
    brought = json.loads(json.dumps(message))
    done = work(world, heartbeat(world), brought)
    assert done == {**asdict(Counts()), "unaccepted": 2}


def test_many_answers_are_looked_at_by_invocations_of_their_own_and_none_is_left_out() -> None:
    world, handed = World(), Handed()
    reply_ids = [f"r{number:04d}" for number in range(2 * sweeping.ANSWERS_MAX + 1)]
    world.ports.streams.stale = lambda created_before_ms: iter(reply_ids)  # type: ignore[method-assign]
    looked: list[str] = []
    world.answers.recover = lambda reply_id: looked.append(reply_id) or True  # type: ignore[func-returns-value, method-assign]
    done = tick(world, heartbeat(world), handed)
    assert done is not None
    assert (done["recovered"], looked) == (0, [])
    assert [len(message["answers"]) for message in handed] == [100, 100, 1]
    for message in handed:
        count = len(message["answers"])
        assert sweeping.recover_all(world.answers, sweeping.abandoned_in(message) or ()) == {"recovered": count}
    assert sorted(looked) == reply_ids


def test_answers_are_looked_at_side_by_side() -> None:
    world = World()
    world.ports.streams.stale = lambda created_before_ms: iter(["one", "two", "three"])  # type: ignore[method-assign]
    together = Barrier(3)
    world.answers.recover = lambda reply_id: together.wait(5) >= 0  # type: ignore[method-assign]
    done = tick(world, heartbeat(world))
    assert done is not None
    assert done["recovered"] == 3
