"""What a stock client can do, over a WebSocket and over long-polling, against a server of the library on its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local import outputs
from serverless_socketio import Emitter
from serverless_socketio.aws import ApiGatewayTransport, DynamoStore, DynamoTable
from serverless_socketio.aws.queue import SqsQueue, SqsRelay
from tests.e2e.driver import Clients
from tests.processes import ROOT, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

HERE = Path(__file__).parent / "capabilities"
OVER = {"websocket": ["websocket"], "polling": ["polling"], "upgraded": ["polling", "websocket"]}
PATIENCE_S = 90
ON_EACH = pytest.mark.parametrize("transport", OVER)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = shutil.copytree(HERE, tmp_path_factory.mktemp("app") / "capabilities")
    with running(tmp_path_factory.mktemp("home"), "--app", str(folder / "stack.py")) as run:
        assert run.port
        (file,) = run.home.glob("app-*/outputs.json")
        yield outputs.read(file)


@pytest.fixture(scope="module")
def seen(where: dict[str, Any]) -> dict[str, Any]:
    """What clients saw: by transport, then by part."""
    asked = {"url": where["url"], "path": where["socketPath"]}
    started = {
        name: subprocess.Popen(
            ["node", str(HERE / "client.mjs")], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in OVER
    }
    told = {}
    for name, client in started.items():
        out, _ = client.communicate(json.dumps({**asked, "transports": OVER[name]}))
        told[name] = json.loads(out)
    return told


@ON_EACH
def test_several_namespaces_share_a_connection_and_one_is_left_alone(seen: dict[str, Any], transport: str) -> None:
    assert seen[transport]["namespaces"] == {
        "ack": "/room-7",
        "acks": ["main", "/room-8"],
        "said": [["/room-7", "hello"]],
        "other": [[["/room-8", "there"]]],
        "ids": 3,
        "engines": 1,
        "after": "still there",
    }


@ON_EACH
def test_a_namespace_that_no_pattern_fits_is_refused_and_the_connection_lives_on(
    seen: dict[str, Any], transport: str
) -> None:
    assert seen[transport]["unknown_namespace"] == {"message": "Invalid namespace", "active": False, "after": 1}


@ON_EACH
def test_acks_go_both_ways(seen: dict[str, Any], transport: str) -> None:
    acks = seen[transport]["acks"]
    assert acks["several"] == [1, {"two": 2}]
    assert acks["none"] == []
    assert acks["answered"] == ["why?", 42]
    assert acks["silent"] == ["late"]
    # Over polling a client sends nothing while its POST is being handled: there a callback is the way.
    assert acks["called"] == (["late"] if transport == "polling" else ["answered", ["by call?", 42]])


@ON_EACH
def test_an_ack_that_does_not_come_is_waited_for_as_long_as_the_client_says(
    seen: dict[str, Any], transport: str
) -> None:
    assert seen[transport]["time_out"] == {"failure": "operation has timed out"}


@ON_EACH
def test_a_volatile_event_is_sent_if_it_can_be_and_never_kept(seen: dict[str, Any], transport: str) -> None:
    assert seen[transport]["volatile"] == {"returned": ["kept", "connected"]}


@ON_EACH
def test_bytes_go_both_ways_in_events_and_acks(seen: dict[str, Any], transport: str) -> None:
    sent = [0, 1, 254, 255]
    assert seen[transport]["bytes"] == {"ack": sent, "event": sent, "text": "and text", "answer": sent}


@ON_EACH
def test_retries_keep_the_order_and_end(seen: dict[str, Any], transport: str) -> None:
    assert seen[transport]["retries"] == {
        "acks": ["ok"] * 5,
        "returned": [[number] for number in range(1, 6)],
        "tries": 3,
        "failure": "operation has timed out",
    }


@ON_EACH
def test_both_sides_catch_all_events(seen: dict[str, Any], transport: str) -> None:
    assert seen[transport]["catch_all"] == {
        "ack": ["caught", "no such event", 1],
        "incoming": [["back", "x"]],
        "outgoing": ["no such event", "back"],
    }


@ON_EACH
def test_both_sides_hear_why_a_socket_ended(seen: dict[str, Any], transport: str) -> None:
    reasons = seen[transport]["reasons"]
    assert reasons["server"] == ["io server disconnect", False, "server disconnect"]
    assert reasons["client"] == ["io client disconnect", False, "client disconnect"]
    assert reasons["lost"] in (["transport close", True], ["transport error", True])


@ON_EACH
def test_a_client_that_was_cut_recovers_what_it_missed(seen: dict[str, Any], transport: str) -> None:
    assert seen[transport]["recovery"] == {"recovered": True, "same": True, "got": [1, 2, 3, 4]}


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    started = Clients()
    yield started
    started.close()


def emitter_at(where: dict[str, Any], *, with_relay: bool) -> Emitter:
    """As any process has one that may emit: `docs/examples/emit.py`."""
    session: Any = boto3.Session(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")

    def client(service: str, url: str) -> Any:
        return session.client(service, endpoint_url=url)

    told, endpoint = where["outputs"], where["engineUrl"]
    store = DynamoStore(DynamoTable(told["Table"], client("dynamodb", endpoint)), buckets=12)
    management = client("apigatewaymanagementapi", where["websocketUrl"].replace("ws", "http", 1))
    sqs = client("sqs", endpoint)
    url = sqs.get_queue_url(QueueName=told["Batches"].rsplit("/", 1)[1])["QueueUrl"]
    batches = SqsQueue(lambda: sqs, url)
    relay = SqsRelay(batches, batches) if with_relay else None  # nothing is buried from here
    return Emitter(store, ApiGatewayTransport(lambda: management), relay=relay)


@ON_EACH
@pytest.mark.parametrize("with_relay", [False, True], ids=["alone", "relay"])
def test_another_process_puts_a_client_into_rooms_and_disconnects_it(
    where: dict[str, Any], clients: Clients, transport: str, with_relay: bool
) -> None:
    emitter = emitter_at(where, with_relay=with_relay)
    watcher = clients.open(where["url"], path=where["socketPath"])
    watcher.wait_for("connect", within_s=PATIENCE_S)
    device = clients.open(where["url"], path=where["socketPath"], transports=OVER[transport])
    sid = device.wait_for("connect", within_s=PATIENCE_S).body
    emitter.enter_room(sid, "/", "attic")
    emitter.emit("news", 1, room="attic")
    device.wait_for("news", within_s=PATIENCE_S)
    emitter.leave_room(sid, "/", "attic")
    emitter.emit("news", 2, room="attic")
    emitter.emit("news", 3, to=sid)
    device.wait_for("news", lambda number: number == 3, within_s=PATIENCE_S)
    assert [event.body for event in device.events("news")] == [1, 3]
    emitter.disconnect(sid)
    assert device.wait_for("disconnect", within_s=PATIENCE_S).body == "io server disconnect"
    left = watcher.wait_for("left", lambda told: told[0] == sid, within_s=PATIENCE_S).body
    if with_relay:
        assert left == [sid, "server disconnect"]
    watcher.close()
