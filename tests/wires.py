"""A server of the library as a deployment runs it, and clients that speak frames, over each of the transports.

A `Wire` is one client: what it sends and receives are frames of Engine.IO, whatever carries them. Functions are one
handler over a table in moto; time is a clock's, which moves where code sleeps and where a test lets it pass.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from serverless_socketio import Recovery, Server
from serverless_socketio.aws import LambdaApp
from serverless_socketio.aws.settings import read
from serverless_socketio.inbox import Inbox
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.request import current
from tests.fakes import FakeClock, Queues
from tests.support.http_event import http_event
from tests.tables import make_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.codec.errors import PacketError
    from serverless_socketio.manager import Manager

TRANSPORTS = ("websocket", "polling", "upgraded")
SEPARATOR = "\x1e"
HANDSHAKE = "EIO=4&transport=polling"
QUEUES = {"ticks": "TICKS_QUEUE_URL", "openings": "OPENINGS_QUEUE_URL", "batches": "BATCHES_QUEUE_URL"}


class Wire(Protocol):
    """One client on one transport."""

    @property
    def opened(self) -> dict[str, Any]:
        """The open packet."""

    @property
    def is_closed(self) -> bool:
        """Whether the server has ended it."""

    def send(self, *frames: str) -> None:
        """Send frames, one after the other."""

    def received(self) -> list[str]:
        """What has come since this was asked last."""


class Deployment:
    """A server behind its APIs. What it prints to clients of WebSockets is in `transport`."""

    def __init__(self, client: DynamoDBClient, sio: Server | None = None, *, bad_frames_max: int | None = None) -> None:
        self.clock, self.transport = FakeClock(), MemoryTransport()
        self.queues = Queues(self.clock)
        self.sio = sio or echo()
        self.ended: list[tuple[str, str]] = []  # (sid, reason) of each `disconnect` handler
        for namespace in ("/", "/custom"):
            self.sio.on("disconnect", lambda sid, reason: self.ended.append((sid, reason)), namespace=namespace)
        for name in (*QUEUES, "dead"):
            self.queues.create_queue(QueueName=name)
        self.settings = read(
            {
                "CONNECTIONS_TABLE": make_table(client, "connections"),
                "CALLBACK_URL": "https://example.com/live",
                "OPENER_FUNCTION": "frames",
                "EMITTING_DEAD_QUEUE_URL": "dead",
                **{variable: name for name, variable in QUEUES.items()},
            }
        )
        clients: dict[str, Any] = {"dynamodb": client, "sqs": self.queues, "lambda": self}
        self.app = LambdaApp(
            self.sio,
            self.settings,
            clock=self.clock,
            transport=self.transport,
            make_client=lambda service, **_: clients[service],
            inbox=None if bad_frames_max is None else lambda manager: _strict(manager, bad_frames_max),
        )
        self._started: list[dict[str, Any]] = []
        self._scheduled_min = -1
        self._numbers = count(1)

    def open(self, transport: str, **query: str) -> Wire:
        """A client that has been let in, and has sent nothing yet."""
        if transport == "websocket":
            return WebSocketWire(self, query)
        wire = PollingWire(self, query)
        return wire if transport == "polling" else UpgradedWire(self, wire)

    def connect(self, transport: str, namespace: str = "/", auth: Any = None, **query: str) -> tuple[Wire, str]:
        """A client with a socket in a namespace, and that socket's sid; what its handler emits is taken already."""
        wire = self.open(transport, **query)
        return wire, join(wire, namespace, auth)["sid"]

    def handshake(self, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """A WebSocket's handshake: its address, and the answer."""
        address = f"address{next(self._numbers):04d}="
        event = {
            "requestContext": self._context(address, "CONNECT", "$connect"),
            "headers": {},
            "queryStringParameters": dict(query),
        }
        return address, self._call(event)

    def frame(self, address: str, text: str) -> None:
        """A frame on a WebSocket."""
        self.clock.advance(0.001)
        event = {"requestContext": self._context(address, "MESSAGE", "$default"), "body": text}
        assert self._call(event) == {"statusCode": 200}

    def hang_up(self, address: str, code: int = 1005) -> None:
        """A WebSocket has ended, says API Gateway."""
        context = self._context(address, "DISCONNECT", "$disconnect") | {"disconnectStatusCode": code}
        self.transport.gone.add(address)
        self._call({"requestContext": context})

    def http(self, method: str, query: str, body: str = "", **headers: str) -> dict[str, Any]:
        """A request, and the response."""
        self.clock.advance(0.001)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._call(http_event(method, query, body, told, f"request{next(self._numbers)}", self.clock.now_ms()))

    def sent(self, address: str) -> list[str]:
        """All that was posted to a WebSocket."""
        return [frame for to, frame in self.transport.sent if to == address]

    def work(self) -> None:
        """Bring what waits in the queues and is due."""
        for name in QUEUES:
            for message in self.queues.take(name):
                self._call({"Records": [{"body": json.dumps(message)}]})

    def pass_time(self, seconds: float) -> None:
        """Let time pass in steps of a second, with a schedule every minute, and what the queues bring."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            minute = int(self.clock.monotonic() // 60)
            if minute != self._scheduled_min:
                self._scheduled_min = minute
                self._call({"schedule": "ticks"})
            self.work()
            self.clock.advance(min(1, until - self.clock.monotonic()))
        self.work()

    def invoke(self, *, Payload: bytes, **_: Any) -> None:  # noqa: N803 - boto3's name
        """Lambda's client: what is started runs after its starter."""
        self._started.append(json.loads(Payload))

    def _call(self, event: dict[str, Any]) -> dict[str, Any]:
        answer = self.app.handler(event, None)
        while self._started:
            self._call(self._started.pop(0))
        return answer

    def _context(self, address: str, kind: str, route: str) -> dict[str, Any]:
        return {
            "eventType": kind,
            "routeKey": route,
            "connectionId": address,
            "requestId": f"request{next(self._numbers)}",
            "requestTimeEpoch": self.clock.now_ms(),
            "identity": {"sourceIp": "203.0.113.7"},
        }


class WebSocketWire:
    """A client that opened a WebSocket."""

    def __init__(self, deployment: Deployment, query: Mapping[str, str]) -> None:
        self._deployment = deployment
        self.address, answer = deployment.handshake({"EIO": "4", "transport": "websocket", **query})
        assert answer == {"statusCode": 200}, answer
        self._read = 1
        (first,) = deployment.sent(self.address)
        assert first[0] == "0"
        self.opened: dict[str, Any] = json.loads(first[1:])

    @property
    def is_closed(self) -> bool:
        return self.address in self._deployment.transport.closed

    def send(self, *frames: str) -> None:
        for frame in frames:
            self._deployment.frame(self.address, frame)

    def received(self) -> list[str]:
        frames = self._deployment.sent(self.address)[self._read :]
        self._read += len(frames)
        return frames


class PollingWire:
    """A client of long-polling: what is sent at once is one POST, what is received is what GETs bring."""

    def __init__(self, deployment: Deployment, query: Mapping[str, str]) -> None:
        self._deployment = deployment
        more = "".join(f"&{name}={value}" for name, value in query.items())
        answer = deployment.http("GET", HANDSHAKE + more)
        assert answer["statusCode"] == 200, answer
        assert answer["body"][0] == "0"
        self.opened: dict[str, Any] = json.loads(answer["body"][1:])
        self.query = f"{HANDSHAKE}&sid={self.opened['sid']}"

    @property
    def is_closed(self) -> bool:
        """A GET of a session that has ended is refused, once what waited was taken; the last packet is a close."""
        answer = self.get()
        return bool(answer["statusCode"] == 400 or answer["body"].split(SEPARATOR)[-1] == "1")

    def get(self) -> dict[str, Any]:
        return self._deployment.http("GET", self.query)

    def post(self, body: str, **headers: str) -> dict[str, Any]:
        return self._deployment.http("POST", self.query, body, **headers)

    def send(self, *frames: str) -> None:
        answer = self.post(SEPARATOR.join(frames))
        assert (answer["statusCode"], answer["body"]) == (200, "ok"), answer

    def received(self) -> list[str]:
        answer = self.get()
        assert answer["statusCode"] == 200, answer
        return [frame for frame in answer["body"].split(SEPARATOR) if frame != "6"]


class UpgradedWire(WebSocketWire):
    """A client that began with long-polling and has moved to a WebSocket."""

    def __init__(self, deployment: Deployment, begun: PollingWire) -> None:
        self._deployment = deployment
        self.begun, self.opened = begun, begun.opened
        query = {"EIO": "4", "transport": "websocket", "sid": begun.opened["sid"]}
        self.address, answer = deployment.handshake(query)
        assert answer == {"statusCode": 200}, answer
        self._read = 0
        self.send("2probe")
        assert self.received() == ["3probe"]
        self.send("5")


def join(wire: Wire, namespace: str = "/", auth: Any = None) -> dict[str, Any]:
    """Connect a socket in a namespace; what CONNECT is answered with."""
    prefix = "40" if namespace == "/" else f"40{namespace},"
    wire.send(prefix + ("" if auth is None else json.dumps(auth)))
    answer, *_ = wire.received()
    assert answer.startswith(prefix + "{"), answer
    said: dict[str, Any] = json.loads(answer.removeprefix(prefix))
    return said


def _strict(manager: Manager, most: int) -> Inbox:
    """A way in that ends a connection with its first bad frame beyond `most`, as an application may have it."""
    bad: Counter[str] = Counter()

    def count_one(_: PacketError) -> None:
        address = current().connection.address
        bad[address] += 1
        if bad[address] > most:
            manager.close(address, "parse error")

    return Inbox(manager, bad_frame=count_one)


def echo() -> Server:
    """What the protocols' public suites ask of a server: it says back what it is told, in two namespaces."""
    sio = Server(recovery=Recovery(identity=lambda session: "anyone"))

    def serve(namespace: str) -> None:
        def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
            sio.emit("auth", auth or {}, to=sid, namespace=namespace)
            return (auth or {}).get("token") != "wrong"

        sio.on("connect", connect, namespace=namespace)
        sio.on(
            "message",
            lambda sid, *args: sio.emit("message-back", args, to=sid, namespace=namespace),
            namespace=namespace,
        )
        sio.on("message-with-ack", lambda sid, *args: args, namespace=namespace)

    for namespace in ("/", "/custom"):
        serve(namespace)
    return sio
