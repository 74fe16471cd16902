"""A server as Lambda functions: one handler, which tells events apart, and the parts that it wires.

===============================================  ==================================================================
event                                            what is done
===============================================  ==================================================================
``requestContext.eventType`` CONNECT,            `Gateway.connect`, `Gateway.disconnect`, `Gateway.receive`: a
DISCONNECT, MESSAGE                              WebSocket API's
``requestContext.http``                           `PollingServer.serve`: an HTTP API's
``{"open": address}``                            `Opening.at_once`: ``$connect`` calls it asynchronously
``{"schedule": "ticks"}``                        the ticks of a minute are enqueued
``Records`` of a queue, by their body:
  ``open``                                       `Opening.late`
  ``frames``                                     `Poster.post`: a batch of a large room
  ``disconnect``                                 `Server.disconnect`: what an `Emitter` asks for
  ``idle``                                       `IdleSessions.end`: polling sessions that may be over
  any other                                      a tick, or a part of one: `ticks.work`
===============================================  ==================================================================

Any function may be given any of them. Two are enough for a server: one for the API's routes and for opening, so that
CONNECT meets a warm function, and one for the schedule and the queues, which may be busy for a while.
"""

from __future__ import annotations

import json
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..batches import Poster
from ..heartbeat import Heartbeat, buckets_in
from ..inbox import Inbox
from ..model import Ping
from ..polling.server import PollingServer
from ..polling.sweep import IdleSessions
from ..ports import Ports
from ..system import RandomIds, SystemClock
from . import http, opening, ticks
from .clients import POSTS, Lean, boto3_client
from .environ import environ_of
from .gateway import Gateway
from .metrics import EmbeddedMetrics, put_tick
from .queue import SqsQueue, SqsRelay, batch_in, disconnect_in
from .settings import read
from .store import DynamoStore
from .table import DynamoTable
from .transport import ApiGatewayTransport, MultiplexedTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..manager import Manager
    from ..ports import Clock, Meter, Transport
    from ..server import Server
    from .clients import MakeClient
    from .gateway import Handshake
    from .settings import Settings

logger = logging.getLogger(__name__)


class LambdaApp:
    """A server behind an API Gateway WebSocket API. Its parts are made when first used.

    Args:
        sio: The server; it gets its ports from here.
        settings: What the deployment says; read from the environment if not given, with the first event.
        inbox: Makes the way in, for applications that count or judge frames themselves.
        handshake: Called at ``$connect``; see `Gateway`.
        on_tick: The application's part of a tick, every ten seconds, given the time in milliseconds; returns counts
            of what it did, for the log.
        clock: In place of the machine's; likewise `transport`, `make_client` and `meter`: so an app runs in a test.
    """

    def __init__(
        self,
        sio: Server,
        settings: Settings | None = None,
        *,
        inbox: Callable[[Manager], Inbox] | None = None,
        handshake: Callable[[Handshake], Mapping[str, Any]] = environ_of,
        on_tick: Callable[[int], Mapping[str, int]] = lambda _: {},
        clock: Clock | None = None,
        transport: Transport | None = None,
        make_client: MakeClient | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._sio = sio
        self._given_settings = settings
        self._make_inbox = inbox or self._inbox
        self._handshake = handshake
        self._on_tick = on_tick
        self._clock = clock or SystemClock()
        self._given_transport = transport
        self._given_client = make_client
        self._given_meter = meter
        sio.attach(self._ports)

    def handler(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        """Handle an event of Lambda's; returns what its source awaits."""
        if http.is_http(event):
            return http.response_of(self.polling.serve(http.request_in(event)))
        if "requestContext" in event:
            match event["requestContext"]["eventType"]:
                case "CONNECT":
                    return self.gateway.connect(event)
                case "DISCONNECT":
                    return self.gateway.disconnect(event)
                case _:
                    return self.gateway.receive(event)
        if "open" in event:
            return {"opened": self.gateway.opening.at_once(event["open"])}
        if event.get("schedule") == "ticks":
            ticks.schedule(self._sio.manager.store, self.ticks.send, self._clock.now_ms())
            return {}
        for record in event["Records"]:
            self.work(json.loads(record["body"]))
        return {"batchItemFailures": []}

    def prepare(self) -> None:
        """Make what a connection's first frames need, in the init: no connection, no thread, nothing of a credential.

        boto3's clients would take longer to make than the call that needs one.
        """
        self.gateway  # noqa: B018 - made here
        if self._is_lean:
            for client in (self._dynamodb, self._lambda, self._posts):
                client.service.prepare()

    def work(self, message: Mapping[str, Any]) -> None:
        """Do what a message of a queue asks for. Raises if it must come again."""
        if "frames" in message:
            self.poster.post(batch_in(message))
            return
        if socket := disconnect_in(message):
            self._sio.disconnect(*socket)
            return
        address = opening.address_in(message)
        if address is not None:
            done: Mapping[str, int] | None = {"opened": self.gateway.opening.late(address)}
        else:
            done = ticks.work(self.heartbeat, self.idle_sessions, message, self._clock.now_ms(), self._on_tick)
        if done is not None and any(done.values()):
            put_tick(self.meter, done)
            logger.info("swept", extra=dict(done))

    @cached_property
    def settings(self) -> Settings:
        """What the deployment says. Raises SettingsError."""
        return self._given_settings or read()

    @cached_property
    def meter(self) -> Meter:
        """What is counted and timed."""
        return self._given_meter or EmbeddedMetrics(self.settings.stack_name, now_ms=self._clock.now_ms)

    @cached_property
    def gateway(self) -> Gateway:
        """The WebSocket API in front of the server."""
        manager, settings = self._sio.manager, self.settings
        return Gateway(
            manager,
            self._make_inbox(manager),
            ping=Ping(settings.ping_interval_ms, settings.ping_timeout_ms),
            handshake=self._handshake,
            opener=self._open if settings.opener_function else None,
            open_later=lambda address: self.openings.send([opening.message(address)]),
            answer_in_response=settings.answer_in_response,
        )

    @cached_property
    def heartbeat(self) -> Heartbeat:
        """Pings and ghosts, and connections near their end."""
        settings = self.settings
        return Heartbeat(
            self._sio.manager,
            interval_ms=settings.ping_interval_ms,
            timeout_ms=settings.ping_timeout_ms,
            lifetime_ms=settings.connection_lifetime_ms,
            hand_on=lambda parts: self.ticks.send(ticks.shares(parts)),
            hand_on_late=lambda portions: self.ticks.send(ticks.unaccepted(portions)),
        )

    @cached_property
    def polling(self) -> PollingServer:
        """The HTTP API in front of the server."""
        settings = self.settings
        return PollingServer(
            self._sio.manager,
            ping=Ping(settings.ping_interval_ms, settings.ping_timeout_ms),
            environ_of=lambda request: self._handshake(http.handshake_of(request)),
            receive=lambda *frame: self.gateway.receive_posted(*frame),  # made for a function that takes frames
            held_max=settings.polling_held_max,
        )

    @cached_property
    def idle_sessions(self) -> IdleSessions | None:
        """The end of polling sessions; None where there are none."""
        if not self.settings.long_polling:
            return None
        return IdleSessions(self._sio.manager, lambda portions: self.ticks.send(ticks.idle(portions)))

    @cached_property
    def poster(self) -> Poster:
        """What posts the batches of large rooms."""
        manager = self._sio.manager
        return Poster(manager.store, manager.fanout, self.relay, sleep=self._clock.sleep)

    @cached_property
    def relay(self) -> SqsRelay:
        """What takes batches to the poster."""
        dead = self.queue(self.settings.emitting_dead_queue_url)
        return SqsRelay(self.queue(self.settings.batches_queue_url), dead)

    @cached_property
    def ticks(self) -> SqsQueue:
        """Where ticks wait for their time."""
        return self.queue(self.settings.ticks_queue_url)

    @cached_property
    def openings(self) -> SqsQueue:
        """Where connections wait that were not there yet when their open packet was posted."""
        return self.queue(self.settings.openings_queue_url)

    def queue(self, url: str) -> SqsQueue:
        """A queue by its URL."""
        return SqsQueue(lambda: self._sqs, url, sleep=self._clock.sleep)

    def table(self, name: str) -> DynamoTable:
        """A table by its name."""
        return DynamoTable(name, self._dynamodb, sleep=self._clock.sleep)

    @cached_property
    def make_client(self) -> MakeClient:
        """Makes clients of AWS."""
        settings = self.settings
        return self._given_client or (Lean(settings.url_suffix) if settings.aws_client == "lean" else boto3_client)

    def _ports(self) -> Ports:
        settings = self.settings
        return Ports(
            DynamoStore(
                self.table(settings.connections_table), self._clock, buckets=buckets_in(settings.ping_interval_ms)
            ),
            self._given_transport or self._transport(),
            self._clock,
            RandomIds(),
            self.relay if settings.batches_queue_url else None,
            settings.large_room,
            settings.max_frame_bytes,
            self.meter,
        )

    def _transport(self) -> Transport:
        posting = MultiplexedTransport if self._is_lean else ApiGatewayTransport
        return posting(lambda: self._posts, sleep=self._clock.sleep, monotonic=self._clock.monotonic)

    def _inbox(self, manager: Manager) -> Inbox:
        return Inbox(manager, heartbeat_s=self.settings.ping_interval_ms / 1000)

    def _open(self, address: str) -> None:
        """Have the function that serves frames post the open packet of a connection, without waiting for it."""
        payload = json.dumps({"open": address}, ensure_ascii=False).encode()
        self._lambda.invoke(FunctionName=self.settings.opener_function, InvocationType="Event", Payload=payload)

    @property
    def _is_lean(self) -> bool:
        return self._given_client is None and self.settings.aws_client == "lean"

    @cached_property
    def _posts(self) -> Any:
        return self.make_client("apigatewaymanagementapi", endpoint_url=self.settings.management_url, bounds=POSTS)

    @cached_property
    def _dynamodb(self) -> Any:
        return self.make_client("dynamodb")

    @cached_property
    def _lambda(self) -> Any:
        return self.make_client("lambda")

    @cached_property
    def _sqs(self) -> Any:
        return self.make_client("sqs")
