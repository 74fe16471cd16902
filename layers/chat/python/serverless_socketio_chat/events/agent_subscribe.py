"""``agent:subscribe`` and ``agent:unsubscribe``: hear of changes of an agent, or no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.events.model import ChatEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class AgentSubscribe(ChatEvent):
    """Hear of changes of an agent, or no more."""


def agent_subscribe(context: Context, body: AgentSubscribe) -> wire.RoomPayload:
    """Enter the agent's room."""
    agent = context.agent(body.agent_id)
    context.services.room.enter(agent, context.sender)
    return {"room": agent.room}


def agent_unsubscribe(context: Context, body: AgentSubscribe) -> wire.RoomPayload:
    """Leave it; what was on its way may still come for a second."""
    agent = context.agent(body.agent_id)
    context.services.room.leave(agent, context.sender)
    return {"room": agent.room}


SUBSCRIBE = Event(AgentSubscribe, agent_subscribe, errors=(NotFound,))
UNSUBSCRIBE = Event(AgentSubscribe, agent_unsubscribe, errors=(NotFound,))
