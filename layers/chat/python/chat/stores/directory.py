"""`ports.Directory` over the conversations table, and what administrators write there."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from chat import agents
from chat.ports import AgentRecord, User
from chat.stores import keys
from chat.stores.records import agent_item, agent_of
from serverless_socketio.exceptions import ConditionFailed

if TYPE_CHECKING:
    from chat.live import Model
    from chat.ports import AgentStatus
    from serverless_socketio.ports import Clock, Table

CHUNK_DELAY_MAX_MS = 60_000
AGENT_CACHE_S = 30.0  # how long a warm function trusts what it read of an agent
NAME = re.compile(r"[^\s#:\x00-\x1f]{1,128}")


def digest(key: str) -> str:
    """What is stored of an API key. Keys are random, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def check_name(name: str) -> str:
    """A user or agent id, if it may be one. ValueError for a space, ``#``, ``:``: they part keys and rooms."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be an id: 1 to 128 characters, without white space, '#' and ':'")
    return name


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
        from chat.agents.endpoints import completions_url  # for administrators: not in the way of a cold start

        completions_url(agent.model.url, allow_http=agent.model.allow_http)
    return agent


class Directory:
    """Users, keys and agents in a table."""

    def __init__(self, table: Table, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock
        self._agents: dict[str, tuple[float, AgentRecord]] = {}

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key; None if unknown or revoked. One read."""
        item = self._table.get(keys.api_key(key_digest))
        return None if item is None else User(item["user_id"], item["plan"])

    def agent(self, agent_id: str) -> AgentRecord | None:
        """An agent. One read, or none in a warm function."""
        until, known = self._agents.get(agent_id, (0.0, None))
        now = self._clock.monotonic() if self._clock else 0.0
        if known is not None and now < until:
            return known
        item = self._table.get(keys.agent(agent_id), consistent=False)
        if item is None:
            return None
        record = agent_of(item)
        self._agents[agent_id] = (now + AGENT_CACHE_S, record)
        return record

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
        except ConditionFailed:  # somebody else has noted it
            return False
        return True

    def put_user(self, user_id: str, plan: str) -> None:
        """Create a user, or move one and all keys of the user to another plan."""
        self._table.put({**keys.user(check_name(user_id)), "plan": plan})
        for row in self._table.query(keys.user(user_id)["pk"], begins_with="KEY#"):
            self._put_key(user_id, plan, row["sk"].removeprefix("KEY#"))

    def put_key(self, api_key: str, user_id: str) -> None:
        """Let a key stand for a user. Raises LookupError for an unknown user."""
        user = self._table.get(keys.user(user_id))
        if user is None:
            raise LookupError(f"There is no user {user_id}")
        self._put_key(user_id, user["plan"], digest(api_key))

    def put_agent(
        self,
        agent_id: str,
        name: str,
        *,
        provider: str | None = None,
        chunk_size: int | None = None,
        chunk_delay_ms: int | None = None,
        model: Model | None = None,
    ) -> None:
        """Create or change an agent; without a `provider`, its id names the code. Raises ValueError.

        It counts as available again, until its provider fails.
        """
        record = AgentRecord(check_name(agent_id), name, provider or agent_id, chunk_size, chunk_delay_ms, model)
        self._table.put(agent_item(check_agent(record)))
        self._agents.pop(agent_id, None)

    def _put_key(self, user_id: str, plan: str, key_digest: str) -> None:
        self._table.put({**keys.user_key(user_id, key_digest)})
        self._table.put({**keys.api_key(key_digest), "user_id": user_id, "plan": plan})
