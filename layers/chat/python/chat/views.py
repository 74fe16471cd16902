"""The chat's records as clients see them: the payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat.ports import AgentRecord, Chat, Message, Stream
    from chat.relations import Relation


def message(chat: Chat, line: Message) -> dict[str, Any]:
    """``chat:message``, and a line of history."""
    named = {} if line.client_message_id is None else {"clientMessageId": line.client_message_id}
    return {
        "agentId": chat.agent_id,
        "userId": chat.user_id,
        "messageId": line.message_id,
        **named,
        "role": line.role,
        "message": line.text,
        "timestamp": line.timestamp,
    }


def chunk(stream: Stream, text: str, index: int, now_ms: int) -> dict[str, Any]:
    """``chat:message:stream``."""
    return {
        "agentId": stream.chat.agent_id,
        "messageId": stream.reply_id,
        "replyTo": stream.message_id,
        "chunk": text,
        "index": index,
        "timestamp": now_ms,
    }


def complete(stream: Stream, text: str, now_ms: int) -> dict[str, Any]:
    """``chat:message:complete``."""
    return {
        "agentId": stream.chat.agent_id,
        "messageId": stream.reply_id,
        "replyTo": stream.message_id,
        "message": text,
        "chunks": stream.position,
        "finishReason": stream.finish_reason,
        "timestamp": now_ms,
    }


def relation_fields(relation: Relation) -> dict[str, Any]:
    """Where the two stand, as the ack of ``chat:join`` and ``relation:updated`` say it."""
    return {
        "emotions": dict(relation.emotions),
        "relationLevel": relation.level,
        "relationState": relation.state,
    }


def relation_updated(chat: Chat, relation: Relation, now_ms: int) -> dict[str, Any]:
    """``relation:updated``."""
    return {"agentId": chat.agent_id, "userId": chat.user_id, **relation_fields(relation), "timestamp": now_ms}


def agent_updated(agent: AgentRecord, status: str, now_ms: int) -> dict[str, Any]:
    """What ``agent:updated`` says of an agent, to its room."""
    return {"agentId": agent.agent_id, "name": agent.name, "status": status, "timestamp": now_ms}
