"""Wires everything for a function, once for each warm process. What a function does not use is not made."""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from serverless_socketio.aws.app import LambdaApp
from serverless_socketio.inbox import Inbox
from serverless_socketio.recovery.state import Recovery
from serverless_socketio.server import Server
from serverless_socketio.system import SystemClock
from serverless_socketio_chat import settings
from serverless_socketio_chat.accounts import revocation
from serverless_socketio_chat.accounts.access import GLOBAL_ROOM, Access
from serverless_socketio_chat.accounts.directory import Directory
from serverless_socketio_chat.accounts.limits import Limits
from serverless_socketio_chat.accounts.rates import TableRates
from serverless_socketio_chat.agents.relations import SimpleModel
from serverless_socketio_chat.agents.threads import ThreadedModels
from serverless_socketio_chat.answers import ending
from serverless_socketio_chat.answers import sweep as sweeping
from serverless_socketio_chat.answers.live.model_call import Patience
from serverless_socketio_chat.answers.steps import Answers
from serverless_socketio_chat.answers.table import TableStreams
from serverless_socketio_chat.answers.workflow import StepFunctionsWorkflow
from serverless_socketio_chat.bag import Ports
from serverless_socketio_chat.conversations.accept import Messages, Pace
from serverless_socketio_chat.conversations.join import Joining
from serverless_socketio_chat.conversations.table import TableConversations
from serverless_socketio_chat.events.dispatch import Dispatcher
from serverless_socketio_chat.notifications.decide import Notifier
from serverless_socketio_chat.notifications.expiring import Expiring
from serverless_socketio_chat.notifications.intake import Notifying
from serverless_socketio_chat.notifications.notices_table import TableNotices
from serverless_socketio_chat.notifications.queue import SqsPushQueue
from serverless_socketio_chat.notifications.subscribe import Subscribing
from serverless_socketio_chat.notifications.table import TableSubscriptions
from serverless_socketio_chat.presence.queue import QueueReminders
from serverless_socketio_chat.presence.rules import Presence, found_gone_s
from serverless_socketio_chat.presence.table import TablePresence
from serverless_socketio_chat.push.endpoints import Endpoints
from serverless_socketio_chat.push.queue import SqsDeliveries
from serverless_socketio_chat.secrets import Secrets
from serverless_socketio_chat.tables.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient

    from serverless_socketio.aws.clients import MakeClient
    from serverless_socketio.aws.queue import SqsQueue
    from serverless_socketio.aws.table import DynamoTable
    from serverless_socketio.manager import Manager
    from serverless_socketio.ports import Clock, Transport
    from serverless_socketio_chat.accounts.revocation import Deleted
    from serverless_socketio_chat.answers.ports import Workflow
    from serverless_socketio_chat.push.connections import Wire
    from serverless_socketio_chat.push.sending import Sending

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
        self._given_workflow = workflow
        self.server = self._server()
        self.app = LambdaApp(
            self.server,
            values,
            inbox=self._inbox,
            handshake=lambda handshake: self.access.handshake(handshake),
            on_tick=lambda now_ms: sweeping.recover_abandoned(self.ports, self.answers, self.app.ticks.send, now_ms),
            clock=self.clock,
            transport=transport,
            make_client=client,
        )

    def _server(self) -> Server:
        """The Socket.IO server, with the chat's handlers."""
        values = self.settings
        recovery = Recovery(
            identity=lambda session: session["userId"],
            window_ms=values.recovery_window_ms,
            log_max=values.recovery_log_max,
            rest=lambda reply_id, index: ending.rest(self.ports, reply_id, index),
        )
        sio = Server(everyone_room=GLOBAL_ROOM, recovery=recovery if values.recovery_window_ms else None)
        sio.on("connect", lambda sid, environ, auth: self.access.connect(sio, sid, environ, auth))
        sio.hooks.on_accepted(lambda member, session: self.presence.arrived(session["userId"], member))
        sio.hooks.on_ending(lambda member, session, seen_ms: self.presence.leaving(session["userId"], member, seen_ms))
        return sio

    def _inbox(self, manager: Manager) -> Inbox:
        dispatcher = self.dispatcher
        self.server.on("*", dispatcher.dispatch)
        return Inbox(
            manager,
            bad_frame=dispatcher.bad_frame,
            fault=dispatcher.fault,
            spend=dispatcher.spend,
            overruns=dispatcher.overruns,
            heartbeat_s=self.settings.ping_interval_ms / 1000,
            cache_s=SESSION_CACHE_S,
        )

    @cached_property
    def ports(self) -> Ports:
        """What the rules need from outside."""
        table, manager = self._conversations, self.server.manager
        return Ports(
            directory=self.directory,
            rates=TableRates(self._connections),
            conversations=TableConversations(table, self.clock),
            streams=TableStreams(table, self.clock),
            workflow=self._given_workflow or StepFunctionsWorkflow(self._states, self.settings.state_machine_arn),
            room=Rooms(manager.store, manager.fanout, lambda address: manager.close(address, "transport close")),
            presence=TablePresence(table, self.clock),
            reminders=QueueReminders(self.app.queue(self.settings.reminders_queue_url)),
            subscriptions=TableSubscriptions(table, self.clock),
            push_queue=SqsPushQueue(self.app.queue(self.settings.push_queue_url)),
            deliveries=SqsDeliveries(self.app.queue(self.settings.deliveries_queue_url), self.push_dead, self.clock),
            notices=TableNotices(table, self.clock, kept_s=self._found_gone_s),
            clock=self.clock,
            relations=SimpleModel(),
            models=ThreadedModels(Secrets(self.app.make_client).read),
        )

    @cached_property
    def directory(self) -> Directory:
        """Users, keys, plans and agents."""
        return Directory(self._conversations, self.clock)

    @cached_property
    def access(self) -> Access:
        """Who may connect."""
        return Access(self.ports.directory, self.settings.allowed_origins, self.settings.enable_websockets)

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
        from serverless_socketio_chat.push.client import HttpPushServices
        from serverless_socketio_chat.push.delivery import Delivery
        from serverless_socketio_chat.push.sending import Sending
        from serverless_socketio_chat.push.table import TableClaims
        from serverless_socketio_chat.push.vapid import Vapid

        values, clock, ports = self.settings, self.clock, self.ports
        secrets = Secrets(self.app.make_client)
        vapid = Vapid(
            values.vapid_subject, values.vapid_public_key, lambda: secrets.read(values.vapid_parameter), clock
        )
        services = HttpPushServices(self._endpoints.check, vapid.header, self._wire, clock)
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
            joining=Joining(self.ports, values.max_frame_bytes),
            answers=self.answers,
            presence=self.presence,
            subscribing=self.subscribing,
            limits=Limits(self.ports),
            frame_bytes=values.max_frame_bytes,
        )

    @cached_property
    def push_dead(self) -> SqsQueue:
        """Where an operator finds what could not be pushed."""
        return self.app.queue(self.settings.push_dead_queue_url)

    @cached_property
    def emitting_dead(self) -> SqsQueue:
        """Where an operator finds what could not be emitted."""
        return self.app.queue(self.settings.emitting_dead_queue_url)

    def disconnect(self, deleted: Deleted) -> int:
        """End every connection of a key that was deleted; returns how many."""
        return revocation.disconnect(self.server, self.ports.directory, deleted)

    @property
    def _found_gone_s(self) -> int:
        return found_gone_s(self.settings.ping_interval_ms, self.settings.ping_timeout_ms)

    @cached_property
    def _connections(self) -> DynamoTable:
        return self.app.table(self.settings.connections_table)

    @cached_property
    def _conversations(self) -> DynamoTable:
        return self.app.table(self.settings.conversations_table)

    @cached_property
    def _endpoints(self) -> Endpoints:
        return Endpoints(self.settings.push_hosts, self.settings.push_loopback)

    def _wire(self) -> Wire:
        from serverless_socketio_chat.push.connections import Wire

        return Wire(loopback=self.settings.push_loopback)

    @cached_property
    def _sfn(self) -> SFNClient:
        client: SFNClient = self.app.make_client("stepfunctions")
        return client

    def _states(self) -> SFNClient:
        return self._sfn


def runtime() -> Runtime:
    """The runtime that handlers use: this process's own, made by the first call."""
    return _USED.get() or _own()


def prepare() -> None:
    """Have the first call find this process's runtime made: a function's init has more of a CPU than its calls.

    Does nothing outside of Lambda, e.g. in a test that brings runtimes of its own.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        runtime().app.prepare()


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
