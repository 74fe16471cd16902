"""Agents as items of the conversations table, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.live import Model
from serverless_socketio_chat.agents.model import AgentRecord
from serverless_socketio_chat.tables import keys

if TYPE_CHECKING:
    from serverless_socketio.aws.ports import Item

MODEL_FIELDS = {field.name for field in fields(Model)}


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


CHUNK_DELAY_MAX_MS = 60_000


def check_agent(agent: AgentRecord) -> AgentRecord:
    """An agent, if it can answer. ValueError for a pace that cannot be kept, or a model that cannot be asked.

    Chunks have a word at least, and come 0 to 60 s apart.
    """
    size, delay_ms = agent.chunk_size, agent.chunk_delay_ms
    if (size is not None and size < 1) or not 0 <= (delay_ms or 0) <= CHUNK_DELAY_MAX_MS:
        raise ValueError("A chunk has at least one word, and comes at most 60 s after the last")
    if agents.is_live(agent.provider) and not (agent.model and agent.model.name):
        raise ValueError(f"An agent of the provider {agent.provider!r} needs a model with a name")
    if agent.provider == "openai" and agent.model:
        from serverless_socketio_chat.agents.endpoints import completions_url

        completions_url(agent.model.url, allow_http=agent.model.allow_http)
    return agent
