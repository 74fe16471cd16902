"""Users and agents to try things with. Their keys are made at the first start and kept: a reloaded page still fits."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local.home import write_private
from serverless_socketio_chat.accounts.api_keys import new_key
from serverless_socketio_chat.accounts.plans import DEFAULTS, Plan

PLANS = {"alice": "free", "bob": "pro", "carol": "enterprise"}
AGENTS = {"echo": "Echo", "companion": "Mira"}


class Directory(Protocol):
    """Where users, plans and agents are kept: `serverless_socketio_chat.accounts.directory.Directory`."""

    def put_plan(self, plan: Plan, *, if_new: bool) -> None:
        """Write the plan, or only one that was never written."""

    def put_user(self, user_id: str, plan: str) -> None:
        """Create the user, or change the plan."""

    def put_key(self, api_key: str, user_id: str) -> object:
        """Let the key be the user's."""

    def put_agent(self, agent_id: str, name: str) -> object:
        """Create the agent, or change it."""

    def forget_issuer(self, issuer: str) -> None:
        """Have the keys of an issuer of tokens read anew."""


@dataclass(frozen=True)
class DemoUser:
    """A user to connect as."""

    user_id: str
    plan: str
    api_key: str


def users(kept_keys: Path, more: int) -> list[DemoUser]:
    """Return alice, bob and carol, and so many more on the enterprise plan. New keys are written to `kept_keys`."""
    plans = PLANS | {f"user{number:03d}": "enterprise" for number in range(1, more + 1)}
    kept: dict[str, str] = json.loads(kept_keys.read_text()) if kept_keys.exists() else {}
    keys = {user_id: kept.get(user_id) or new_key() for user_id in plans}
    if keys.items() - kept.items():
        write_private(kept_keys, json.dumps(kept | keys, indent=2) + "\n")
    return [DemoUser(user_id, plan, keys[user_id]) for user_id, plan in plans.items()]


def feed(directory: Directory, people: list[DemoUser]) -> None:
    """Write plans, users, keys and agents. Again does no harm: a plan that an operator changed stays as it is."""
    for plan in DEFAULTS.values():
        directory.put_plan(plan, if_new=True)
    for person in people:
        directory.put_user(person.user_id, person.plan)
        directory.put_key(person.api_key, person.user_id)
    for agent_id, name in AGENTS.items():
        directory.put_agent(agent_id, name)
