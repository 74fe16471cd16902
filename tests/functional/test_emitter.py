"""An `Emitter` in a process of its own: what it does to sockets on every transport, and to those that are away."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, cast

import pytest
import socketio

from serverless_socketio import Emitter
from serverless_socketio.aws import DynamoStore, DynamoTable
from serverless_socketio.aws.queue import SqsQueue, SqsRelay
from tests.wires import TRANSPORTS, Deployment, Wire, join

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

RELAY = pytest.mark.parametrize("with_relay", [False, True], ids=["alone", "relay"])


@pytest.fixture
def deployment(tables: DynamoDBClient) -> Deployment:
    return Deployment(tables)


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def elsewhere(deployment: Deployment, tables: DynamoDBClient, *, with_relay: bool = False) -> Emitter:
    """What a process has that runs no handler."""
    store = DynamoStore(DynamoTable(deployment.settings.connections_table, tables), deployment.clock, buckets=12)
    queue, dead = (SqsQueue(lambda: cast("SQSClient", deployment.queues), name) for name in ("batches", "dead"))
    relay = SqsRelay(queue, dead) if with_relay else None
    return Emitter(store, deployment.transport, relay=relay, clock=deployment.clock)


def away(deployment: Deployment) -> tuple[str, str]:
    """A recoverable socket whose connection is lost: its sid and its pid."""
    wire = deployment.open("websocket", recovery="1")
    said = join(wire)
    deployment.hang_up(wire.address, 1006)  # type: ignore[attr-defined]
    return said["sid"], said["pid"]


def come_back(deployment: Deployment, pid: str, transport: str = "websocket") -> tuple[Wire, list[str]]:
    """A client that reconnects with what it knows, and what it gets first."""
    wire = deployment.open(transport, recovery="1")
    wire.send("40" + json.dumps({"pid": pid}))
    return wire, wire.received()


@pytest.mark.parametrize("name", ["enter_room", "leave_room", "close_room", "disconnect"])
def test_a_method_takes_what_that_of_a_write_only_manager_takes(name: str) -> None:
    ours, theirs = (
        [
            (each.name, each.default)
            for each in inspect.signature(getattr(cls, name)).parameters.values()
            if each.name not in {"eio_sid", "kwargs"}  # the first is a server's own, the second for its queue
        ]
        for cls in (Emitter, socketio.PubSubManager)
    )
    assert ours == theirs


def test_a_socket_enters_and_leaves_rooms(deployment: Deployment, tables: DynamoDBClient, transport: str) -> None:
    emitter = elsewhere(deployment, tables)
    wire, sid = deployment.connect(transport)
    emitter.enter_room(sid, "/", "lobby")
    emitter.enter_room(sid, None, "attic")
    assert {*deployment.sio.rooms(sid)} == {sid, "lobby", "attic"}
    deployment.sio.emit("news", 1, room="lobby")
    emitter.leave_room(sid, "/", "lobby")
    deployment.sio.emit("news", 2, room="lobby")
    deployment.sio.emit("news", 3, room="attic")
    assert [frame for frame in wire.received() if "news" in frame] == ['42["news",1]', '42["news",3]']


def test_a_room_is_a_namespace_s_own(deployment: Deployment, tables: DynamoDBClient, transport: str) -> None:
    emitter = elsewhere(deployment, tables)
    wire, main = deployment.connect(transport)
    custom = join(wire, "/custom")["sid"]
    emitter.enter_room(custom, "/custom", "lobby")
    emitter.enter_room(custom, "/", "lobby")  # not its namespace: no such socket
    deployment.sio.emit("news", 1, room="lobby")
    deployment.sio.emit("news", 2, room="lobby", namespace="/custom")
    assert [frame for frame in wire.received() if "news" in frame] == ['42/custom,["news",2]']
    assert deployment.sio.rooms(main) == [main]


def test_a_frame_that_was_sent_later_wins(deployment: Deployment, tables: DynamoDBClient) -> None:
    emitter = elsewhere(deployment, tables)
    _, sid = deployment.connect("websocket")
    late = elsewhere(deployment, tables)
    late._clock = type(deployment.clock)(deployment.clock.now_ms() - 60_000)  # whose clock is a minute slow
    emitter.enter_room(sid, "/", "lobby")
    late.leave_room(sid, "/", "lobby")
    assert deployment.sio.rooms(sid) == [sid, "lobby"]


def test_a_room_is_closed_for_whoever_is_in_it(deployment: Deployment, tables: DynamoDBClient) -> None:
    emitter = elsewhere(deployment, tables)
    wires = [deployment.connect(name) for name in (*TRANSPORTS, *["websocket"] * 30)]
    for _, sid in wires:
        emitter.enter_room(sid, "/", "lobby")
        emitter.enter_room(sid, "/", "attic")
    emitter.close_room("lobby")
    emitter.close_room("nowhere")
    assert emitter.members("lobby", "/") == []
    assert len(emitter.members("attic", "/")) == len(wires)
    for _, sid in wires[:3]:
        assert deployment.sio.rooms(sid) == [sid, "attic"]


@RELAY
def test_a_socket_is_disconnected_for_good(
    deployment: Deployment, tables: DynamoDBClient, transport: str, with_relay: bool
) -> None:
    wire, sid = deployment.connect(transport)
    elsewhere(deployment, tables, with_relay=with_relay).disconnect(sid)
    deployment.work()
    assert wire.received()[-1] == "41"  # and no close packet after it, which would be taken for the reason
    if not with_relay:
        if transport == "polling":
            deployment.pass_time(20)  # a tick finds the session that was closed where no handlers are
        else:
            assert wire.is_closed
            deployment.hang_up(wire.address)  # type: ignore[attr-defined]
    assert [each for each, _ in deployment.ended] == [sid]
    assert deployment.sio.manager.emitter.members(sid, "/") == []


@RELAY
def test_a_socket_beside_others_goes_alone(
    deployment: Deployment, tables: DynamoDBClient, transport: str, with_relay: bool
) -> None:
    wire, main = deployment.connect(transport)
    custom = join(wire, "/custom")["sid"]
    elsewhere(deployment, tables, with_relay=with_relay).disconnect(custom, "/custom")
    deployment.work()
    deployment.sio.emit("news", 1)
    deployment.sio.emit("news", 2, namespace="/custom")
    assert [frame for frame in wire.received() if "auth" not in frame] == ["41/custom,", '42["news",1]']
    assert deployment.ended == ([(custom, "server disconnect")] if with_relay else [])
    assert deployment.sio.rooms(main) == [main]


@RELAY
def test_a_native_client_is_hung_up_on(deployment: Deployment, tables: DynamoDBClient, with_relay: bool) -> None:
    address, answer = deployment.handshake({})
    assert answer == {"statusCode": 200}
    (member,) = deployment.sio.manager.emitter.members(None, "/")
    elsewhere(deployment, tables, with_relay=with_relay).disconnect(member.sid)
    deployment.work()
    assert deployment.transport.closed == [address]
    assert "41" not in deployment.sent(address)


@RELAY
def test_a_recoverable_socket_does_not_come_back(
    deployment: Deployment, tables: DynamoDBClient, transport: str, with_relay: bool
) -> None:
    wire = deployment.open(transport, recovery="1")
    said = join(wire)
    elsewhere(deployment, tables, with_relay=with_relay).disconnect(said["sid"])
    deployment.work()
    assert "41" in wire.received()
    _, (answer, *_) = come_back(deployment, said["pid"])
    assert json.loads(answer[2:])["sid"] != said["sid"]


def test_a_socket_that_is_away_enters_rooms_and_finds_what_was_said_there(
    deployment: Deployment, tables: DynamoDBClient, transport: str
) -> None:
    emitter = elsewhere(deployment, tables)
    sid, pid = away(deployment)
    emitter.enter_room(sid, "/", "lobby")
    emitter.enter_room(sid, "/", "attic")
    emitter.leave_room(sid, "/", "attic")
    deployment.sio.emit("news", 1, room="lobby")
    deployment.sio.emit("news", 2, room="attic")
    (member,) = emitter.members("lobby", "/")
    assert member.detached
    assert member.left_ms
    wire, (answer, *missed) = come_back(deployment, pid, transport)
    assert json.loads(answer[2:])["sid"] == sid
    assert [frame[:12] for frame in missed if '"news"' in frame] == ['42["news",1,']
    deployment.sio.emit("news", 3, room="lobby")
    assert [frame[:12] for frame in wire.received() if '"news"' in frame] == ['42["news",3,']
    assert deployment.sio.rooms(sid) == [sid, "lobby"]


@RELAY
def test_a_socket_that_is_away_is_disconnected_without_a_word(
    deployment: Deployment, tables: DynamoDBClient, with_relay: bool
) -> None:
    sid, pid = away(deployment)
    ended = [*deployment.ended]
    elsewhere(deployment, tables, with_relay=with_relay).disconnect(sid)
    deployment.work()
    _, (answer, *_) = come_back(deployment, pid)
    assert json.loads(answer[2:])["sid"] != sid
    assert deployment.ended == ended  # its handler ran with its connection's end


@RELAY
def test_who_is_gone_or_was_never_there_is_no_error(
    deployment: Deployment, tables: DynamoDBClient, with_relay: bool
) -> None:
    emitter = elsewhere(deployment, tables, with_relay=with_relay)
    wire, gone = deployment.connect("websocket")
    deployment.hang_up(wire.address)  # type: ignore[attr-defined]
    for sid in (gone, "no sid at all", f"{'x' * 22}~", f"{'x' * 22}poll:nobody", ""):
        emitter.enter_room(sid, "/", "lobby")
        emitter.leave_room(sid, "/", "lobby")
        emitter.disconnect(sid)
    assert emitter.members("lobby", "/") == []
    assert deployment.queues.take("batches") == []


def test_a_message_that_comes_twice_disconnects_once(deployment: Deployment, tables: DynamoDBClient) -> None:
    wire, sid = deployment.connect("websocket")
    emitter = elsewhere(deployment, tables, with_relay=True)
    emitter.disconnect(sid)
    emitter.disconnect(sid)
    deployment.work()
    assert wire.received().count("41") == 1
    assert deployment.ended == [(sid, "server disconnect")]
