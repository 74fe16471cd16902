"""The library's door: the example of `docs/library.md`, on the events of its sources, from the handshake to the end."""

from __future__ import annotations

import json
import runpy
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio import Recovery, Server
from serverless_socketio.aws import LambdaApp
from serverless_socketio.aws.environment import SettingsError
from serverless_socketio.aws.queue import batch_body
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Batch
from tests.drivers import ROOT
from tests.fakes import FakeClock, Queues
from tests.tables import dynamodb, make_table

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = ROOT / "docs" / "examples" / "library" / "app.py"


class Lobby:
    """The example's server as a deployment would run it; every function is the same handler."""

    def __init__(self, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.transport = FakeClock(), MemoryTransport()
        self.queues = Queues(self.clock)
        for name in ("ticks", "openings", "batches", "dead"):
            url = self.queues.create_queue(QueueName=name)["QueueUrl"]
            variable = "EMITTING_DEAD" if name == "dead" else name.upper()
            monkeypatch.setenv(f"{variable}_QUEUE_URL", url)
        monkeypatch.setenv("CONNECTIONS_TABLE", make_table(client, "connections"))
        monkeypatch.setenv("CALLBACK_URL", "https://example.com/live")
        monkeypatch.setenv("OPENER_FUNCTION", "frames")
        self.invoked: list[dict[str, Any]] = []
        clients = {"dynamodb": client, "sqs": self.queues, "lambda": self}
        self._numbers = count(1)
        self.sio: Server = runpy.run_path(str(EXAMPLE))["sio"]
        self.ticked: list[int] = []
        self.app = LambdaApp(
            self.sio,
            on_tick=lambda now_ms: {"ticked": self.ticked.append(now_ms) or 1},  # type: ignore[func-returns-value]
            clock=self.clock,
            transport=self.transport,
            make_client=lambda service, **_: clients[service],
        )

    def invoke(self, *, Payload: bytes, **call: Any) -> None:  # noqa: N803 - boto3's name
        self.invoked.append(json.loads(Payload))

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        answer = self.app.handler(event, SimpleNamespace())
        while self.invoked:
            self.call(self.invoked.pop(0))
        return answer

    def connect(self, address: str) -> None:
        context = {"eventType": "CONNECT", "connectionId": address, "requestId": "r1", "identity": {}}
        query = {"EIO": "4", "transport": "websocket"}
        assert self.call({"requestContext": context, "headers": {}, "queryStringParameters": query}) == {
            "statusCode": 200
        }
        self.send(address, "40")

    def send(self, address: str, frame: str) -> None:
        context = {
            "eventType": "MESSAGE",
            "connectionId": address,
            "requestId": f"r{next(self._numbers)}",
            "requestTimeEpoch": self.clock.now_ms(),
        }
        assert self.call({"requestContext": context, "body": frame}) == {"statusCode": 200}

    def heard(self, address: str) -> list[str]:
        """What an address was sent since this was asked last."""
        frames = [frame for to, frame in self.transport.sent if to == address]
        self.transport.sent[:] = [(to, frame) for to, frame in self.transport.sent if to != address]
        return frames

    def bring(self, *messages: dict[str, Any]) -> None:
        assert self.call({"Records": [{"body": json.dumps(message)} for message in messages]}) == {
            "batchItemFailures": []
        }


@pytest.fixture
def lobby(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lobby]:
    with dynamodb() as client:
        yield Lobby(client, monkeypatch)


def test_the_example_serves_clients_from_the_handshake_to_the_end(lobby: Lobby) -> None:
    for address in ("alice", "bob"):
        lobby.connect(address)
        opened, accepted = lobby.heard(address)
        assert opened.startswith("0{")
        assert accepted.startswith("40{")
    lobby.send("alice", '421["say","hello"]')
    assert lobby.heard("alice") == ['431["ok"]']
    assert lobby.heard("bob") == ['42["said","hello"]']
    gone = {"eventType": "DISCONNECT", "connectionId": "bob", "requestId": "r2"}
    assert lobby.call({"requestContext": gone}) == {"statusCode": 200}
    lobby.send("alice", '42["say","anyone?"]')
    assert lobby.heard("bob") == []


def test_the_schedule_becomes_ticks_and_ticks_ping(lobby: Lobby) -> None:
    lobby.connect("alice")
    lobby.heard("alice")
    assert lobby.call({"schedule": "ticks"}) == {}
    done = 0
    for _ in range(12):
        for message in lobby.queues.take("ticks"):
            lobby.bring(message)
            done += 1
        lobby.clock.advance(10)
    assert lobby.heard("alice") == ["2"]  # one bucket of twelve is pinged at a tick
    assert len(lobby.ticked) == done >= 6


def test_a_batch_of_a_large_room_is_posted(lobby: Lobby) -> None:
    lobby.bring(batch_body(Batch("b1", ('42["news"]',), ("alice", "bob"))))
    assert lobby.heard("bob") == ['42["news"]']


def test_a_late_opening_is_tried_once(lobby: Lobby) -> None:
    context = {"eventType": "CONNECT", "connectionId": "alice", "requestId": "r1", "identity": {}}
    lobby.app.handler({"requestContext": context, "headers": {}, "queryStringParameters": {"EIO": "4"}}, None)
    lobby.invoked.clear()  # Lambda has lost the call
    lobby.bring({"v": 1, "open": "alice"})
    (opened,) = lobby.heard("alice")
    assert opened.startswith("0{")


def test_a_server_without_ports_says_what_is_missing() -> None:
    sio = Server(recovery=Recovery(identity=lambda session: None))
    with pytest.raises(RuntimeError, match="give it to a LambdaApp"):
        sio.emit("news")


def test_a_variable_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTIONS_TABLE", raising=False)
    app = LambdaApp(Server())
    with pytest.raises(SettingsError, match="CONNECTIONS_TABLE is not set"):
        app.handler({"open": "alice"}, None)
