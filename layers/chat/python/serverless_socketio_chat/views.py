"""The chat's records as clients see them: the payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.notifications import Action, Notification, Preferences
    from serverless_socketio_chat.ports import AgentRecord, AgentStatus, Announced, Chat, Message, Stream
    from serverless_socketio_chat.relations import Relation


def message(chat: Chat, line: Message) -> wire.Message:
    """``chat:message``, and a line of history."""
    shown: wire.Message = {
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
    return shown


def typing(chat: Chat, *, is_typing: bool, at_ms: int, user_id: str | None = None) -> wire.Typing:
    """``chat:typing``; without a `user_id` it is the agent who types."""
    shown: wire.Typing = {"agentId": chat.agent_id, "isTyping": is_typing, "timestamp": at_ms}
    if user_id is not None:
        shown["userId"] = user_id
    return shown


def chunk(stream: Stream, text: str, index: int, now_ms: int) -> wire.Chunk:
    """``chat:message:stream``."""
    return {
        "agentId": stream.chat.agent_id,
        "messageId": stream.reply_id,
        "replyTo": stream.message_id,
        "chunk": text,
        "index": index,
        "timestamp": now_ms,
    }


def complete(stream: Stream, text: str, now_ms: int) -> wire.Complete:
    """``chat:message:complete``."""
    return {
        "agentId": stream.chat.agent_id,
        "messageId": stream.reply_id,
        "replyTo": stream.message_id,
        "message": text,
        "chunks": stream.position,
        "finishReason": stream.finish_reason or "stop",  # one that ends has a reason
        "timestamp": now_ms,
    }


def relation_fields(relation: Relation) -> wire.Relation:
    """Where the two stand, as the ack of ``chat:join`` and ``relation:updated`` say it."""
    return {
        "emotions": dict(relation.emotions),
        "relationLevel": relation.level,
        "relationState": relation.state,
    }


def relation_updated(chat: Chat, relation: Relation, now_ms: int) -> wire.RelationUpdated:
    """``relation:updated``."""
    return {"agentId": chat.agent_id, "userId": chat.user_id, **relation_fields(relation), "timestamp": now_ms}


def presence(announced: Announced | None, now_ms: int) -> wire.Presence:
    """A user's presence as the acks of ``presence:subscribe`` and ``presence:unsubscribe`` have it."""
    if announced is None:
        return {"status": "offline", "lastSeen": None}
    last_seen = now_ms if announced.status == "online" else announced.last_seen
    return {"status": announced.status, "lastSeen": last_seen}


def presence_updated(user_id: str, news: Announced) -> wire.PresenceUpdated:
    """``presence:updated``."""
    return {"userId": user_id, "status": news.status, "lastSeen": news.last_seen, "timestamp": news.timestamp}


def notification(of: Notification) -> wire.Notification:
    """``notification``: what a push would have said."""
    shown: wire.Notification = {"title": of.title, "body": of.body, "timestamp": of.timestamp}
    if of.icon is not None:
        shown["icon"] = of.icon
    if of.badge is not None:
        shown["badge"] = of.badge
    if of.url is not None:
        shown["url"] = of.url
    if of.tag is not None:
        shown["tag"] = of.tag
    if of.actions:
        shown["actions"] = [action(each) for each in of.actions]
    return shown


def action(of: Action) -> wire.Action:
    """A button of a notification."""
    shown: wire.Action = {"action": of.action, "title": of.title}
    if of.url is not None:
        shown["url"] = of.url
    return shown


def push_settings(preferences: Preferences) -> wire.PushPreferences:
    """The ack of ``push:settings``."""
    hours = preferences.quiet_hours
    return {
        "quietHours": None if hours is None else {"start": hours.start, "end": hours.end},
        "timeZone": preferences.time_zone,
        "mutedAgents": list(preferences.muted_agents),
    }


def agent_updated(agent: AgentRecord, status: AgentStatus, now_ms: int) -> wire.AgentUpdated:
    """``agent:updated``."""
    return {"agentId": agent.agent_id, "name": agent.name, "status": status, "timestamp": now_ms}
