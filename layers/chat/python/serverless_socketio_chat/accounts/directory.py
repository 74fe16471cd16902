"""`accounts.ports.Directory` over the conversations table, and what administrators write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.accounts import plans
from serverless_socketio_chat.accounts.plans import Plan
from serverless_socketio_chat.accounts.table import Accounts
from serverless_socketio_chat.agents.model import AgentRecord
from serverless_socketio_chat.agents.table import agent_item, agent_of, check_agent
from serverless_socketio_chat.model import check_name
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio.aws.ports import Item, Table
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.agents.live import Model
    from serverless_socketio_chat.agents.model import AgentStatus


class Directory(Accounts):
    """Users, keys, plans and agents in a table."""

    def __init__(self, table: Table, clock: Clock | None = None) -> None:
        super().__init__(table, clock or SystemClock())
        self._agents: Recent[AgentRecord | None] = Recent(self._clock)
        self._plans: Recent[Plan] = Recent(self._clock)

    def agent(self, agent_id: str) -> AgentRecord | None:
        """An agent. One read, or none in a warm function."""
        return self._agents.get(agent_id, self._read_agent)

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
        except ConditionFailed:  # somebody else has noted it
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
        self._agents.forget(agent.agent_id)
        return agent

    def plan(self, name: str) -> Plan:
        """A plan; its default if it was never written, `free` if there is none either.

        One read, or none in a warm function.
        """
        return self._plans.get(name, self._read_plan)

    def plans(self) -> list[Plan]:
        """All plans, by name, also those never written. One query."""
        stored = {plan.name: plan for plan in map(_plan_of, self._table.query(keys.PLANS))}
        return sorted((plans.DEFAULTS | stored).values(), key=lambda plan: plan.name)

    def put_plan(self, plan: Plan, *, if_new: bool = False) -> None:
        """Write a plan, or only one that was never written. Raises ValueError."""
        item = {
            **keys.plan(check_name(plan.name)),
            "messages": plans.check(plan).messages,
            "burst": plan.burst,
            "connections": plan.connections,
        }
        try:
            self._table.put(item, condition="attribute_not_exists(pk)" if if_new else None)
        except ConditionFailed:
            return
        self._plans.forget(plan.name)

    def _read_agent(self, agent_id: str) -> AgentRecord | None:
        item = self._table.get(keys.agent(agent_id), consistent=False)
        return None if item is None else agent_of(item)

    def _read_plan(self, name: str) -> Plan:
        item = self._table.get(keys.plan(name), consistent=False)
        if item is not None:
            return _plan_of(item)
        return plans.DEFAULTS.get(name) or self._read_plan(plans.FALLBACK)


def _plan_of(item: Item) -> Plan:
    return Plan(item["sk"].removeprefix("PLAN#"), item["messages"], item["burst"], item["connections"])
