"""The chat as one stack: which constructs there are, who knows whom, and who may do what."""

from aws_cdk import Annotations, Aws, CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import agents, bundling
from infra.config import Config, FunctionSize
from infra.constructs.alarms import Alarms
from infra.constructs.answers import Answers
from infra.constructs.dashboard import Dashboard
from infra.constructs.emitting import Emitting
from infra.constructs.measures import Measures
from infra.constructs.model_access import UNDER_A_PREFIX, allow_models
from infra.constructs.push_delivery import PushDelivery, allow_sending
from infra.constructs.revoking import Revoking
from infra.constructs.sign_in import SignIn
from infra.constructs.tables import EXPIRY_INDEX, LIVE_INDEX, Tables
from infra.conversations_access import SIGN_IN, access_of
from serverless_socketio.cdk import Functions, SocketIoApi
from serverless_socketio.cdk.accepted import accept_in_policy
from serverless_socketio.cdk.bundling import lambda_target, library, local_target
from serverless_socketio.cdk.function import PythonFunction, allow, layer
from serverless_socketio.cdk.socketio_api import NO_ID_YET
from serverless_socketio.cdk.table import SLOTS_INDEX, index_arn
from serverless_socketio.cdk.work_queue import WorkQueue, let_send, work_queue

REMINDERS = 10  # in a call: SQS's most without a batching window, which would let a single reminder wait
REMINDER_TRIES = 5

PRESENCE_ROUTES = tuple(f"presence:{name}" for name in ("away", "offline", "online", "subscribe", "unsubscribe"))
PUSH_ROUTES = tuple(f"push:{name}" for name in ("settings", "status", "subscribe", "test", "unsubscribe"))


class ChatStack(Stack):
    """Tables, layers, nine functions, APIs before them; the workflow, ticks, queues and bus behind them."""

    def __init__(self, scope: Construct, id: str, *, settings: Config) -> None:
        super().__init__(scope, id, description="Socket.IO chat with AI agents, without a server")
        self._settings = settings
        self._target = local_target() if settings.bundle_for == "local" else lambda_target()
        self._layers, self._own_layers = self._make_layers()
        self.tables = Tables(self, "Tables", keep_data=settings.keep_data)
        self._functions()
        self.socketio = SocketIoApi(
            self,
            "Default",
            functions=Functions(
                connect=self.connect,
                frames=self.message,
                background=self.sweeper,
                batches=self.emitter,
                polling=self.polling,
            ),
            routes=self._native_routes() if settings.native_routes else {},
            answer_in_response=settings.answer_in_response,
            frames=settings.frames,
            throttle=(settings.throttle.rate_per_s, settings.throttle.burst),
            connect_throttle=(settings.connect_throttle.rate_per_s, settings.connect_throttle.burst),
            log_retention_days=settings.log_retention_days,
            account_log_role=settings.api_gateway_log_role,
            fixed_id=settings.local_api_id,
        )
        self.answers = Answers(self, "Answers", streamer=self.streamer, log_retention_days=settings.log_retention_days)
        self.reminders = self._make_reminders()
        self.emitting = Emitting(self, "Emitting", emitter=self.emitter, batches=self.socketio.batches)
        self.push_delivery = PushDelivery(self, "Pushing", push=self.push, sender=self.sender, bus=self.emitting.bus)
        self.push_delivery.let_notify(self._posting)
        self.revoking = Revoking(
            self,
            "Revoking",
            sweeper=self.sweeper,
            conversations=self.tables.conversations,
            dead=self.socketio.ticks.dead,
        )
        self.sign_in = SignIn(self, "SignIn", settings=settings) if settings.has_issuer else None
        self._introduce()
        self._permit()
        self._tell()
        self._watch()

    def _make_layers(self) -> tuple[list[lambda_.ILayerVersion], dict[str, lambda_.ILayerVersion]]:
        """Make the three layers that every function shares, and by function what only some have.

        The sender has pywebpush and what it brings; functions that judge tokens have PyJWT, where there is an issuer;
        the streamer has a deployment's own agents.

        They change at different speeds: an edit of a rule uploads a few kilobytes and leaves the megabytes beside it.
        boto3 is in none of them: the runtime brings it.
        """
        layers, target = Construct(self, "Layers"), self._target
        common: list[lambda_.ILayerVersion] = [
            layer(layers, "Dependencies", bundling.wheels(target)),
            layer(layers, "ServerlessSocketio", library(target)),
            layer(layers, "Chat", bundling.sources("layers/chat", target)),
        ]
        own: dict[str, lambda_.ILayerVersion] = {"Sender": layer(layers, "Sender", bundling.wheels(target, "sender"))}
        if self._settings.has_issuer:
            own |= dict.fromkeys(SIGN_IN, layer(layers, "Tokens", bundling.wheels(target, "tokens")))
        if found := agents.sources(self._settings.agents):
            own["Streamer"] = layer(layers, "Agents", bundling.agents(found, target))
        return common, own

    def _make_reminders(self) -> WorkQueue:
        """Make the queue of messages that come back after some seconds, each its own, to look at presence again.

        A device that goes is one reminder: ten thousand that go at a time are looked at in twelve seconds.
        """
        made = work_queue(
            Construct(self, "Reminding"),
            "Reminders",
            consumer=self.presence,
            batch=REMINDERS,
            tries=REMINDER_TRIES,
            at_once=None,
        )
        # The functions that may find that a connection is gone.
        let_send(made.queue, "REMINDERS_QUEUE_URL", self.connect, *self._posting)
        return made

    def _functions(self) -> None:
        """Make the functions, those that sleep apart from the rest: a thousand answers delay no `$connect`."""
        size = self._settings
        # The last number is when Lambda ends a call, in seconds.
        self.message = self._function("Message", size.message, 20)  # the API: at 29
        self.connect = self._function("Connect", size.connect, 10)
        # A reminder that fails comes again after six times that.
        self.presence = self._function("Presence", size.presence, 10)
        # A live answer ends with its execution at 240, a burst far earlier; the workflow allows 280.
        self.streamer = self._function("Streamer", size.streamer, 270)
        self.sweeper = self._function("Sweeper", size.sweeper, 60)
        # A batch, or the members of the largest room; posts themselves take a second or two.
        self.emitter = self._function("Emitter", size.emitter, 60)
        # Ten users' notifications, some told to devices; all plans that expire on a day.
        self.push = self._function("Push", size.push, 30)
        # Ten devices side by side, each a push service that may take seconds.
        self.sender = self._function("Sender", size.sender, 15)
        # A request is held for 20 at most; API Gateway gives up at 30.
        self.polling = self._function("Polling", size.polling, 25) if size.long_polling else None
        self._posting = [self.message, self.presence, self.streamer, self.sweeper, self.emitter, self.push]

    def _native_routes(self) -> dict[str, PythonFunction]:
        return dict.fromkeys(PRESENCE_ROUTES, self.presence) | dict.fromkeys(PUSH_ROUTES, self.push)

    @property
    def _judging(self) -> list[PythonFunction]:
        """The functions that begin connections."""
        return [self.connect, *([self.polling] if self.polling else [])]

    @property
    def _all(self) -> list[PythonFunction]:
        return [*self._judging, *self._posting, self.sender]

    def _introduce(self) -> None:
        """Tell the functions of what could only be made after them."""
        self.socketio.introduce(self.sender)
        for function in (self.message, self.sweeper):
            function.add_environment("STATE_MACHINE_ARN", self.answers.arn)
        if self.sign_in:
            self.sign_in.introduce(*self._judging, self.message, self.sweeper)

    def _permit(self) -> None:
        """Grant what the code calls, action by action. Transactions need the actions they are made of."""
        for function in self._all:
            self.tables.allow_items(function, access_of(function.node.id, sign_in=self._settings.has_issuer))
        for function in (self.presence, self.streamer, self.push):
            self.socketio.grant_emit(function, everyone=False)
        self.socketio.grant_emit(self.emitter)  # the room `global`, too
        accept_in_policy(self.streamer, {"IAM5": f"{NO_ID_YET} {UNDER_A_PREFIX}"})
        allow_models(self.streamer, self._settings)
        allow_sending(self.sender, parameter=self._settings.vapid_parameter, subject=self._settings.vapid_subject)
        allow(self.push, ["dynamodb:Query"], index_arn(self.tables.conversations, EXPIRY_INDEX))
        for function in (self.message, self.sweeper):
            allow(function, ["states:StartExecution"], self.answers.arn)
        allow(self.sweeper, ["dynamodb:Query"], index_arn(self.tables.conversations, LIVE_INDEX))
        if self.sign_in:
            allow(self.sweeper, ["dynamodb:Query"], index_arn(self.socketio.table, SLOTS_INDEX))

    def _tell(self) -> None:
        """Put out what a client needs, and the physical name of what an operator looks for."""
        outputs = {
            "WebSocketUrl": self.socketio.url,
            "CallbackUrl": self.socketio.api.callback_url,
            "Region": Aws.REGION,
            "TableConnections": self.socketio.table.table_name,
            "TableConversations": self.tables.conversations.table_name,
            "QueueOpenings": self.socketio.openings.queue.queue_name,
            "QueueOpeningsDead": self.socketio.openings.dead.queue_name,
            "QueueReminders": self.reminders.queue.queue_name,
            "QueueRemindersDead": self.reminders.dead.queue_name,
            "QueueTicks": self.socketio.ticks.queue.queue_name,
            "QueueTicksDead": self.socketio.ticks.dead.queue_name,
            "QueueBatches": self.socketio.batches.queue.queue_name,
            "QueueEmittingDead": self.socketio.batches.dead.queue_name,
            "QueuePush": self.push_delivery.push.queue_name,
            "QueueDeliveries": self.push_delivery.deliveries.queue_name,
            "QueuePushDead": self.push_delivery.dead.queue_name,
            "BusChat": self.emitting.bus.event_bus_name,
            "StateMachineAnswers": self.answers.arn,
        }
        outputs |= {f"Function{each.node.id}": each.function_name for each in self._all}
        if self.sign_in:
            outputs |= self.sign_in.outputs
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)
        if not self._settings.vapid_public_key:
            Annotations.of(self).add_info_v2(
                "chat:PushIsOff", "web push is off: `make vapid-keys` makes what it needs."
            )

    def _watch(self) -> None:
        """Make alarms and the dashboard."""
        settings, socketio, pushing = self._settings, self.socketio, self.push_delivery
        measures = Measures(
            stack=self.stack_name,
            functions=self._all,
            called=(self.message, self.sweeper, self.emitter, self.push),
            queues={"Push": pushing.push, "Deliveries": pushing.deliveries, "Batches": socketio.batches.queue},
            dead={
                "Openings": socketio.openings.dead,
                "Reminders": self.reminders.dead,
                "Ticks": socketio.ticks.dead,
                "Emitting": socketio.batches.dead,
                "Push": pushing.dead,
            },
            tables={"connections": socketio.table, "conversations": self.tables.conversations},
            api_id=socketio.api.api.api_id,
            machine_arn=self.answers.arn,
            ping_interval_ms=settings.ping_interval_ms,
        )
        alarms = (
            Alarms(
                self,
                "Alarms",
                measures=measures,
                topic_arn=settings.alarm_topic_arn,
                hourly_budget_cents=settings.hourly_budget_cents,
            )
            if settings.alarms
            else None
        )
        if settings.dashboard:
            Dashboard(
                self,
                "Dashboard",
                measures=measures,
                alarms=alarms.all if alarms else [],
                throttle=settings.throttle,
                connect_throttle=settings.connect_throttle,
            )

    def _function(self, name: str, size: FunctionSize, timeout_s: int) -> PythonFunction:
        return PythonFunction(
            self,
            name,
            code=bundling.function(f"functions/{name.lower()}", self._target),
            handler="handler.handler",
            layers=[*self._layers, *filter(None, [self._own_layers.get(name)])],
            memory_mb=size.memory_mb,
            concurrency=size.concurrency,
            timeout_s=timeout_s,
            environment=self._environment(name.lower()),
            log_level=self._settings.log_level,
            log_retention_days=self._settings.log_retention_days,
            aliased=self._settings.function_aliases,
        )

    def _environment(self, function: str) -> dict[str, str]:
        """What a function is told: what was chosen, and where everything is."""
        return self._settings.environment(function) | {
            "POWERTOOLS_SERVICE_NAME": function,
            "CONVERSATIONS_TABLE": self.tables.conversations.table_name,
        }
