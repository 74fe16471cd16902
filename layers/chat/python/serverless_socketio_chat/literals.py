"""Words of the contract that are stored, computed with and sent alike: each is said here, once."""

from __future__ import annotations

from typing import Literal, TypeAlias

Role: TypeAlias = Literal["user", "agent"]
FinishReason: TypeAlias = Literal["stop", "length", "stopped", "error"]
Status: TypeAlias = Literal["online", "away", "offline"]  # of a device, and of a user
AgentStatus: TypeAlias = Literal["available", "unavailable"]
