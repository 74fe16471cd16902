"""The chat as one stack: which constructs there are, who knows whom, and who may do what."""

import json

from aws_cdk import Annotations, Aws, CfnOutput, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from constructs import Construct

from infra import bundling
from infra.config import Config, FunctionSize, Throttle
from infra.constructs.accepted import accept_in_policy
from infra.constructs.answers import Answers
from infra.constructs.chat_function import ChatFunction
from infra.constructs.emitting import Emitting
from infra.constructs.layers import Layers
from infra.constructs.log_group import log_group
from infra.constructs.model_access import UNDER_A_PREFIX, allow_models
from infra.constructs.opening import Opening
from infra.constructs.push_delivery import PushDelivery, allow_sending
from infra.constructs.realtime_api import RealtimeApi
from infra.constructs.reminding import Reminding
from infra.constructs.revoking import Revoking
from infra.constructs.sweeping import Sweeping
from infra.constructs.tables import DUE_INDEX, EXPIRY_INDEX, LIVE_INDEX, Tables, index_arn
from infra.constructs.web_site import WebSite
from infra.conversations_access import ACCESS

SOCKET_PATH = "/api/socketio"  # on the page's name, as locally

CONNECT_TIMEOUT_S = 10
MESSAGE_TIMEOUT_S = 20  # API Gateway gives up at 29
PRESENCE_TIMEOUT_S = 10  # a reminder that fails comes again after six times that
STREAMER_TIMEOUT_S = 270  # a live answer ends with its execution at 240, a burst far earlier; the workflow allows 280
SWEEPER_TIMEOUT_S = 60
EMITTER_TIMEOUT_S = 60  # a batch, or the members of the largest room; posts themselves take a second or two
PUSH_TIMEOUT_S = 30  # ten users' notifications, some told to devices; all plans that expire on a day
SENDER_TIMEOUT_S = 15  # ten devices side by side, each a push service that may take seconds

NO_ID_YET = "Connections have no id before they are opened: @connections/*."

CONNECTION_ACTIONS = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
PRESENCE_ROUTES = tuple(f"presence:{name}" for name in ("away", "offline", "online", "subscribe", "unsubscribe"))
PUSH_ROUTES = tuple(f"push:{name}" for name in ("settings", "status", "subscribe", "test", "unsubscribe"))


class ChatStack(Stack):
    """Tables, layers, eight functions, API and page before them; the workflow, ticks, queues and bus behind them."""

    def __init__(self, scope: Construct, id: str, *, settings: Config) -> None:
        super().__init__(scope, id, description="Socket.IO chat with AI agents, without a server")
        self._settings = settings
        self._target = bundling.local_target() if settings.bundle_for == "local" else bundling.lambda_target()
        self._layers = Layers(self, "Layers", target=self._target)
        self.tables = Tables(self, "Tables", keep_data=settings.keep_data)
        self._functions()
        self.api = RealtimeApi(
            self,
            "Api",
            connect=self.connect,
            default=self.message,
            routes=dict.fromkeys(PRESENCE_ROUTES, self.presence) | dict.fromkeys(PUSH_ROUTES, self.push),
            answers=settings.answer_in_response,
            throttle=_throttle(settings.throttle),
            connect_throttle=_throttle(settings.connect_throttle),
            log_group=log_group(self, "ApiLog", days=settings.log_retention_days),
            account_log_role=settings.api_gateway_log_role,
            fixed_id=settings.local_api_id,
        )
        self.site = self._site() if settings.web_site else None
        self.answers = Answers(self, "Answers", streamer=self.streamer, log_retention_days=settings.log_retention_days)
        self.sweeping = Sweeping(self, "Sweeping", sweeper=self.sweeper, sweeper_timeout_s=SWEEPER_TIMEOUT_S)
        self.opening = Opening(
            self, "Opening", opener=self.message, late=self.sweeper, late_timeout_s=SWEEPER_TIMEOUT_S
        )
        self.reminding = Reminding(
            self,
            "Reminding",
            consumer=self.presence,
            consumer_timeout_s=PRESENCE_TIMEOUT_S,
            senders=[self.connect, *self._posting],  # whoever may find that a connection is gone
        )
        self.emitting = Emitting(self, "Emitting", emitter=self.emitter, emitter_timeout_s=EMITTER_TIMEOUT_S)
        self.emitting.let_hand_on(*self._posting)
        self.push_delivery = PushDelivery(
            self,
            "Pushing",
            push=self.push,
            push_timeout_s=PUSH_TIMEOUT_S,
            sender=self.sender,
            sender_timeout_s=SENDER_TIMEOUT_S,
            bus=self.emitting.bus,
        )
        self.push_delivery.let_notify(self._posting)
        self.revoking = Revoking(
            self,
            "Revoking",
            sweeper=self.sweeper,
            conversations=self.tables.conversations,
            dead=self.sweeping.dead,
        )
        self._introduce()
        self._permit()
        self._tell()

    def _functions(self) -> None:
        """Make the doors, and apart from them what sleeps: a thousand answers never keep a `$connect` waiting."""
        size = self._settings
        self.message = self._function("Message", size.message, MESSAGE_TIMEOUT_S)
        self.connect = self._function("Connect", size.connect, CONNECT_TIMEOUT_S)
        self.presence = self._function("Presence", size.presence, PRESENCE_TIMEOUT_S)
        self.streamer = self._function("Streamer", size.streamer, STREAMER_TIMEOUT_S)
        self.sweeper = self._function("Sweeper", size.sweeper, SWEEPER_TIMEOUT_S)
        self.emitter = self._function("Emitter", size.emitter, EMITTER_TIMEOUT_S)
        self.push = self._function("Push", size.push, PUSH_TIMEOUT_S)
        self.sender = self._function("Sender", size.sender, SENDER_TIMEOUT_S)
        self._posting = [self.message, self.presence, self.streamer, self.sweeper, self.emitter, self.push]
        # Called asynchronously as the opener. A retry comes a minute later, when the client has long gone; while it is
        # throttled, Lambda keeps trying within the age.
        self.message.configure_async_invoke(retry_attempts=0, max_event_age=Duration.seconds(60))

    def _site(self) -> WebSite:
        return WebSite(
            self,
            "Site",
            api_host=self.api.host,
            api_path=self.api.path,
            socket_path=SOCKET_PATH,
            price_class=self._settings.site_price_class,
            domain=self._settings.site_domain,
            certificate_arn=self._settings.site_certificate_arn,
            web_acl_arn=self._settings.site_web_acl_arn,
        )

    def _introduce(self) -> None:
        """Tell the functions of what could only be made after them."""
        for function in (self.connect, *self._posting, self.sender):
            function.add_environment("CALLBACK_URL", self.api.callback_url)
        for function in (self.message, self.push, self.sender):
            function.add_environment("VAPID_PUBLIC_KEY", self._settings.vapid_public_key)
            function.add_environment("PUSH_HOSTS", ",".join(self._settings.push_hosts))
        for function in (self.message, self.sweeper):
            function.add_environment("STATE_MACHINE_ARN", self.answers.arn)
        self.connect.add_environment("OPENER_FUNCTION", self.message.function_name)
        if self.site:  # its page is the deployment's own; the handshake is judged by Connect alone
            origins = filter(None, [self._settings.allowed_origins, self.site.url])
            self.connect.add_environment("ALLOWED_ORIGINS", ",".join(origins))
        self.streamer.add_environment("MODEL_FIRST_MS", str(self._settings.model_first_ms))
        self.streamer.add_environment("MODEL_IDLE_MS", str(self._settings.model_idle_ms))
        self.streamer.add_environment("MODEL_ALIVE_MS", str(self._settings.model_alive_ms))

    def _permit(self) -> None:
        """Grant what the code calls, action by action. Transactions need the actions they are made of."""
        connections = self.tables.connections.table_arn
        for function in (self.connect, *self._posting, self.sender):
            function.allow_items(self.tables.conversations.table_arn, ACCESS[function.node.id])
        self.connect.allow(["lambda:InvokeFunction"], self.message.function_arn)
        posts = [self.api.connections_arn("POST"), self.api.connections_arn("DELETE")]
        for function in (self.connect, *self._posting):
            function.allow(CONNECTION_ACTIONS, connections)
            function.allow(["execute-api:ManageConnections"], *posts)
            reasons = f"{NO_ID_YET} {UNDER_A_PREFIX}" if function is self.streamer else NO_ID_YET
            accept_in_policy(function.own_role, {"IAM5": reasons})
        allow_models(self.streamer, self._settings)
        allow_sending(self.sender, parameter=self._settings.vapid_parameter, subject=self._settings.vapid_subject)
        self.push.allow(["dynamodb:Query"], index_arn(self.tables.conversations, EXPIRY_INDEX))
        for function in (self.message, self.sweeper):
            function.allow(["states:StartExecution"], self.answers.arn)
        for function in (self.sweeper, self.emitter):  # ticks, and the room `global`
            function.allow(["dynamodb:Query"], index_arn(self.tables.connections, DUE_INDEX))
        self.sweeper.allow(["dynamodb:BatchGetItem"], connections)
        self.sweeper.allow(["dynamodb:Query"], index_arn(self.tables.conversations, LIVE_INDEX))

    def _tell(self) -> None:
        """Put out what a client needs, and the physical name of what an operator looks for."""
        outputs = {
            "WebSocketUrl": self.api.url,
            "CallbackUrl": self.api.callback_url,
            "Region": Aws.REGION,
            "TableConnections": self.tables.connections.table_name,
            "TableConversations": self.tables.conversations.table_name,
            "FunctionConnect": self.connect.function_name,
            "FunctionMessage": self.message.function_name,
            "FunctionPresence": self.presence.function_name,
            "FunctionStreamer": self.streamer.function_name,
            "FunctionSweeper": self.sweeper.function_name,
            "QueueOpenings": self.opening.openings.queue_name,
            "QueueOpeningsDead": self.opening.dead.queue_name,
            "QueueReminders": self.reminding.reminders.queue_name,
            "QueueRemindersDead": self.reminding.dead.queue_name,
            "QueueTicks": self.sweeping.ticks.queue_name,
            "QueueTicksDead": self.sweeping.dead.queue_name,
            "FunctionEmitter": self.emitter.function_name,
            "QueueBatches": self.emitting.batches.queue_name,
            "QueueEmittingDead": self.emitting.dead.queue_name,
            "FunctionPush": self.push.function_name,
            "FunctionSender": self.sender.function_name,
            "QueuePush": self.push_delivery.push.queue_name,
            "QueueDeliveries": self.push_delivery.deliveries.queue_name,
            "QueuePushDead": self.push_delivery.dead.queue_name,
            "BusChat": self.emitting.bus.event_bus_name,
            "StateMachineAnswers": self.answers.arn,
        }
        for key, value in (outputs | self._told_of_the_site()).items():
            CfnOutput(self, key, value=value)
        if not self._settings.vapid_public_key:
            Annotations.of(self).add_info_v2(
                "chat:PushIsOff", "web push is off: `make vapid-keys` makes what it needs."
            )

    def _told_of_the_site(self) -> dict[str, str]:
        """What `tools.publish` needs, and what the page is to know; whoever opens it can read that."""
        if not self.site:
            return {}
        config = {
            "socketPath": SOCKET_PATH,
            "enableWebsockets": self._settings.enable_websockets,
            "vapidPublicKey": self._settings.vapid_public_key,
        }
        return {
            "SiteUrl": self.site.url,
            "SiteDomain": self.site.distribution.domain_name,
            "SiteDistribution": self.site.distribution.distribution_id,
            "SiteConfig": json.dumps(config),
            "BucketSite": self.site.bucket.bucket_name,
        }

    def _function(self, name: str, size: FunctionSize, timeout_s: int) -> ChatFunction:
        return ChatFunction(
            self,
            name,
            code=bundling.function(f"functions/{name.lower()}", self._target),
            handler="handler.handler",
            layers=self._layers.all,
            size=size,
            timeout_s=timeout_s,
            environment=self._environment(),
            log_level=self._settings.log_level,
            log_retention_days=self._settings.log_retention_days,
        )

    def _environment(self) -> dict[str, str]:
        """What every function is told."""
        settings = self._settings
        return {
            "CONNECTIONS_TABLE": self.tables.connections.table_name,
            "CONVERSATIONS_TABLE": self.tables.conversations.table_name,
            "AWS_CLIENT": settings.aws_client,
            "URL_SUFFIX": Aws.URL_SUFFIX,
            "ENABLE_WEBSOCKETS": str(settings.enable_websockets).lower(),
            "ALLOWED_ORIGINS": settings.allowed_origins,
            "PING_INTERVAL_MS": str(settings.ping_interval_ms),
            "PING_TIMEOUT_MS": str(settings.ping_timeout_ms),
            "CONNECTION_LIFETIME_MS": str(settings.connection_lifetime_ms),
            "LARGE_ROOM": str(settings.large_room),
            "CHUNK_SIZE": str(settings.chunk_size),
            "CHUNK_DELAY_MS": str(settings.chunk_delay_ms),
            "MAX_FRAME_BYTES": str(settings.max_frame_bytes),
            "RECOVERY_WINDOW_MS": str(settings.recovery_window_ms),
            "RECOVERY_LOG_MAX": str(settings.recovery_log_max),
            "ANSWER_IN_RESPONSE": str(settings.answer_in_response).lower(),
        }


def _throttle(throttle: Throttle) -> apigatewayv2.ThrottleSettings:
    return apigatewayv2.ThrottleSettings(rate_limit=throttle.rate_per_s, burst_limit=throttle.burst)
