"""Records of the chat as items of the conversations table, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any
from zlib import crc32

from serverless_socketio.model import Member
from serverless_socketio_chat.live import Model
from serverless_socketio_chat.notifications import Told
from serverless_socketio_chat.ports import AgentRecord, Chat, Message, Sender, Stream
from serverless_socketio_chat.stores import keys
from serverless_socketio_chat.stores.pushes import notification_fields, notification_in

if TYPE_CHECKING:
    from serverless_socketio.aws.ports import Item

MODEL_FIELDS = {field.name for field in fields(Model)}


def message_item(chat: Chat, message: Message) -> Item:
    """A line of a chat."""
    return {
        **keys.message(chat, message.message_id),
        "role": message.role,
        "text": message.text,
        "timestamp": message.timestamp,
        "client_message_id": message.client_message_id,
        **({} if message.finish_reason is None else {"finish_reason": message.finish_reason}),
        **({"refused": True} if message.refused else {}),
    }


def message_of(item: Item) -> Message:
    """`message_item` undone."""
    return Message(
        item["sk"].removeprefix("MSG#"),
        item["role"],
        item["text"],
        item["timestamp"],
        item.get("client_message_id"),
        item.get("finish_reason"),
        item.get("refused", False),
    )


def stream_item(stream: Stream) -> Item:
    """The control record of an answer, in the index of live ones."""
    return {
        **keys.stream(stream.reply_id),
        "live": f"LIVE#{crc32(stream.reply_id.encode()) % keys.LIVE_SHARDS}",
        "created": stream.created_ms,
        "message_id": stream.message_id,
        "user_id": stream.chat.user_id,
        "agent_id": stream.chat.agent_id,
        "phase": stream.phase,
        "epoch": stream.epoch,
        "lease_until": stream.lease_until_ms,
        "chunk_size": stream.chunk_size,
        "chunk_delay": stream.chunk_delay_ms,
        "due": stream.due_ms,
        "position": stream.position,
        "chunks": stream.chunks,
        "starts": stream.starts_ms,
        "relayed": stream.relayed,
        "tries": stream.tries,
        "sender": None if stream.sender is None else _sender_item(stream.sender),
        "notice": stream.notice,
    }


def stream_of(item: Item) -> Stream:
    """`stream_item` undone."""
    return Stream(
        reply_id=item["pk"].removeprefix("STREAM#"),
        message_id=item["message_id"],
        chat=Chat(item["user_id"], item["agent_id"]),
        created_ms=item["created"],
        lease_until_ms=item["lease_until"],
        chunk_size=item["chunk_size"],
        chunk_delay_ms=item["chunk_delay"],
        due_ms=item["due"],
        sender=_sender_of(item["sender"]) if item.get("sender") else None,
        phase=item["phase"],
        epoch=item["epoch"],
        position=item["position"],
        chunks=item["chunks"],
        starts_ms=item["starts"],
        relayed=item.get("relayed", False),
        stop=item.get("stop", False),
        tries=item["tries"],
        finish_reason=item.get("finish_reason"),
        notice=item.get("notice"),
        complete_claimed=item.get("complete_claimed", False),
        complete_posted=item.get("complete_posted", False),
    )


def agent_item(agent: AgentRecord) -> Item:
    """An agent."""
    return {
        **keys.agent(agent.agent_id),
        "name": agent.name,
        "provider": agent.provider,
        "chunk_size": agent.chunk_size,
        "chunk_delay": agent.chunk_delay_ms,
        "model": None if agent.model is None else asdict(agent.model),
    }


def agent_of(item: Item) -> AgentRecord:
    """`agent_item` undone; settings of a later version's are left out."""
    stored = item.get("model")
    model = None if stored is None else Model(**{name: stored[name] for name in MODEL_FIELDS & stored.keys()})
    agent_id = item["sk"].removeprefix("AGENT#")
    return AgentRecord(agent_id, item["name"], item["provider"], item.get("chunk_size"), item.get("chunk_delay"), model)


def told_item(user_id: str, told: Told) -> Item:
    """A notification that devices were told."""
    return {
        **keys.told(user_id, told.notification.id),
        "notification": notification_fields(told.notification),
        "sids": sorted(told.sids),
        "at": told.at_ms,
    }


def told_of(item: Item) -> Told:
    """`told_item` undone."""
    return Told(notification_in(item["notification"]), frozenset(item["sids"]), item["at"])


def _sender_item(sender: Sender) -> dict[str, Any]:
    member = sender.member
    return {
        "sid": member.sid,
        "address": member.address,
        "namespace": member.namespace,
        "form": member.form,
        "place": sender.order,
    }


def _sender_of(item: dict[str, Any]) -> Sender:
    return Sender(Member(item["sid"], item["address"], item["namespace"], item["form"]), item["place"])
