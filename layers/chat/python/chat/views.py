"""The chat's records as clients see them: the payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat.notifications import Action, Notification, Preferences
    from chat.ports import AgentRecord, AgentStatus, Announced, Chat, Message, Stream
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


def typing(chat: Chat, *, is_typing: bool, now_ms: int, user_id: str | None = None) -> dict[str, Any]:
    """``chat:typing``; without a `user_id` it is the agent who types."""
    named = {} if user_id is None else {"userId": user_id}
    return {"agentId": chat.agent_id, **named, "isTyping": is_typing, "timestamp": now_ms}


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


def presence(announced: Announced | None, now_ms: int) -> dict[str, Any]:
    """A user's presence as the acks of ``presence:subscribe`` and ``presence:unsubscribe`` have it."""
    if announced is None:
        return {"status": "offline", "lastSeen": None}
    last_seen = now_ms if announced.status == "online" else announced.last_seen
    return {"status": announced.status, "lastSeen": last_seen}


def presence_updated(user_id: str, news: Announced) -> dict[str, Any]:
    """``presence:updated``."""
    return {"userId": user_id, "status": news.status, "lastSeen": news.last_seen, "timestamp": news.timestamp}


def notification(of: Notification) -> dict[str, Any]:
    """``notification``: what a push would have said."""
    given = {"icon": of.icon, "badge": of.badge, "url": of.url, "tag": of.tag}
    actions = {"actions": [action(each) for each in of.actions]} if of.actions else {}
    named = {name: value for name, value in given.items() if value is not None}
    return {"title": of.title, "body": of.body, **named, **actions, "timestamp": of.timestamp}


def action(of: Action) -> dict[str, str]:
    """A button of a notification."""
    leads = {} if of.url is None else {"url": of.url}
    return {"action": of.action, "title": of.title, **leads}


def push_settings(preferences: Preferences) -> dict[str, Any]:
    """The ack of ``push:settings``."""
    hours = preferences.quiet_hours
    return {
        "quietHours": None if hours is None else {"start": hours.start, "end": hours.end},
        "timeZone": preferences.time_zone,
        "mutedAgents": list(preferences.muted_agents),
    }


def agent_updated(agent: AgentRecord, status: AgentStatus, now_ms: int) -> dict[str, Any]:
    """``agent:updated``."""
    return {"agentId": agent.agent_id, "name": agent.name, "status": status, "timestamp": now_ms}
