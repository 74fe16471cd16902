"""What a plan allows. Plans are data: what is written here holds until an operator writes another.

The second allowance, for all but messages, is `OTHERS` times the first; bad frames alone may make up twice that
on one connection, frames of all kinds together ten times that in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

from serverless_socketio_chat.accounts.gcra import Rate

OTHERS = 10
BAD_FRAMES = 2 * OTHERS
FRAMES = 10 * OTHERS


@dataclass(frozen=True, slots=True)
class Plan:
    """Messages a minute, how many of them at once, and connections at a time."""

    name: str
    messages: int
    burst: int
    connections: int

    def rate(self, times: int = 1) -> Rate:
        """The rate of messages, or so many times that."""
        return Rate.of(times * self.messages, times * self.burst)


DEFAULTS = {
    plan.name: plan
    for plan in (
        Plan("free", messages=20, burst=5, connections=5),
        Plan("pro", messages=120, burst=20, connections=20),
        Plan("enterprise", messages=600, burst=100, connections=100),
    )
}
FALLBACK = DEFAULTS["free"].name  # of users whose plan is not known
MESSAGES_MAX = 60_000  # a thousand a second, which is what a partition of a table takes in writes


def check(plan: Plan) -> Plan:
    """A plan, if it can be kept. ValueError otherwise."""
    if not 1 <= plan.messages <= MESSAGES_MAX or not 1 <= plan.burst <= MESSAGES_MAX or plan.connections < 1:
        raise ValueError(
            f"A plan must have 1 to {MESSAGES_MAX} messages a minute and at once, and one connection or more"
        )
    return plan
