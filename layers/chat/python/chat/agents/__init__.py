"""Who can answer: a fixed table from provider names to agents, each imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from chat.agents.base import UnknownProviderError

if TYPE_CHECKING:
    from chat.agents.base import Agent

__all__ = ["PROVIDERS", "UnknownProviderError", "get"]

PROVIDERS = {
    "companion": ("chat.agents.companion", "Companion"),
    "echo": ("chat.agents.echo", "Echo"),
}
"""Provider to module and class. A name from outside is only ever looked up here, never imported."""


@cache
def get(provider: str) -> Agent:
    """The agent of a provider, built once a process.

    Raises:
        UnknownProviderError: The table has no such name.
    """
    if provider not in PROVIDERS:
        raise UnknownProviderError(provider)
    module, name = PROVIDERS[provider]
    agent: Agent = getattr(import_module(module), name)()
    return agent
