"""Agents as operators record them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.literals import AgentStatus as AgentStatus

if TYPE_CHECKING:
    from serverless_socketio_chat.agents.live import Model


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """An agent that users may talk to; `provider` names the code that answers.

    `chunk_size` and `chunk_delay_ms` None: the deployment's pacing. `model`: what a live provider needs.
    """

    agent_id: str
    name: str
    provider: str
    chunk_size: int | None = None
    chunk_delay_ms: int | None = None
    model: Model | None = None

    @property
    def room(self) -> str:
        """Where changes of the agent are told."""
        return f"agent:{self.agent_id}"
