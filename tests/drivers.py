"""Clients of the real functions: builds the JSON that API Gateway sends, calls the handlers, keeps what is posted."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from infra.conversations_access import access_of
from serverless_socketio.aws import ticks
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio_chat import runtime, settings
from serverless_socketio_chat.accounts.directory import Directory
from serverless_socketio_chat.runtime import Runtime
from tests.declared import check_ack, held
from tests.fakes import FakeClock, Faulty
from tests.granted import Granted
from tests.support.http_event import http_event
from tests.support.memory import MemoryWorkflow
from tests.support.memory_meter import MemoryMeter
from tests.tables import REGION, make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio_chat.settings import Settings

ROOT = Path(__file__).parent.parent
OWN_ROUTES = ("presence:", "push:")  # of which native messages go to functions of their own
HANDLERS = {
    name: f"{name}/handler.py"
    for name in ("connect", "emitter", "message", "polling", "presence", "push", "sender", "streamer", "sweeper")
}
QUEUES_URL = f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}"
REMINDERS_URL = f"{QUEUES_URL}/reminders"
# RFC 8292 section 2.4
VAPID_PUBLIC_KEY = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
HOST = "abc123.execute-api.us-east-1.amazonaws.com"


@cache
def load(function: str) -> ModuleType:
    """The module of a function's handler; the folders are no packages, since each is deployed alone."""
    spec = importlib.util.spec_from_file_location(f"functions_{function}", ROOT / "functions" / HANDLERS[function])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class LambdaContext:
    """What Powertools asks of a Lambda context."""

    function_name: str
    memory_limit_in_mb: int = 512
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:123456789012:function:{self.function_name}"


@dataclass
class Invocations:
    """Lambda's client, as far as functions start each other: the events wait to be handled."""

    waiting: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803 - boto3's names
        assert (FunctionName, InvocationType) == ("message", "Event")
        self.waiting.append(json.loads(Payload))


class Refused(Exception):  # noqa: N818 - what a client is told
    """A handshake or a CONNECT that was refused."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error

    @property
    def code(self) -> str:
        return str(self.error["data"]["code"])


class Client:
    """One WebSocket connection."""

    def __init__(self, chat: ChatDriver, address: str) -> None:
        self._chat = chat
        self.address = address
        self._ack_ids = count(1)

    @property
    def frames(self) -> list[str]:
        """All frames that were posted to it."""
        return [frame for address, frame in self._chat.transport.sent if address == self.address]

    @property
    def closed(self) -> bool:
        return self.address in self._chat.transport.closed

    def send(self, frame: str, *, route: str = "$default") -> list[str]:
        """Send one frame; what was posted to this connection meanwhile."""
        before = len(self.frames)
        self._chat.receive(self.address, frame, route)
        return self.frames[before:]

    def close(self, code: int = 1005) -> None:
        """Close it as API Gateway reports it; 1006: it broke."""
        self._chat.disconnect(self.address, code)


class SocketIOClient(Client):
    """Speaks as socket.io-client does."""

    def emit(self, event: str, *args: Any) -> Any:
        """Emit with an ack callback; what it is called with."""
        ack_id = next(self._ack_ids)
        frames = self.send(f"42{ack_id}{json.dumps([event, *args], ensure_ascii=False)}")
        answer = self.ack(frames, ack_id)
        check_ack(event, answer)
        return answer

    @staticmethod
    def ack(frames: Iterable[str], ack_id: int) -> Any:
        (ack,) = [frame.removeprefix(f"43{ack_id}") for frame in frames if frame.startswith(f"43{ack_id}[")]
        (answer,) = json.loads(ack)
        return answer

    def tell(self, event: str, *args: Any) -> list[dict[str, Any]]:
        """Emit without a callback; the ``error`` events that came back."""
        frames = self.send(f"42{json.dumps([event, *args], ensure_ascii=False)}")
        assert all(frame.startswith("42") for frame in frames)
        return [payload for event, payload in map(_event, frames) if event == "error"]

    def got(self, event: str) -> list[dict[str, Any]]:
        """The payloads of one event, in order."""
        events = [_event(frame) for frame in self.frames if frame.startswith("42")]
        return held(event, [payload for name, payload in events if name == event])


class PollingClient(SocketIOClient):
    """Speaks as socket.io-client does over long-polling: whatever it sends, it then fetches what waits."""

    def __init__(self, chat: ChatDriver, sid: str) -> None:
        super().__init__(chat, f"poll:{sid[:22]}")
        self.sid = sid
        self._fetched: list[str] = []

    @property
    def frames(self) -> list[str]:
        """All frames that it has fetched."""
        return self._fetched

    def send(self, frame: str, *, route: str = "$default") -> list[str]:
        """POST one frame; what a GET brings then."""
        answer = self.post(frame)
        assert answer == (200, "ok"), answer
        return self.get()

    def post(self, *frames: str) -> tuple[int, str]:
        """Status and body of the answer."""
        answer = self._chat.http("POST", f"EIO=4&transport=polling&sid={self.sid}", "\x1e".join(frames))
        return answer["statusCode"], answer["body"]

    def get(self) -> list[str]:
        """What a GET brings, but for a noop."""
        answer = self._chat.http("GET", f"EIO=4&transport=polling&sid={self.sid}")
        assert answer["statusCode"] == 200, answer
        frames = [frame for frame in answer["body"].split("\x1e") if frame != "6"]
        self._fetched += frames
        return frames

    def close(self, code: int = 1005) -> None:
        """Send Engine.IO's close packet."""
        self.post("1")


class NativeClient(Client):
    """Speaks JSON."""

    def emit(self, event: str, data: Any = None) -> Any:
        """Ask with an id; the ack."""
        number = str(next(self._ack_ids))
        route = event if event.startswith(OWN_ROUTES) else "$default"
        frames = self.send(json.dumps({"action": event, "id": number, "data": data}), route=route)
        (ack,) = [frame for frame in map(json.loads, frames) if frame.get("id") == number]
        check_ack(event, ack)
        return ack

    def got(self, event: str) -> list[dict[str, Any]]:
        """The payloads of one event, in order."""
        return held(event, [frame["data"] for frame in map(json.loads, self.frames) if frame.get("event") == event])


class ChatDriver:
    """The stack's functions, each warm in its own runtime, over tables in moto and a clock that tests turn.

    `queues`: what stands in place of moto's queues, made with that clock.
    """

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        *,
        queues: Callable[[FakeClock], Any] | None = None,
        transport: MemoryTransport | None = None,
        issuer: Any = None,
        **changes: Any,
    ) -> None:
        self.clock = FakeClock()
        self.transport = transport or MemoryTransport()
        self.issuer = issuer
        self.workflow = MemoryWorkflow()
        self.meter = MemoryMeter()
        self.invocations = Invocations()
        self.queue: Any = queues(self.clock) if queues else _MotoQueues()
        self.dynamodb = dynamodb
        self._reminders: list[
            tuple[int, str]
        ] = []  # when each is due, by the clock of the test: moto's is the real one
        sqs = Faulty(self.queue, {"send_message_batch": self._send})
        self._clients: dict[str, Any] = {"dynamodb": dynamodb, "lambda": self.invocations, "sqs": sqs}
        self.settings = replace(
            settings.read(
                {
                    "CONNECTIONS_TABLE": make_table(dynamodb, "connections"),
                    "CONVERSATIONS_TABLE": make_table(dynamodb, "conversations", _people),
                    "CALLBACK_URL": f"https://{HOST}/live",
                    "OPENER_FUNCTION": "message",
                    "STATE_MACHINE_ARN": f"arn:aws:states:{REGION}:123456789012:stateMachine:Chat-answers",
                    "TICKS_QUEUE_URL": self._queue_url("ticks"),
                    "OPENINGS_QUEUE_URL": self._queue_url("openings"),
                    "REMINDERS_QUEUE_URL": REMINDERS_URL,
                    "BATCHES_QUEUE_URL": self._queue_url("batches"),
                    "EMITTING_DEAD_QUEUE_URL": self._queue_url("emitting-dead"),
                    "PUSH_QUEUE_URL": self._queue_url("push"),
                    "DELIVERIES_QUEUE_URL": self._queue_url("deliveries"),
                    "PUSH_DEAD_QUEUE_URL": self._queue_url("push-dead"),
                    "VAPID_PUBLIC_KEY": VAPID_PUBLIC_KEY,
                    "AGENT_FUNCTIONS": "companion:answer",  # as the demo's pyproject.toml says
                }
            ),
            **changes,
        )
        self.denied: list[str] = []  # what functions asked of DynamoDB beyond what their roles allow
        self._runtimes: dict[str, Runtime] = {}
        for name in HANDLERS:
            self.renew(name)
        self._handlers: dict[str, Callable[..., dict[str, Any]]] = {name: load(name).handler for name in HANDLERS}
        self._numbers = count(1)
        self.directory = Directory(
            DynamoTable(self.settings.conversations_table, dynamodb), self.clock
        )  # an operator's

    def _queue_url(self, name: str) -> str:
        url: str = self.queue.create_queue(QueueName=name)["QueueUrl"]
        return url

    def function(self, values: Settings, clients: Mapping[str, Any] | None = None) -> Runtime:
        """A warm function."""
        found = self._clients if clients is None else clients
        return Runtime(
            values,
            clock=self.clock,
            transport=self.transport,
            workflow=self.workflow,
            client=lambda service, **_: found[service],
            issuer=self.issuer,
            meter=self.meter,
        )

    def call(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke a function, and then those that it started."""
        with runtime.using(self._runtimes[function]):
            answer = self._handlers[function](dict(event), LambdaContext(function))
        while self.invocations.waiting:
            self.call("message", self.invocations.waiting.pop(0))
        return answer

    def deliver(self, messages: Iterable[Any], function: str) -> None:
        """Bring messages of a queue to a function, one a call."""
        for message in messages:
            self.call(function, {"Records": [{"body": json.dumps(message)}]})

    def give(self, service: str, client: Any) -> None:
        """Give the functions, cold again, another client of a service."""
        self._clients[service] = client
        for name in HANDLERS:
            self.renew(name)

    def renew(self, function: str, **faults: Callable[..., Any]) -> None:
        """A function that is cold again. `faults`: what some calls of its DynamoDB client do instead."""
        access = access_of(function.capitalize(), sign_in=bool(self.settings.auth_issuer))
        table = self.settings.conversations_table
        dynamodb = Granted(Faulty(self._clients["dynamodb"], faults), access, table, self.denied)
        self._runtimes[function] = self.function(self.settings, {**self._clients, "dynamodb": dynamodb})

    def handshake(
        self, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """``$connect``; the connection's address and the answer."""
        address = f"address{next(self._numbers):04d}="
        event = {
            "headers": {"Host": HOST, **(headers or {})},
            "queryStringParameters": dict(query) if query else None,
            "requestContext": self._context(address, "$connect", "CONNECT"),
            "isBase64Encoded": False,
        }
        return address, self.call("connect", event)

    def connect(self, user: str = "alice", *, auth: Any = None, **handshake: Any) -> SocketIOClient:
        """A Socket.IO client that is accepted. Raises Refused."""
        client = self.open(**handshake)
        auth = {"token": f"key-of-{user}"} if auth is None else auth
        answer, *_ = client.send(f"40{json.dumps(auth)}")  # then comes what there is to say of the user's presence
        if answer.startswith("44"):
            raise Refused(200, json.loads(answer.removeprefix("44")))
        assert answer.startswith('40{"sid":"')
        return client

    def poll(self, user: str = "alice", **headers: str) -> PollingClient:
        """A Socket.IO client that is accepted over long-polling. Raises Refused."""
        answer = self.http("GET", "EIO=4&transport=polling", headers=headers)
        assert answer["statusCode"] == 200, answer
        client = PollingClient(self, json.loads(answer["body"][1:])["sid"])
        accepted, *_ = client.send(f'40{{"token":"key-of-{user}"}}')
        if accepted.startswith("44"):
            raise Refused(200, json.loads(accepted.removeprefix("44")))
        return client

    def http(self, method: str, query: str, body: str = "", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A request to the HTTP API, and the response of the function that it is for."""
        self.clock.advance(0.001)
        told = {"host": HOST, **(headers or {})}
        event = http_event(method, query, body, told, f"request{next(self._numbers)}", self.clock.now_ms())
        return self.call("message" if method == "POST" else "polling", event)

    def open(
        self, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> SocketIOClient:
        """A Socket.IO client that has not sent CONNECT."""
        query = {"EIO": "4", "transport": "websocket", **(query or {})}
        address, answer = self.handshake(query=query, headers=headers)
        if answer["statusCode"] != 200:
            raise Refused(answer["statusCode"], json.loads(answer["body"]))
        return SocketIOClient(self, address)

    def connect_native(
        self,
        user: str | None = "alice",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> NativeClient:
        """A native client that is accepted. Raises Refused."""
        token = {} if user is None else {"token": f"key-of-{user}"}
        address, answer = self.handshake(query={**token, **(query or {})}, headers=headers)
        if answer["statusCode"] != 200:
            raise Refused(answer["statusCode"], json.loads(answer["body"]))
        return NativeClient(self, address)

    def receive(self, address: str, frame: str, route: str = "$default", *, received_ms: int | None = None) -> None:
        """A frame, through the route that API Gateway picks; a response with a body goes back as a frame.

        `received_ms`: when API Gateway took it, if that was not just now.
        """
        answer = self.call(_function(route), self.message(address, frame, route, received_ms=received_ms))
        assert answer["statusCode"] == 200
        if "body" in answer:
            self.transport.sent.append((address, answer["body"]))

    def message(
        self, address: str, frame: str, route: str = "$default", *, received_ms: int | None = None
    ) -> dict[str, Any]:
        """The event of a frame; `received_ms`: when API Gateway received it, now by default."""
        context = self._context(address, route, "MESSAGE")
        if received_ms is not None:
            context["requestTimeEpoch"] = received_ms
        return {"requestContext": context, "body": frame, "isBase64Encoded": False}

    def tick(self) -> None:
        """One tick of the sweeper."""
        self.call("sweeper", {"Records": [{"body": json.dumps(ticks.tick_message(self.clock.now_ms() // 1000))}]})

    def reminders(self) -> list[str]:
        """Take the bodies of the reminders that are due out of their queue."""
        now_ms = self.clock.now_ms()
        due = [body for due_ms, body in self._reminders if due_ms <= now_ms]
        self._reminders = [(due_ms, body) for due_ms, body in self._reminders if due_ms > now_ms]
        return due

    def remind(self) -> int:
        """Let the queue hand its reminders to their function; how many there were."""
        bodies = self.reminders()
        records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        assert self.call("presence", {"Records": records}) == {"batchItemFailures": []}
        return len(bodies)

    def disconnect(self, address: str, code: int = 1005) -> None:
        """``$disconnect``, with the status of the close frame, or 1006 if there was none."""
        context = {**self._context(address, "$disconnect", "DISCONNECT"), "disconnectStatusCode": code}
        self.call("connect", {"requestContext": context})

    @property
    def answers_started(self) -> list[str]:
        return [reply_id for reply_id, _ in self.workflow.started]

    def answer(self) -> None:
        """Let the workflows that were started run to their ends, one after the other."""
        while self.workflow.started:
            self._execute(*self.workflow.started.pop(0))

    def _execute(self, reply_id: str, epoch: int) -> None:
        state: dict[str, Any] = {"reply": reply_id, "epoch": epoch, "held": 0, "next": "again", "wait": 0}
        while state["next"] != "done":
            started = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC).isoformat().replace("+00:00", "Z")
            names = ("reply", "epoch", "held")
            state = self.call("streamer", {**{name: state[name] for name in names}, "startedAt": started})
            if state["next"] == "wait":
                self.clock.advance(state["wait"])

    def _send(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803 - boto3's names
        if QueueUrl != REMINDERS_URL:
            return self.queue.send_message_batch(QueueUrl=QueueUrl, Entries=Entries)
        now_ms = self.clock.now_ms()
        self._reminders += [(now_ms + entry["DelaySeconds"] * 1000, entry["MessageBody"]) for entry in Entries]
        return {}

    def _context(self, address: str, route: str, kind: str) -> dict[str, Any]:
        self.clock.advance(0.001)  # no two frames of a test in the same millisecond
        return {
            "routeKey": route,
            "eventType": kind,
            "connectionId": address,
            "requestId": f"request{next(self._numbers)}",
            "requestTimeEpoch": self.clock.now_ms(),
            "identity": {"sourceIp": "203.0.113.7"},
            "stage": "live",
        }


def _people(dynamodb: DynamoDBClient, table: str) -> None:
    """Those who are there from the start."""
    directory = Directory(DynamoTable(table, dynamodb), FakeClock())
    for user, plan in (("alice", "free"), ("bob", "pro"), ("carol", "enterprise")):
        directory.put_user(user, plan)
        directory.put_key(f"key-of-{user}", user)
    directory.put_agent("echo", "Echo")
    directory.put_agent("companion", "Companion")


@cache
def _sqs() -> Any:
    return boto3.client("sqs", region_name=REGION)


class _MotoQueues:
    """SQS's client in moto, with nothing left in it of tests before; queues are made without a request."""

    def __init__(self) -> None:
        self._backend = sqs_backends[DEFAULT_ACCOUNT_ID][REGION]
        self._backend.reset()

    def create_queue(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        self._backend.create_queue(QueueName)
        return {"QueueUrl": f"{QUEUES_URL}/{QueueName}"}

    def __getattr__(self, name: str) -> Any:
        return getattr(_sqs(), name)


def _function(route: str) -> str:
    """The function that API Gateway calls for a route."""
    if route.startswith("$"):
        return "message" if route == "$default" else "connect"
    return route.partition(":")[0]


def _event(frame: str) -> tuple[str, dict[str, Any]]:
    name, payload, *_ = json.loads(frame.removeprefix("42"))  # the offset of a recoverable socket aside
    return name, payload
