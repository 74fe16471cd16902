"""Wires everything for a function, once for each warm process. What a function does not use is not made, nor loaded.

At the top is what every connection needs; each other wing is imported by the part that is made of it.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws.app import LambdaApp
from serverless_socketio.exceptions import ConnectionRefusedError
from serverless_socketio.inbox import Inbox
from serverless_socketio.recovery.state import Recovery
from serverless_socketio.server import Server
from serverless_socketio.system import SystemClock
from serverless_socketio_chat import settings
from serverless_socketio_chat.accounts.access import GLOBAL_ROOM, Access
from serverless_socketio_chat.accounts.limits import Limits
from serverless_socketio_chat.accounts.rates import TableRates
from serverless_socketio_chat.accounts.table import Accounts, Plans
from serverless_socketio_chat.accounts.token_ends import TokenEnds
from serverless_socketio_chat.accounts.token_records import TableLooks
from serverless_socketio_chat.accounts.tokens import may_cache
from serverless_socketio_chat.events.dispatch import Dispatcher
from serverless_socketio_chat.presence.queue import SqsGraceTimers
from serverless_socketio_chat.presence.rules import Presence, found_gone_s
from serverless_socketio_chat.presence.table import TablePresence
from serverless_socketio_chat.tables.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_stepfunctions import SFNClient

    from serverless_socketio.aws.clients import MakeClient
    from serverless_socketio.aws.queue import SqsQueue
    from serverless_socketio.aws.table import DynamoTable
    from serverless_socketio.manager import Manager
    from serverless_socketio.ports import Clock, Meter, Transport
    from serverless_socketio_chat.accounts.ports import Issuer
    from serverless_socketio_chat.accounts.revocation import Revoked
    from serverless_socketio_chat.accounts.sign_in import SignIn
    from serverless_socketio_chat.accounts.tokens import Tokens
    from serverless_socketio_chat.agents.table import Agents
    from serverless_socketio_chat.answers.ports import Workflow
    from serverless_socketio_chat.answers.steps import Answers
    from serverless_socketio_chat.answers.table import TableStreams
    from serverless_socketio_chat.conversations.accept import Messages
    from serverless_socketio_chat.conversations.join import Joining
    from serverless_socketio_chat.conversations.table import TableConversations
    from serverless_socketio_chat.notifications.decide import Notifier
    from serverless_socketio_chat.notifications.expiring import Expiring
    from serverless_socketio_chat.notifications.intake import Notifying
    from serverless_socketio_chat.notifications.queue import SqsPushQueue
    from serverless_socketio_chat.notifications.subscribe import Subscribing
    from serverless_socketio_chat.notifications.table import TableNotices, TableSubscriptions
    from serverless_socketio_chat.push.connections import GuardedConnections
    from serverless_socketio_chat.push.endpoints import Endpoints
    from serverless_socketio_chat.push.queue import SqsDeliveries
    from serverless_socketio_chat.push.sending import Sending

logger = logging.getLogger(__name__)

SESSION_CACHE_S = 30.0  # a revoked key works this much longer at most: the bound is a minute


class Runtime:
    """The parts of one function, made when first used.

    What is given stands in place of the real clock, posts, workflow, AWS clients, issuer and metrics: so it runs in
    a test.
    """

    def __init__(
        self,
        values: settings.Settings,
        *,
        clock: Clock | None = None,
        transport: Transport | None = None,
        workflow: Workflow | None = None,
        client: MakeClient | None = None,
        issuer: Issuer | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.settings = values
        self.clock = clock or SystemClock()
        self._given_issuer = issuer
        self._given_workflow = workflow
        self.server = self._server()
        self.app = LambdaApp(
            self.server,
            values,
            inbox=self._inbox,
            handshake=lambda handshake: self.access.handshake(handshake),
            on_tick=self._recover_abandoned,
            clock=self.clock,
            transport=transport,
            make_client=client,
            meter=meter,
        )

    def _server(self) -> Server:
        """The Socket.IO server, with the chat's handlers."""
        values = self.settings
        recovery = Recovery(
            identity=lambda session: session["userId"],
            window_ms=values.recovery_window_ms,
            log_max=values.recovery_log_max,
            rest=self._rest,
        )
        sio = Server(everyone_room=GLOBAL_ROOM, recovery=recovery if values.recovery_window_ms else None)
        sio.on("connect", self._connect)
        sio.hooks.on_accepted(lambda *_: self.meter.add({"Connects": 1}, by={"outcome": "accepted"}))
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
            may_cache=may_cache,
        )

    def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any) -> None:
        """Accept a socket, or meter why not."""
        try:
            self.access.connect(self.server, sid, environ, auth)
        except ConnectionRefusedError as refusal:
            self.meter.put({"Connects": 1}, by={"outcome": refusal.error_args["data"]["code"]})
            raise

    @property
    def meter(self) -> Meter:
        """What is counted and timed."""
        return self.app.meter

    @cached_property
    def access(self) -> Access:
        """Who may connect."""
        values = self.settings
        return Access(
            self.accounts,
            self.plans,
            values.allowed_origins,
            values.enable_websockets,
            self.tokens,
            self.token_ends,
        )

    @cached_property
    def tokens(self) -> Tokens | None:
        """What judges tokens; None where no issuer is set."""
        values = self.settings
        if not values.auth_issuer:
            return None
        from serverless_socketio_chat.accounts.claims import Policy
        from serverless_socketio_chat.accounts.key_sets import KeySets
        from serverless_socketio_chat.accounts.signatures import JwtSignatures
        from serverless_socketio_chat.accounts.token_records import TableKeySets, TableSignIns
        from serverless_socketio_chat.accounts.tokens import Tokens

        table, clock, issuer = self._conversations_table, self.clock, values.auth_issuer
        return Tokens(
            Policy(issuer, frozenset(values.auth_audience), values.auth_user_claim, values.auth_plan_claim),
            KeySets(self._issuer, TableKeySets(table, issuer, clock), clock),
            JwtSignatures(),
            TableSignIns(table, clock),
            self.plans,
            clock,
        )

    @cached_property
    def token_ends(self) -> TokenEnds:
        """When sockets' tokens end."""
        return TokenEnds(self.server, TableLooks(self._connections_table))

    @cached_property
    def sign_in(self) -> SignIn:
        """Sockets' tokens."""
        from serverless_socketio_chat.accounts.sign_in import SignIn

        return SignIn(self.server, self.tokens, self.token_ends)

    @cached_property
    def accounts(self) -> Accounts:
        """Users and keys."""
        return Accounts(self._conversations_table, self.clock)

    @cached_property
    def plans(self) -> Plans:
        """What plans allow."""
        return Plans(self._conversations_table, self.clock)

    @cached_property
    def limits(self) -> Limits:
        """How often users may do things."""
        return Limits(self.plans, TableRates(self._connections_table), self.clock)

    @cached_property
    def room(self) -> Rooms:
        """The sockets in a room."""
        manager = self.server.manager
        return Rooms(manager.store, manager.fanout, lambda address: manager.close(address, "transport close"))

    @cached_property
    def presence_records(self) -> TablePresence:
        """What was announced of users."""
        return TablePresence(self._conversations_table, self.clock)

    @cached_property
    def presence(self) -> Presence:
        """Who is online."""
        timers = SqsGraceTimers(self.app.queue(self.settings.reminders_queue_url))
        return Presence(self.presence_records, timers, self.room, self.clock)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """The chat's events."""
        return Dispatcher(self.server, self, frame_bytes=self.settings.max_frame_bytes)

    @cached_property
    def agents(self) -> Agents:
        """Agents."""
        from serverless_socketio_chat.agents.table import Agents

        return Agents(self._conversations_table, self.clock)

    @cached_property
    def streams(self) -> TableStreams:
        """Control records and texts of answers."""
        from serverless_socketio_chat.answers.table import TableStreams

        return TableStreams(self._conversations_table, self.clock)

    @cached_property
    def workflow(self) -> Workflow:
        """What carries an answer on."""
        from serverless_socketio_chat.answers.workflow import StepFunctionsWorkflow

        return self._given_workflow or StepFunctionsWorkflow(self._states, self.settings.state_machine_arn)

    @cached_property
    def answers(self) -> Answers:
        """The steps of answers."""
        from serverless_socketio_chat.agents.functions import Functions
        from serverless_socketio_chat.agents.relations import SimpleModel
        from serverless_socketio_chat.agents.threads import ThreadedModels
        from serverless_socketio_chat.answers.live.model_call import Patience
        from serverless_socketio_chat.answers.steps import Answers
        from serverless_socketio_chat.secrets import Secrets

        values = self.settings
        return Answers(
            transcript=self.conversations,
            streams=self.streams,
            room=self.room,
            workflow=self.workflow,
            agents=self.agents,
            models=ThreadedModels(Secrets(self.app.make_client).read, Functions(values.agent_functions)),
            relations=SimpleModel(),
            notifier=self.notifier,
            clock=self.clock,
            meter=self.meter,
            patience=Patience(values.model_first_ms / 1000, values.model_idle_ms / 1000, values.model_alive_ms / 1000),
        )

    @cached_property
    def conversations(self) -> TableConversations:
        """What was said."""
        from serverless_socketio_chat.conversations.table import TableConversations

        return TableConversations(self._conversations_table, self.clock)

    @cached_property
    def messages(self) -> Messages:
        """The way in for messages."""
        from serverless_socketio_chat.conversations.accept import Messages, Pace

        pace = Pace(self.settings.chunk_size, self.settings.chunk_delay_ms)
        return Messages(self.conversations, self.clock, pace)

    @cached_property
    def joining(self) -> Joining:
        """Rooms of chats, and answers to catch up with."""
        from serverless_socketio_chat.conversations.join import Joining

        return Joining(self.conversations, self.streams, self.room, self.clock, self.settings.max_frame_bytes)

    @cached_property
    def subscriptions(self) -> TableSubscriptions:
        """Devices that may be pushed to, and what users prefer."""
        from serverless_socketio_chat.notifications.table import TableSubscriptions

        return TableSubscriptions(self._conversations_table, self.clock)

    @cached_property
    def notices(self) -> TableNotices:
        """What devices were told."""
        from serverless_socketio_chat.notifications.table import TableNotices

        values = self.settings
        kept_s = found_gone_s(values.ping_interval_ms, values.ping_timeout_ms)
        return TableNotices(self._conversations_table, self.clock, kept_s=kept_s)

    @cached_property
    def notifier(self) -> Notifier:
        """When users are notified, and how."""
        from serverless_socketio_chat.notifications.decide import Notifier

        return Notifier(self.subscriptions, self.notices, self.push_queue, self.deliveries, self.room, self.clock)

    @cached_property
    def push_queue(self) -> SqsPushQueue:
        """Notifications on their way to users."""
        from serverless_socketio_chat.notifications.queue import SqsPushQueue

        return SqsPushQueue(self.app.queue(self.settings.push_queue_url))

    @cached_property
    def notifying(self) -> Notifying:
        """Notifications that are asked for."""
        from serverless_socketio_chat.notifications.intake import Notifying

        return Notifying(self.notifier, self.push_dead, self.clock)

    @cached_property
    def expiring(self) -> Expiring:
        """Whose plan ends soon."""
        from serverless_socketio_chat.notifications.expiring import Expiring

        return Expiring(self.accounts, self.push_queue, self.clock)

    @cached_property
    def subscribing(self) -> Subscribing:
        """Which devices may be pushed to."""
        from serverless_socketio_chat.notifications.subscribe import Subscribing

        values = self.settings
        return Subscribing(self.subscriptions, self.push_queue, self.clock, self._endpoints, values.vapid_public_key)

    @cached_property
    def deliveries(self) -> SqsDeliveries:
        """Pushes on their way to devices."""
        from serverless_socketio_chat.push.queue import SqsDeliveries

        return SqsDeliveries(self.app.queue(self.settings.deliveries_queue_url), self.push_dead, self.clock)

    @cached_property
    def sending(self) -> Sending:
        """What takes pushes to push services."""
        from serverless_socketio_chat.push.client import HttpPushServices
        from serverless_socketio_chat.push.delivery import PushDelivery
        from serverless_socketio_chat.push.sending import Sending
        from serverless_socketio_chat.push.table import TableClaims
        from serverless_socketio_chat.push.vapid import Vapid
        from serverless_socketio_chat.secrets import Secrets

        values, clock = self.settings, self.clock
        secrets = Secrets(self.app.make_client)
        vapid = Vapid(
            values.vapid_subject, values.vapid_public_key, lambda: secrets.read(values.vapid_parameter), clock
        )
        services = HttpPushServices(self._endpoints.check, vapid.header, self._wire, clock)
        claims = TableClaims(self._conversations_table, clock)
        delivery = PushDelivery(self.subscriptions, claims, services, self.deliveries, clock)
        return Sending(delivery.deliver, self._endpoints.service_of)

    @cached_property
    def push_dead(self) -> SqsQueue:
        """Where an operator finds what could not be pushed."""
        return self.app.queue(self.settings.push_dead_queue_url)

    @cached_property
    def emitting_dead(self) -> SqsQueue:
        """Where an operator finds what could not be emitted."""
        return self.app.queue(self.settings.emitting_dead_queue_url)

    def prepare_events(self) -> None:
        """Make what most events of a chat need, but for their models: those bring pydantic."""
        self.agents, self.joining, self.messages, self.workflow  # noqa: B018 - made here

    def disconnect(self, revoked: Revoked) -> int:
        """End every connection of a key that was deleted, or of a user's tokens; returns how many."""
        from serverless_socketio_chat.accounts import revocation

        return revocation.disconnect(self.server, self.accounts, revoked)

    def _rest(self, reply_id: str, index: int) -> Iterator[tuple[str, Mapping[str, object]]]:
        from serverless_socketio_chat.answers import ending

        return ending.rest(self.streams, self.clock, reply_id, index)

    def _recover_abandoned(self, now_ms: int) -> Mapping[str, int]:
        from serverless_socketio_chat.answers import sweep

        done = sweep.recover_abandoned(self.streams, self.answers, self.app.ticks.send, self.meter, now_ms)
        return {**done, **self._sweep_tokens(now_ms)}

    def _sweep_tokens(self, now_ms: int) -> Mapping[str, int]:
        """The part of a tick that looks at tokens; its failure does not keep the rest of the tick."""
        if not self.settings.auth_issuer:
            return {}
        try:
            return self.token_ends.sweep(self.app.ticks.send, now_ms)
        except Exception:
            logger.exception("Tokens that end could not be looked for")
            return {}

    @cached_property
    def _connections_table(self) -> DynamoTable:
        return self.app.table(self.settings.connections_table)

    @cached_property
    def _conversations_table(self) -> DynamoTable:
        return self.app.table(self.settings.conversations_table)

    @cached_property
    def _issuer(self) -> Issuer:
        from serverless_socketio_chat.accounts.issuer import HttpIssuer

        values = self.settings
        return self._given_issuer or HttpIssuer(values.auth_issuer, values.auth_jwks_url, self.clock)

    @cached_property
    def _endpoints(self) -> Endpoints:
        from serverless_socketio_chat.push.endpoints import Endpoints

        return Endpoints(self.settings.push_hosts, self.settings.push_loopback)

    def _wire(self) -> GuardedConnections:
        from serverless_socketio_chat.push.connections import GuardedConnections

        return GuardedConnections(loopback=self.settings.push_loopback)

    @cached_property
    def _sfn(self) -> SFNClient:
        client: SFNClient = self.app.make_client("stepfunctions")
        return client

    def _states(self) -> SFNClient:
        return self._sfn


def runtime() -> Runtime:
    """The runtime that handlers use: this process's own, made by the first call."""
    return _USED.get() or _own()


def prepare(*, events: bool = False) -> None:
    """Have the first call find this process's runtime made: a function's init has more of a CPU than its calls.

    `events`: with what a chat's events come down to. Does nothing outside of Lambda, e.g. in a test that brings
    runtimes of its own.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        parts = runtime()
        parts.app.prepare()
        if events:
            parts.prepare_events()


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
