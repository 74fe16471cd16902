"""Agents as items of the conversations table, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import cached_property
from typing import TYPE_CHECKING

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio_chat import agents as providers
from serverless_socketio_chat.agents.model import AgentRecord, Model
from serverless_socketio_chat.model import check_name
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable
from serverless_socketio_chat.tables.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio.aws.ports import Item
    from serverless_socketio_chat.literals import AgentStatus

FORMER_PROVIDERS = {"companion": "companion:answer"}  # 0.1.0 had it in the layer: now it is a function as any other
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
    provider: str = item["provider"]
    provider = FORMER_PROVIDERS.get(provider, provider)
    return AgentRecord(agent_id, item["name"], provider, item.get("chunk_size"), item.get("chunk_delay"), model)


CHUNK_DELAY_MAX_MS = 60_000


def check_agent(agent: AgentRecord) -> AgentRecord:
    """An agent, if it can answer. ValueError for a pace that cannot be kept, or a model that cannot be asked.

    Chunks have a word at least, and come 0 to 60 s apart.
    """
    size, delay_ms = agent.chunk_size, agent.chunk_delay_ms
    if (size is not None and size < 1) or not 0 <= (delay_ms or 0) <= CHUNK_DELAY_MAX_MS:
        raise ValueError("A chunk must have at least one word, and come at most 60 s after the last")
    if providers.is_live(agent.provider) and not (agent.model and agent.model.name):
        raise ValueError(f"An agent of the provider {agent.provider!r} needs a model with a name")
    if agent.provider == "openai" and agent.model:
        from serverless_socketio_chat.agents.endpoints import completions_url

        completions_url(agent.model.url, allow_http=agent.model.allow_http)
    return agent


class Agents(InTable):
    """Agents, and whether their providers answer."""

    @cached_property
    def _recent_agents(self) -> Recent[AgentRecord | None]:
        return Recent(self._clock)

    def agent(self, agent_id: str) -> AgentRecord | None:
        """An agent. One read, or none in a warm function."""
        return self._recent_agents.get(agent_id, self._read_agent)

    def agents(self) -> Iterator[AgentRecord]:
        """All agents, by id. One query."""
        return map(agent_of, self._table.query(keys.AGENTS))

    def note_status(self, agent_id: str, status: AgentStatus) -> bool:
        """Note how an agent's provider does; whether that is a change. One read, and one write if it is."""
        item = self._table.get(keys.agent(agent_id))
        if item is None or (item.get("status") or "available") == status:
            return False
        unchanged = "#status = :seen" if item.get("status") else "attribute_not_exists(#status)"
        seen = {":seen": item["status"]} if item.get("status") else {}
        try:
            self._table.update(
                keys.agent(agent_id),
                "SET #status = :status",
                condition=f"attribute_exists(pk) AND {unchanged}",
                values={":status": status, **seen},
            )
        except ConditionFailed:  # another function has noted it
            return False
        return True

    def put_agent(
        self,
        agent_id: str,
        name: str,
        *,
        provider: str | None = None,
        chunk_size: int | None = None,
        chunk_delay_ms: int | None = None,
        model: Model | None = None,
    ) -> AgentRecord:
        """Create or change an agent; without a `provider`, its id names the code. Raises ValueError."""
        return self.save_agent(AgentRecord(agent_id, name, provider or agent_id, chunk_size, chunk_delay_ms, model))

    def save_agent(self, agent: AgentRecord) -> AgentRecord:
        """Create or change an agent, which counts as available until its provider fails. Raises ValueError."""
        check_name(agent.agent_id)
        self._table.put(agent_item(check_agent(agent)))
        self._recent_agents.forget(agent.agent_id)
        return agent

    def _read_agent(self, agent_id: str) -> AgentRecord | None:
        item = self._table.get(keys.agent(agent_id), consistent=False)
        return None if item is None else agent_of(item)
