"""Agents and relations as clients see them: payloads of the public contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.agents.model import AgentRecord
    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.literals import AgentStatus


def relation_fields(relation: Relation) -> wire.RelationPayload:
    """Where the two stand, as the ack of ``chat:join`` and ``relation:updated`` say it."""
    return {
        "emotions": dict(relation.emotions),
        "relationLevel": relation.level,
        "relationState": relation.state,
    }


def agent_updated(agent: AgentRecord, status: AgentStatus, now_ms: int) -> wire.AgentUpdatedPayload:
    """``agent:updated``."""
    return {"agentId": agent.agent_id, "name": agent.name, "status": status, "timestamp": now_ms}
