"""Frames that Lambda's queue delivers twice, or late: what a client is told, and what there is then, is as for once."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio import binary
from serverless_socketio.aws.gateway import Gateway
from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio.inbox import Arrival
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.model import Part, Ping
from serverless_socketio.recovery.state import Recovery
from tests.unit.socketio.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_socketio.model import Connection, Session
    from serverless_socketio.recovery.state import RecoveryPolicy
    from tests.fakes import FakeClock

STRANGE = '42["say","it\'s \\"quoted\\" \\\\ {} ${x} #set grüß 👋 \u2028 日本"]'


def queued(world: World, frame: str, *, request: str = "r1", received_ms: int | None = None) -> Arrival:
    at_ms = world.clock.now_ms() if received_ms is None else received_ms
    return Arrival("alice", frame, at_ms, request, may_repeat=True)


def came_and_went(world: World) -> list[tuple[str, str]]:
    story: list[tuple[str, str]] = []
    world.sio.on("connect", lambda sid, environ: story.append(("came", sid)))
    world.sio.on("disconnect", lambda sid, reason: story.append(("went", sid)))
    return story


@pytest.mark.parametrize("frame", [STRANGE, "3", "40", "", "2probe", '42["x"]'])
def test_a_frame_in_base64_is_the_one_that_was_sent(world: World, frame: str) -> None:
    arrivals: list[Arrival] = []

    class Inbox:
        def arrive(self, arrival: Arrival) -> tuple[str, list[str]]:
            arrivals.append(arrival)
            return arrival.address, []

    gateway = Gateway(world.sio.manager, Inbox(), ping=Ping(120_000, 50_000))  # type: ignore[arg-type]
    context = {"connectionId": "alice", "requestTimeEpoch": 7, "requestId": "r1"}
    body = base64.b64encode(frame.encode()).decode()
    for event in ({"body": body, "isBase64Encoded": True}, {"body": frame, "isBase64Encoded": False}):
        assert gateway.receive({"requestContext": context, **event}) == {"statusCode": 200}
    assert arrivals == [Arrival("alice", frame, 7, "r1", may_repeat=True), Arrival("alice", frame, 7, "r1")]


def test_connect_twice_is_one_socket_and_one_answer(world: World) -> None:
    story = came_and_went(world)
    world.open()
    again = queued(world, "40")
    (answer,) = world.inbox.receive(again)
    world.clock.advance(20)
    assert world.inbox.receive(again) == []
    assert story == [("came", json.loads(answer[2:])["sid"])]
    assert world.transport.closed == []


def test_connect_twice_at_once_is_one_socket_and_closes_nothing() -> None:
    """The other invocation is faster between reading the connection and writing the socket."""

    class Overtaking(MemoryStore):
        def __init__(self, clock: FakeClock) -> None:
            super().__init__(clock)
            accept = self.connections.accept

            def overtaken(connection: Connection, *given: Any) -> None:
                accept(replace(connection), "/", "of-the-other", {}, [])
                accept(connection, *given)

            self.connections.accept = overtaken  # type: ignore[assignment, method-assign]

    world = World(store=Overtaking)
    world.open()
    assert world.inbox.receive(queued(world, "40")) == []
    found = world.store.connections.find("alice")
    assert found is not None
    assert found.sockets == {"/": "of-the-other"}
    assert world.transport.closed == []


def test_who_loses_against_another_connect_is_closed_as_before() -> None:
    class Full(MemoryStore):
        def __init__(self, clock: FakeClock) -> None:
            super().__init__(clock)

            def accept(
                connection: Connection,
                namespace: str,
                sid: str,
                session: Session,
                rooms: Iterable[str],
                policy: RecoveryPolicy | None = None,
            ) -> None:
                raise ConditionFailed

            self.connections.accept = accept  # type: ignore[method-assign]

    world = World(store=Full)
    world.open()
    assert world.inbox.receive(queued(world, "40")) == []
    assert world.transport.closed == ["alice"]


def test_connect_of_a_socket_that_came_back_twice_leaves_it_there() -> None:
    world = World(recovery=Recovery(identity=lambda session: ""))
    world.open("old", recovery=True)
    (answer,) = world.send("old", "40")
    said = json.loads(answer[2:])
    world.sio.emit("hello", to=said["sid"])
    _, offset = json.loads(world.sent_to("old")[-1][2:])
    world.sio.manager.closed("old", "transport close")
    world.open(recovery=True)
    again = queued(world, "40" + json.dumps({"pid": said["pid"], "offset": offset}))
    world.inbox.receive(again)
    before = list(world.transport.sent)
    assert world.inbox.receive(again) == []
    found = world.store.connections.find("alice")
    assert found is not None
    assert found.sockets == {"/": said["sid"]}
    assert world.transport.sent == before


def test_disconnect_that_comes_again_ends_no_later_socket(world: World) -> None:
    world.connect()
    story = came_and_went(world)
    leaving = queued(world, "41")
    world.inbox.receive(leaving)
    world.clock.advance(1)
    (answer,) = world.send("alice", "40")
    world.inbox.receive(leaving)
    found = world.store.connections.find("alice")
    assert found is not None
    assert found.sockets["/"] == json.loads(answer[2:])["sid"]
    assert [what for what, _ in story] == ["went", "came"]


def test_a_pong_that_waited_is_a_sign_of_life_of_when_it_was_sent(world: World) -> None:
    world.connect()
    sent_ms = world.clock.now_ms()
    world.clock.advance(30)
    world.inbox.receive(queued(world, "3", received_ms=sent_ms + 20_000))
    world.inbox.receive(queued(world, "3", received_ms=sent_ms))  # the one before, overtaken
    found = world.store.connections.find("alice")
    assert found is not None
    assert found.seen_ms == sent_ms + 20_000


def test_a_handler_may_have_itself_run_once(world: World) -> None:
    done: list[str] = []

    @world.sio.on("pay")
    def pay(sid: str, amount: str) -> dict[str, str] | None:
        if not world.sio.claim_once():
            return None
        done.append(amount)
        return {"paid": amount}

    world.connect()
    first = queued(world, '427["pay","5"]', request="r1")
    assert world.inbox.receive(first) == ['437[{"paid":"5"}]']
    assert world.inbox.receive(first) == []
    assert world.inbox.receive(queued(world, '428["pay","5"]', request="r2")) == ['438[{"paid":"5"}]']
    assert world.send("alice", '429["pay","5"]') == ['439[{"paid":"5"}]']
    assert done == ["5"] * 3


def test_a_part_of_a_binary_event_that_comes_twice_is_one() -> None:
    head, first, second = (Part(at, f"r{at}", 2 if at == 1 else 0, 10) for at in (1, 2, 3))
    step = binary.add([], head)
    for part in (first, head, first):
        step = binary.add(step.left, part)
        assert not step.whole
    assert step.left == [head, first]
    (whole,) = binary.add(step.left, second).whole
    assert whole.parts == (head, first, second)
    assert not whole.is_tied
