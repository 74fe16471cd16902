"""Wires everything for a function, once for each warm process. What a function does not use is not made."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from chat import revocation, settings, sweeping
from chat.access import GLOBAL_ROOM, Access
from chat.agents.asking import ThreadedModels
from chat.answers import ending
from chat.answers.inquiry import Patience
from chat.answers.steps import Answers
from chat.clients import POSTS, Lean, boto3_client
from chat.dispatch import Dispatcher
from chat.joining import Joining
from chat.limits import Limits
from chat.messages import Messages, Pace
from chat.notifying import Notifying
from chat.ports import Ports
from chat.presence import Presence, found_gone_s
from chat.push.endpoints import Endpoints
from chat.push.expiring import Expiring
from chat.push.notifier import Notifier
from chat.push.subscribing import Subscribing
from chat.relations import SimpleModel
from chat.stores.conversations import TableConversations
from chat.stores.deliveries import SqsDeliveries
from chat.stores.directory import Directory
from chat.stores.notices import TableNotices
from chat.stores.presence import TablePresence
from chat.stores.pushes import SqsPushQueue
from chat.stores.rates import TableRates
from chat.stores.reminders import QueueReminders
from chat.stores.rooms import Rooms
from chat.stores.secrets import Secrets
from chat.stores.streams import TableStreams
from chat.stores.subscriptions import TableSubscriptions
from chat.stores.workflow import StepFunctionsWorkflow
from serverless_socketio.adaptors import opening
from serverless_socketio.adaptors.apigateway import Gateway
from serverless_socketio.adaptors.dynamodb import DynamoStore
from serverless_socketio.adaptors.opening import Ping
from serverless_socketio.adaptors.queue import SqsQueue, SqsRelay
from serverless_socketio.adaptors.system import RandomIds, SystemClock
from serverless_socketio.adaptors.table import DynamoTable
from serverless_socketio.adaptors.transport import ApiGatewayTransport, MultiplexedTransport
from serverless_socketio.batches import Poster
from serverless_socketio.heartbeat import Heartbeat, buckets_in
from serverless_socketio.inbox import Inbox
from serverless_socketio.lasting import Recovery
from serverless_socketio.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from chat.clients import MakeClient
    from chat.ports import Workflow
    from chat.push.sending import Sending
    from chat.revocation import Deleted
    from chat.webpush.wire import Wire
    from serverless_socketio.ports import Clock, Transport

SESSION_CACHE_S = 30.0  # a revoked key works this much longer at most: the bound is a minute


class Runtime:
    """The parts of one function, made when first used.

    What is given stands in place of the real clock, posts, workflow and AWS clients: so a function runs in a test.
    """

    def __init__(
        self,
        values: settings.Settings,
        *,
        clock: Clock | None = None,
        transport: Transport | None = None,
        workflow: Workflow | None = None,
        client: MakeClient | None = None,
    ) -> None:
        self.settings = values
        self.clock = clock or SystemClock()
        self._given_transport = transport
        self._given_workflow = workflow
        self._is_lean = client is None and values.aws_client == "lean"
        self._client = client or (Lean(values.url_suffix) if self._is_lean else boto3_client)

    @cached_property
    def server(self) -> Server:
        """The Socket.IO server, with the chat's handlers."""
        values = self.settings
        store = DynamoStore(self._connections, self.clock, buckets=buckets_in(values.ping_interval_ms))
        posting = MultiplexedTransport if self._is_lean else ApiGatewayTransport
        transport = self._given_transport or posting(
            self._management, sleep=self.clock.sleep, monotonic=self.clock.monotonic
        )
        recovery = Recovery(
            identity=lambda session: session["userId"],
            window_ms=values.recovery_window_ms,
            log_max=values.recovery_log_max,
            rest=lambda reply_id, index: ending.rest(self.ports, reply_id, index),
        )
        sio = Server(
            store,
            transport,
            clock=self.clock,
            ids=RandomIds(),
            frame_bytes_max=values.frame_bytes_max,
            everyone_room=GLOBAL_ROOM,
            relay=self.relay if values.batches_queue_url else None,
            large_room=values.large_room,
            recovery=recovery if values.recovery_window_ms else None,
        )
        sio.on("connect", lambda sid, environ, auth: self.access.connect(sio, sid, environ, auth))
        sio.hooks.on_accepted(lambda member, session: self.presence.arrived(session["userId"], member))
        sio.hooks.on_ending(lambda member, session, seen_ms: self.presence.leaving(session["userId"], member, seen_ms))
        return sio

    @cached_property
    def gateway(self) -> Gateway:
        """The WebSocket API in front of the server."""
        sio, values = self.server, self.settings
        dispatcher = self.dispatcher
        sio.on("*", dispatcher.dispatch)
        inbox = Inbox(
            sio,
            bad_frame=dispatcher.bad_frame,
            fault=dispatcher.fault,
            spend=dispatcher.spend,
            overruns=dispatcher.overruns,
            heartbeat_s=values.ping_interval_ms / 1000,
            cache_s=SESSION_CACHE_S,
        )
        return Gateway(
            sio,
            inbox,
            ping=Ping(values.ping_interval_ms, values.ping_timeout_ms),
            handshake=self.access.handshake,
            opener=self._open,
            open_later=lambda address: self.openings.send([opening.message(address)]),
            answer_in_response=values.answer_in_response,
        )

    @cached_property
    def ports(self) -> Ports:
        """What the rules need from outside."""
        table = self._conversations
        return Ports(
            directory=self.directory,
            rates=TableRates(self._connections),
            conversations=TableConversations(table, self.clock),
            streams=TableStreams(table, self.clock),
            workflow=self._given_workflow or StepFunctionsWorkflow(self._states, self.settings.state_machine_arn),
            room=Rooms(self.server.store, self.server.fanout),
            presence=TablePresence(table, self.clock),
            reminders=QueueReminders(self._queue(self.settings.reminders_queue_url)),
            subscriptions=TableSubscriptions(table, self.clock),
            push_queue=SqsPushQueue(self._queue(self.settings.push_queue_url)),
            deliveries=SqsDeliveries(self._queue(self.settings.deliveries_queue_url), self.push_dead, self.clock),
            notices=TableNotices(table, self.clock, kept_s=self._found_gone_s),
            clock=self.clock,
            relations=SimpleModel(),
            models=ThreadedModels(Secrets(self._client).read),
        )

    @cached_property
    def directory(self) -> Directory:
        """Users, keys, plans and agents."""
        return Directory(self._conversations, self.clock)

    @cached_property
    def access(self) -> Access:
        """Who may connect."""
        return Access(self.ports.directory, self.settings.allowed_origins, self.settings.enabled)

    @cached_property
    def answers(self) -> Answers:
        """The steps of answers."""
        values = self.settings
        patience = Patience(values.model_first_ms / 1000, values.model_idle_ms / 1000, values.model_alive_ms / 1000)
        return Answers(self.ports, patience)

    @cached_property
    def presence(self) -> Presence:
        """Who is there."""
        return Presence(self.ports)

    @cached_property
    def notifier(self) -> Notifier:
        """When users are notified, and how."""
        return Notifier(self.ports)

    @cached_property
    def notifying(self) -> Notifying:
        """Notifications that are asked for."""
        return Notifying(self.notifier, self.push_dead, self.clock)

    @cached_property
    def expiring(self) -> Expiring:
        """Whose plan ends soon."""
        return Expiring(self.directory, self.ports.push_queue, self.clock)

    @cached_property
    def subscribing(self) -> Subscribing:
        """Which devices may be pushed to."""
        return Subscribing(self.ports, self._endpoints, self.settings.vapid_public_key)

    @cached_property
    def sending(self) -> Sending:
        """What takes pushes to push services; one function alone does, and loads what that takes."""
        from chat.push.delivery import Delivery
        from chat.push.sending import Sending
        from chat.stores.claims import TableClaims
        from chat.webpush.client import HttpPushServices
        from chat.webpush.vapid import Vapid

        values, clock, ports = self.settings, self.clock, self.ports
        secrets = Secrets(self._client)
        vapid = Vapid(
            values.vapid_subject, values.vapid_public_key, lambda: secrets.read(values.vapid_parameter), clock
        )
        services = HttpPushServices(
            self._endpoints.check, vapid.header, self._wire, clock, encryption=values.push_encryption
        )
        claims = TableClaims(self._conversations, clock)
        delivery = Delivery(ports.subscriptions, claims, services, ports.deliveries, clock)
        return Sending(delivery.deliver, self._endpoints.service_of)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """The chat's events."""
        values = self.settings
        return Dispatcher(
            self.server,
            self.ports,
            messages=Messages(self.ports, Pace(values.chunk_size, values.chunk_delay_ms)),
            joining=Joining(self.ports, values.frame_bytes_max),
            answers=self.answers,
            presence=self.presence,
            subscribing=self.subscribing,
            limits=Limits(self.ports),
            frame_bytes=values.frame_bytes_max,
        )

    @cached_property
    def heartbeat(self) -> Heartbeat:
        """Pings and ghosts, and connections near their end."""
        values = self.settings
        return Heartbeat(
            self.server,
            interval_ms=values.ping_interval_ms,
            timeout_ms=values.ping_timeout_ms,
            lifetime_ms=values.connection_lifetime_ms,
            hand_on=lambda shares: self.ticks.send(sweeping.shares(shares)),
            hand_on_late=lambda portions: self.ticks.send(sweeping.unaccepted(portions)),
        )

    @cached_property
    def poster(self) -> Poster:
        """What posts the batches of large rooms."""
        return Poster(self.server.store, self.server.fanout, self.relay, sleep=self.clock.sleep)

    @cached_property
    def relay(self) -> SqsRelay:
        """What takes batches to the poster."""
        return SqsRelay(self._queue(self.settings.batches_queue_url), self.emitting_dead)

    @cached_property
    def ticks(self) -> SqsQueue:
        """Where ticks wait for their time."""
        return self._queue(self.settings.ticks_queue_url)

    @cached_property
    def openings(self) -> SqsQueue:
        """Where connections wait that were not there yet when their open packet was posted."""
        return self._queue(self.settings.openings_queue_url)

    @cached_property
    def push_dead(self) -> SqsQueue:
        """Where an operator finds what could not be pushed."""
        return self._queue(self.settings.push_dead_queue_url)

    @cached_property
    def emitting_dead(self) -> SqsQueue:
        """Where an operator finds what could not be emitted."""
        return self._queue(self.settings.emitting_dead_queue_url)

    def _open(self, address: str) -> None:
        """Start the message function, without waiting for it, on the open packet of a connection."""
        payload = json.dumps({"open": address}, ensure_ascii=False).encode()
        self._lambda.invoke(FunctionName=self.settings.opener_function, InvocationType="Event", Payload=payload)

    def prepare(self) -> None:
        """Make what a connection's first frames need: no connection, no thread, nothing of a credential.

        boto3's clients would take longer to make than the call that needs one.
        """
        self.gateway  # noqa: B018 - made here
        if self._is_lean:
            clients: Any = (self._dynamodb, self._lambda, self._posts)
            for client in clients:
                client.service.prepare()

    def disconnect(self, deleted: Deleted) -> int:
        """End every connection of a key that was deleted; returns how many."""
        return revocation.disconnect(self.server, self.ports.directory, deleted)

    @property
    def _found_gone_s(self) -> int:
        return found_gone_s(self.settings.ping_interval_ms, self.settings.ping_timeout_ms)

    @cached_property
    def _connections(self) -> DynamoTable:
        return DynamoTable(self.settings.connections_table, self._dynamodb, sleep=self.clock.sleep)

    @cached_property
    def _conversations(self) -> DynamoTable:
        return DynamoTable(self.settings.conversations_table, self._dynamodb, sleep=self.clock.sleep)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def _lambda(self) -> LambdaClient:
        client: LambdaClient = self._client("lambda")
        return client

    @cached_property
    def _endpoints(self) -> Endpoints:
        return Endpoints(self.settings.push_hosts, self.settings.push_loopback)

    def _wire(self) -> Wire:
        from chat.webpush.wire import Wire

        return Wire(loopback=self.settings.push_loopback)

    def _queue(self, url: str) -> SqsQueue:
        return SqsQueue(lambda: self._sqs, url, sleep=self.clock.sleep)

    @cached_property
    def _sqs(self) -> SQSClient:
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def _sfn(self) -> SFNClient:
        client: SFNClient = self._client("stepfunctions")
        return client

    def _states(self) -> SFNClient:
        return self._sfn

    def _management(self) -> ApiGatewayManagementApiClient:
        return self._posts

    @cached_property
    def _posts(self) -> ApiGatewayManagementApiClient:
        url = self.settings.management_url
        client: ApiGatewayManagementApiClient = self._client("apigatewaymanagementapi", endpoint_url=url, bounds=POSTS)
        return client


def runtime() -> Runtime:
    """The runtime that handlers use: this process's own, made by the first call."""
    return _USED.get() or _own()


def prepare() -> None:
    """Have the first call find this process's runtime made: a function's init has more of a CPU than its calls.

    Does nothing outside of Lambda, e.g. in a test that brings runtimes of its own.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        runtime().prepare()


@contextmanager
def using(parts: Runtime) -> Iterator[None]:
    """Let handlers use `parts` inside the block: several functions, each warm, in one process."""
    token = _USED.set(parts)
    try:
        yield
    finally:
        _USED.reset(token)


_USED: ContextVar[Runtime | None] = ContextVar("chat_runtime", default=None)


@lru_cache(maxsize=1)
def _own() -> Runtime:
    return Runtime(settings.read())
