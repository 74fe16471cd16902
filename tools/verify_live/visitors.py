"""Throw-away users with a key each, made by `chat-admin`, and taken away again, however the walk ends.

What they said stays in the table: `chat-admin` deletes users and keys, not chats.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import terminal

COMMAND = Path(sys.executable).with_name("chat-admin")
PLAN = "enterprise"  # what the walk does in a minute no smaller plan allows
PREFIX = "verify-"
AGENT = "echo"
NO_AGENT = (
    f"the probes talk to the agent {AGENT}, which does not exist: "
    f"`chat-admin agents create {AGENT} --name Echo --outputs …` makes one, then again"
)


class AdminError(RuntimeError):
    """`chat-admin` could not do it; the message is its own."""


@dataclass(frozen=True)
class Visitor:
    """A user who is there for the walk alone."""

    user_id: str
    key: str

    def __repr__(self) -> str:
        """Without the key: this may be printed."""
        return f"Visitor({self.user_id})"

    def as_output(self) -> dict[str, str]:
        """As `outputs.json` has users."""
        return {"userId": self.user_id, "plan": PLAN, "apiKey": self.key}


@dataclass(frozen=True)
class Admin:
    """`chat-admin` about one deployment. `profile`: whose credentials, `None`: the shell's."""

    outputs: Path
    profile: str | None = None

    def __call__(self, *words: str) -> Any:
        """Run a command, which is out of reach of a Ctrl-C, and return what it prints. Raises AdminError."""
        environment = {**os.environ, **({"AWS_PROFILE": self.profile} if self.profile else {})}
        ended = subprocess.run(  # noqa: S603 - our own command
            [str(COMMAND), *words, "--outputs", str(self.outputs), "--json"],
            env=environment, capture_output=True, text=True, check=False, start_new_session=True,
        )  # fmt: skip
        if ended.returncode:
            raise AdminError(ended.stderr.strip())
        return json.loads(ended.stdout)


@contextmanager
def visiting(admin: Callable[..., Any], count: int) -> Iterator[list[Visitor]]:
    """Make so many visitors for as long as the block lasts. Raises AdminError where the agent is missing.

    Those who were planned go, whether they were made or not: how far a broken call has come is unknown.
    """
    if AGENT not in {agent["agentId"] for agent in admin("agents", "list")}:
        raise AdminError(NO_AGENT)
    user_ids = [f"{PREFIX}{secrets.token_hex(6)}" for _ in range(count)]
    try:
        with ThreadPoolExecutor(count) as pool:  # which waits for calls that are under way, whatever one has met
            visitors = list(pool.map(lambda user_id: _make(admin, user_id), user_ids))
        yield visitors
    finally:
        with ThreadPoolExecutor(count) as pool:
            for failed in filter(None, pool.map(lambda user_id: _revoke(admin, user_id), user_ids)):
                terminal.say(failed)


def _make(admin: Callable[..., Any], user_id: str) -> Visitor:
    admin("users", "create", user_id, "--plan", PLAN)
    made: Mapping[str, str] = admin("keys", "create", user_id)
    return Visitor(user_id, made["apiKey"])


def _revoke(admin: Callable[..., Any], user_id: str) -> str | None:
    """Delete a user and all keys; returns what to do where that failed."""
    try:
        admin("users", "revoke", user_id)
    except AdminError as exc:
        if f"no user {user_id}" in str(exc):
            return None
        return f"{user_id} could not be deleted: `chat-admin users revoke {user_id}` tries again ({exc})"
    return None
