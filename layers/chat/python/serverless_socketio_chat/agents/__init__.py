"""Who can answer: fixed tables from provider names to code, each imported when it is first asked for; and functions.

`Turn`, its `Line`s, `Reply` and `ModelFailed` are what a function of one's own needs (docs/agents.md).
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.agents.model import REPLY_MAX, Line, ModelFailed, Reply, Turn, UnknownProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat.agents.ports import Agent, Provider

__all__ = [
    "LIVE",
    "PROVIDERS",
    "REPLY_MAX",
    "Line",
    "ModelFailed",
    "Reply",
    "Turn",
    "UnknownProviderError",
    "get",
    "is_function",
    "is_live",
    "provider",
]

PROVIDERS = {
    "echo": ("serverless_socketio_chat.agents.echo", "Echo"),
}
"""Provider to module and class of what gives a stored answer. A name from outside is only ever looked up here."""

LIVE = {
    "bedrock": ("serverless_socketio_chat.agents.bedrock", "Bedrock"),
    "openai": ("serverless_socketio_chat.agents.openai", "OpenAI"),
}
"""The same for models whose answers are relayed as they come."""


FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
"""A provider that is a function: ``package.module:function``."""


def is_function(name: str) -> bool:
    """Whether a provider is a function of the deployment's own. Whether it may answer is known where it is called."""
    return FUNCTION.fullmatch(name) is not None


def is_live(name: str) -> bool:
    """Whether a provider's answers come as they are thought."""
    return name in LIVE


def get(name: str) -> Agent:
    """The agent of a provider, built once a process.

    Raises:
        UnknownProviderError: The table has no such name.
    """
    agent: Agent = _built(PROVIDERS, name)
    return agent


def provider(name: str) -> Provider:
    """The provider of live answers, built once a process. Raises UnknownProviderError."""
    found: Provider = _built(LIVE, name)
    return found


def _built(table: Mapping[str, tuple[str, str]], name: str) -> Any:
    if name not in table:
        raise UnknownProviderError(name)
    return _instance(*table[name])


@cache
def _instance(module: str, name: str) -> Any:
    return getattr(import_module(module), name)()
