"""Messages and answers as clients see them: payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.payloads import relation_fields

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.answers.model import Message, Stream
    from serverless_socketio_chat.model import Chat


def message(chat: Chat, line: Message) -> wire.MessagePayload:
    """``chat:message``, and a line of history."""
    shown: wire.MessagePayload = {
        "agentId": chat.agent_id,
        "userId": chat.user_id,
        "messageId": line.message_id,
        "role": line.role,
        "message": line.text,
        "timestamp": line.timestamp,
    }
    if line.client_message_id is not None:
        shown["clientMessageId"] = line.client_message_id
    if line.finish_reason is not None:
        shown["finishReason"] = line.finish_reason
    if line.replaces is not None:
        shown["replaces"] = line.replaces
    if line.replaced_by is not None:
        shown["replacedBy"] = line.replaced_by
    return shown


def typing(chat: Chat, *, is_typing: bool, at_ms: int, user_id: str | None = None) -> wire.TypingPayload:
    """``chat:typing``; without a `user_id` it is the agent who types."""
    shown: wire.TypingPayload = {"agentId": chat.agent_id, "isTyping": is_typing, "timestamp": at_ms}
    if user_id is not None:
        shown["userId"] = user_id
    return shown


def chunk(stream: Stream, text: str, index: int, now_ms: int) -> wire.ChunkPayload:
    """``chat:message:stream``."""
    shown: wire.ChunkPayload = {
        "agentId": stream.chat.agent_id,
        "messageId": stream.reply_id,
        "replyTo": stream.message_id,
        "chunk": text,
        "index": index,
        "timestamp": now_ms,
    }
    if stream.replaces is not None:
        shown["replaces"] = stream.replaces
    return shown


def complete(stream: Stream, text: str, now_ms: int) -> wire.CompletePayload:
    """``chat:message:complete``."""
    shown: wire.CompletePayload = {
        "agentId": stream.chat.agent_id,
        "messageId": stream.reply_id,
        "replyTo": stream.message_id,
        "message": text,
        "chunks": stream.position,
        "finishReason": stream.finish_reason or "stop",  # one that ends has a reason
        "timestamp": now_ms,
    }
    if stream.replaces is not None:
        shown["replaces"] = stream.replaces
    return shown


def in_flight(stream: Stream, text: str, index: int) -> wire.InFlightPayload:
    """An answer that is being given, in the ack of ``chat:join``."""
    shown: wire.InFlightPayload = {"messageId": stream.reply_id, "text": text, "index": index}
    if stream.replaces is not None:
        shown["replaces"] = stream.replaces
    return shown


def relation_updated(chat: Chat, relation: Relation, now_ms: int) -> wire.RelationUpdatedPayload:
    """``relation:updated``."""
    return {"agentId": chat.agent_id, "userId": chat.user_id, **relation_fields(relation), "timestamp": now_ms}
