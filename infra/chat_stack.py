"""The chat as one stack: which constructs there are, who knows whom, and who may do what."""

from aws_cdk import Aws, CfnOutput, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from constructs import Construct

from infra import bundling
from infra.config import Config, FunctionSize, Throttle
from infra.constructs.accepted import accept_in_policy
from infra.constructs.answers import Answers
from infra.constructs.chat_function import ChatFunction
from infra.constructs.layers import Layers
from infra.constructs.log_group import log_group
from infra.constructs.realtime_api import RealtimeApi
from infra.constructs.sweeping import Sweeping
from infra.constructs.tables import DUE_INDEX, LIVE_INDEX, Tables, index_arn

CONNECT_TIMEOUT_S = 10
MESSAGE_TIMEOUT_S = 20  # API Gateway gives up at 29
STREAMER_TIMEOUT_S = 60  # a burst plans for less; the workflow allows 70
SWEEPER_TIMEOUT_S = 60

CONNECTION_ACTIONS = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
CONVERSATION_ACTIONS = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem")


class ChatStack(Stack):
    """Tables, layers, four functions, the API before them, the workflow and the ticks behind them."""

    def __init__(self, scope: Construct, id: str, *, settings: Config) -> None:
        super().__init__(scope, id, description="Socket.IO chat with AI agents, without a server")
        self._settings = settings
        target = bundling.local_target() if settings.bundle_for == "local" else bundling.lambda_target()
        self._layers = Layers(self, "Layers", target=target)
        self.tables = Tables(self, "Tables", keep_data=settings.keep_data)
        self._functions()
        self.api = RealtimeApi(
            self,
            "Api",
            connect=self.connect,
            default=self.message,
            default_answers=settings.answer_in_response,
            throttle=_throttle(settings.throttle),
            connect_throttle=_throttle(settings.connect_throttle),
            log_group=log_group(self, "ApiLog", days=settings.log_retention_days),
            account_log_role=settings.api_gateway_log_role,
            fixed_id=settings.local_api_id,
        )
        self.answers = Answers(self, "Answers", streamer=self.streamer, log_retention_days=settings.log_retention_days)
        self.sweeping = Sweeping(self, "Sweeping", sweeper=self.sweeper, sweeper_timeout_s=SWEEPER_TIMEOUT_S)
        self._introduce()
        self._permit()
        self._tell()

    def _functions(self) -> None:
        """Make the doors, and apart from them what sleeps: a thousand answers never keep a `$connect` waiting."""
        size = self._settings
        self.message = self._function("Message", "functions/message", "handler", size.message, MESSAGE_TIMEOUT_S)
        self.connect = self._function("Connect", "functions/connect", "handler", size.connect, CONNECT_TIMEOUT_S)
        self.streamer = self._function("Streamer", "functions/message", "streamer", size.streamer, STREAMER_TIMEOUT_S)
        self.sweeper = self._function("Sweeper", "functions/message", "sweeper", size.sweeper, SWEEPER_TIMEOUT_S)
        # Called asynchronously as the opener. A retry comes a minute later, when the client has long gone; while it is
        # throttled, Lambda keeps trying within the age.
        self.message.configure_async_invoke(retry_attempts=0, max_event_age=Duration.seconds(60))

    def _introduce(self) -> None:
        """Tell the functions of what could only be made after them."""
        for function in (self.connect, self.message, self.streamer, self.sweeper):
            function.add_environment("CALLBACK_URL", self.api.callback_url)
        for function in (self.message, self.sweeper):
            function.add_environment("STATE_MACHINE_ARN", self.answers.arn)
        self.connect.add_environment("OPENER_FUNCTION", self.message.function_name)

    def _permit(self) -> None:
        """Grant what the code calls, action by action. Transactions need the actions they are made of."""
        connections = self.tables.connections.table_arn
        conversations = self.tables.conversations.table_arn
        self.connect.allow(CONNECTION_ACTIONS, connections)
        self.connect.allow(["dynamodb:GetItem"], conversations)
        self.connect.allow(["lambda:InvokeFunction"], self.message.function_arn)
        posts = [self.api.connections_arn("POST"), self.api.connections_arn("DELETE")]
        for function in (self.message, self.streamer, self.sweeper):
            function.allow(CONNECTION_ACTIONS, connections)
            function.allow(CONVERSATION_ACTIONS, conversations)
            function.allow(["execute-api:ManageConnections"], *posts)
            accept_in_policy(
                function.own_role, {"IAM5": "Connections have no id before they are opened: @connections/*."}
            )
        for function in (self.message, self.sweeper):
            function.allow(["states:StartExecution"], self.answers.arn)
        self.sweeper.allow(["dynamodb:BatchGetItem"], connections)
        self.sweeper.allow(["dynamodb:Query"], index_arn(self.tables.connections, DUE_INDEX))
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
            "FunctionStreamer": self.streamer.function_name,
            "FunctionSweeper": self.sweeper.function_name,
            "QueueTicks": self.sweeping.ticks.queue_name,
            "QueueTicksDead": self.sweeping.dead.queue_name,
            "StateMachineAnswers": self.answers.arn,
        }
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)

    def _function(self, name: str, folder: str, module: str, size: FunctionSize, timeout_s: int) -> ChatFunction:
        return ChatFunction(
            self,
            name,
            folder=folder,
            handler=f"{module}.handler",
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
            "ENABLE_WEBSOCKETS": str(settings.enable_websockets).lower(),
            "ALLOWED_ORIGINS": settings.allowed_origins,
            "PING_INTERVAL_MS": str(settings.ping_interval_ms),
            "PING_TIMEOUT_MS": str(settings.ping_timeout_ms),
            "CHUNK_SIZE": str(settings.chunk_size),
            "CHUNK_DELAY_MS": str(settings.chunk_delay_ms),
            "MAX_FRAME_BYTES": str(settings.max_frame_bytes),
            "RECOVERY_WINDOW_MS": str(settings.recovery_window_ms),
            "RECOVERY_LOG_MAX": str(settings.recovery_log_max),
            "ANSWER_IN_RESPONSE": str(settings.answer_in_response).lower(),
        }


def _throttle(throttle: Throttle) -> apigatewayv2.ThrottleSettings:
    return apigatewayv2.ThrottleSettings(rate_limit=throttle.rate_per_s, burst_limit=throttle.burst)
