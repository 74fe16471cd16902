"""What the commands work with: the chat's own stores over a deployment's tables, made when first used."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from chat_admin.dead_letters import DeadLetters
from chat_admin.deployment import EMITTING_QUEUES, PUSH_QUEUES, Deployment
from chat_admin.emitting_letters import emitting_letters
from chat_admin.errors import AdminError
from chat_admin.push_letters import push_letters
from serverless_socketio import Emitter
from serverless_socketio.aws.store import DynamoStore
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.aws.transport import ApiGatewayTransport
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.accounts.access import GLOBAL_ROOM
from serverless_socketio_chat.accounts.directory import Directory
from serverless_socketio_chat.answers.table import TableStreams
from serverless_socketio_chat.conversations.table import TableConversations
from serverless_socketio_chat.model import Chat
from serverless_socketio_chat.presence.table import TablePresence

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

LOCAL_KEY = "test"  # of the local engine's root user: key and secret
BUCKETS = 64  # of heartbeats: as many as any ping interval has, since a global event may leave no connection out


class Admin:
    """One deployment, as its operator sees it."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.clock = SystemClock()

    @cached_property
    def directory(self) -> Directory:
        """Users, keys, plans and agents."""
        return Directory(self._conversations_table, self.clock)

    @cached_property
    def conversations(self) -> TableConversations:
        """Chats."""
        return TableConversations(self._conversations_table, self.clock)

    @cached_property
    def streams(self) -> TableStreams:
        """Answers."""
        return TableStreams(self._conversations_table, self.clock)

    @cached_property
    def presence(self) -> TablePresence:
        """Who is there."""
        return TablePresence(self._conversations_table, self.clock)

    @cached_property
    def store(self) -> DynamoStore:
        """Connections and rooms."""
        table = DynamoTable(self._deployment.connections_table, self._client("dynamodb"))
        return DynamoStore(table, self.clock, buckets=BUCKETS)

    @cached_property
    def push_letters(self) -> DeadLetters:
        """What could not be pushed. Raises AdminError."""
        return push_letters(self._client("sqs"), self._queue_urls(PUSH_QUEUES, "web push"), self.clock)

    @cached_property
    def emitting_letters(self) -> DeadLetters:
        """What could not be emitted. Raises AdminError."""
        return emitting_letters(self._client("sqs"), self._queue_urls(EMITTING_QUEUES, "bus"))

    def _queue_urls(self, outputs: Mapping[str, str], what: str) -> dict[str, str]:
        """Return the URLs of queues by their own names, the dead letters' last. Raises AdminError."""
        names = self._deployment.queues
        if outputs.keys() - names.keys():
            dead = [*outputs][-1]
            raise AdminError(f"This deployment has no {what}: its outputs name no queue `{dead}`. Deploy it anew")
        client = self._client("sqs")
        return {name: client.get_queue_url(QueueName=names[name])["QueueUrl"] for name in outputs}

    def emit(self, event: str, data: Any, room: str) -> int:
        """Send an event to a room; returns to how many sockets. The room `global` is all sockets."""
        emitter = Emitter(self.store, ApiGatewayTransport(self._management), everyone_room=GLOBAL_ROOM)
        members = emitter.members(room, "/")
        emitter.fanout.emit(members, event, *([] if data is None else [data]))
        return len(members)

    def newest(self, user_id: str, agent_id: str, count: int) -> list[dict[str, Any]]:
        """Return a chat's newest messages, newest first, without their texts."""
        lines = self.conversations.history(Chat(user_id, agent_id))
        return [
            {"messageId": line.message_id, "role": line.role, "timestamp": line.timestamp, "codePoints": len(line.text)}
            for line, _ in zip(lines, range(count), strict=False)
        ]

    @cached_property
    def _conversations_table(self) -> DynamoTable:
        return DynamoTable(self._deployment.conversations_table, self._client("dynamodb"))

    def _management(self) -> "ApiGatewayManagementApiClient":
        client: ApiGatewayManagementApiClient = self._client("apigatewaymanagementapi", self._deployment.management_url)
        return client

    def _client(self, service: str, url: str | None = None) -> Any:
        deployment = self._deployment
        key = None if deployment.endpoint is None else LOCAL_KEY  # None: the shell's
        session: Any = boto3.Session(aws_access_key_id=key, aws_secret_access_key=key, region_name=deployment.region)
        config = Config(retries={"total_max_attempts": 1 if url else 4, "mode": "standard"}, inject_host_prefix=False)
        return session.client(service, endpoint_url=url or deployment.endpoint, config=config)
