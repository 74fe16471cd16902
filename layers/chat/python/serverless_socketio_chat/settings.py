"""What a deployment of the chat may choose, each setting in one place; and what a function is told.

`Choices` and the library's are all that the functions read. Synthesis (`infra.config`, which adds what is the
deployment's alone), `make run` and docs/settings.md are made from the same fields; only the standard library is
imported.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio.aws import settings as library
from serverless_socketio.aws.environment import SettingsError, flag, number, text, told, values, words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Choices", "Settings", "SettingsError", "read"]

ANSWER_MS = 230_000  # a live answer ends with its workflow's execution, at 4 minutes
JUDGING = ("connect", "message", "polling")  # functions that judge tokens
ADDRESS = r"|https://[^\s,?#]+|http://(localhost|127\.0\.0\.1)(:\d{1,5})?(/[^\s,?#]*)?"  # plain on this machine alone
PUSHING = ("message", "push", "sender")


@dataclass(frozen=True, kw_only=True)
class Choices(library.Choices):
    """What a deployment may choose beside what the library has. Times in milliseconds."""

    enable_websockets: bool = flag(
        default=True,
        at_synthesis=True,
        doc="`false`: connections are refused with `unavailable`, the page says so and does not try",
    )
    allowed_origins: tuple[str, ...] = words(
        at_synthesis=True, doc="pages that may connect beside the deployment's own; `*` allows all"
    )
    chunk_size: int = number(3, low=1, high=1_000, doc="words in a chunk of a stored answer")
    chunk_delay_ms: int = number(
        50, low=0, high=60_000, doc="between two chunks; a live answer's pieces are merged into one in this time"
    )
    model_first_ms: int = number(
        30_000,
        low=100,
        high=ANSWER_MS,
        who=("streamer",),
        doc="how long a model may take until its first piece, trying again included",
    )
    model_idle_ms: int = number(
        20_000, low=100, high=ANSWER_MS, who=("streamer",), doc="how long it may be silent in between"
    )
    model_alive_ms: int = number(
        120_000,
        low=100,
        high=ANSWER_MS,
        who=("streamer",),
        doc="how long it may say no words while it is not silent: while it streams its thinking, comments "
        "(`: keep-alive`) or empty pieces. Each word begins that time anew",
    )
    agent_functions: tuple[str, ...] = words(
        form=r"\w+(\.\w+)*:\w+(\.\w+)*",
        wanted="functions such as package.module:function with commas between, or nothing",
        who=("streamer",),
        doc="functions that may answer as agents, `package.module:function`, beside those of installed packages with "
        "an entry point: [agents.md](agents.md)",
    )
    auth_issuer: str = text(
        form=ADDRESS,
        wanted="an issuer such as https://login.example.com, or nothing",
        at_synthesis=True,
        who=(*JUDGING, "sweeper"),
        doc="who signs the JWTs that are accepted beside API keys, as their `iss` says it; without one, none is: "
        "[sign-in.md](sign-in.md)",
    )
    auth_audience: tuple[str, ...] = words(
        at_synthesis=True, who=JUDGING, doc="for whom they must be: `aud` is one of these"
    )
    auth_jwks_url: str = text(
        form=ADDRESS,
        wanted="an address such as https://login.example.com/jwks.json, or nothing",
        at_synthesis=True,
        who=JUDGING,
        doc="where the issuer's keys are; without it, where its discovery document says",
    )
    auth_user_claim: str = text("sub", at_synthesis=True, who=JUDGING, doc="the claim that is the user's id")
    auth_plan_claim: str = text(
        at_synthesis=True, who=JUDGING, doc="the claim that is the user's plan; without it, the stored one"
    )
    vapid_public_key: str = text(
        env=("VAPID_PUBLIC_KEY", "NEXT_PUBLIC_VAPID_PUBLIC_KEY"),
        who=PUSHING,
        at_synthesis=True,
        doc="what browsers subscribe with: base64url without padding. Without one, web push is off",
    )
    vapid_subject: str = text(
        who=("sender",), at_synthesis=True, doc="whom push services may write to: `mailto:` or `https:`"
    )
    push_hosts: tuple[str, ...] = words(
        who=PUSHING, at_synthesis=True, doc="push services beyond the known ones; `*.` stands for every name below"
    )


@dataclass(frozen=True, kw_only=True)
class Settings(Choices, library.Settings):
    """What every function of the stack is told. What it does not need is empty."""

    conversations_table: str = told("CONVERSATIONS_TABLE", needed=True)
    state_machine_arn: str = told("STATE_MACHINE_ARN")
    reminders_queue_url: str = told("REMINDERS_QUEUE_URL")
    push_queue_url: str = told("PUSH_QUEUE_URL")
    deliveries_queue_url: str = told("DELIVERIES_QUEUE_URL")
    push_dead_queue_url: str = told("PUSH_DEAD_QUEUE_URL")
    vapid_parameter: str = told("VAPID_PARAMETER")  # the name of the private key's SecureString
    push_loopback: bool = flag(default=False)  # said by the local engine's own environment, never by a deployment


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises SettingsError naming the variable that is missing or wrong."""
    return Settings(**values(Settings, environ))
