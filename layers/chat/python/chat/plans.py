"""What a plan allows."""

from __future__ import annotations

CONNECTIONS = {"free": 5, "pro": 20, "enterprise": 100}


def connections_max(plan: str) -> int:
    """How many connections a user of this plan may have; the smallest number for a plan that is not known."""
    return CONNECTIONS.get(plan, min(CONNECTIONS.values()))
