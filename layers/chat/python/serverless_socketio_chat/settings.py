"""The environment of a function as values. Read once, so that a mistake is a clear error at the cold start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio.aws import settings as deployment
from serverless_socketio.aws.environment import SettingsError, choice, flag, number, text, words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "SettingsError", "read"]


@dataclass(frozen=True, slots=True)
class Settings(deployment.Settings):
    """What every function of the stack is told, beside what the library is. Times in milliseconds, sizes in bytes."""

    conversations_table: str
    enabled: bool
    allowed_origins: frozenset[str]
    chunk_size: int
    chunk_delay_ms: int
    model_first_ms: int  # how long a model may take to begin; be silent then; and say no words while it is alive
    model_idle_ms: int
    model_alive_ms: int
    state_machine_arn: str  # empty where a function has no need of it; likewise those below
    reminders_queue_url: str
    push_queue_url: str
    deliveries_queue_url: str
    push_dead_queue_url: str
    vapid_public_key: str  # base64url without padding: what browsers subscribe with
    vapid_subject: str
    vapid_parameter: str  # the name of the private key's SecureString
    push_encryption: str  # `own` or `pywebpush`
    push_hosts: tuple[str, ...]  # push services beyond the known ones
    push_loopback: bool  # said by the local engine's own environment, never by a deployment


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises SettingsError naming the variable that is missing or wrong."""
    return Settings(
        **deployment.fields(environ),
        conversations_table=text(environ, "CONVERSATIONS_TABLE"),
        enabled=flag(environ, "ENABLE_WEBSOCKETS", default=True),
        allowed_origins=frozenset(origin.rstrip("/") for origin in words(environ, "ALLOWED_ORIGINS")),
        chunk_size=number(environ, "CHUNK_SIZE", 3, least=1),
        chunk_delay_ms=number(environ, "CHUNK_DELAY_MS", 50, most=60_000),
        model_first_ms=number(environ, "MODEL_FIRST_MS", 30_000, least=100, most=230_000),
        model_idle_ms=number(environ, "MODEL_IDLE_MS", 20_000, least=100, most=230_000),
        model_alive_ms=number(environ, "MODEL_ALIVE_MS", 120_000, least=100, most=230_000),
        state_machine_arn=environ.get("STATE_MACHINE_ARN", ""),
        reminders_queue_url=environ.get("REMINDERS_QUEUE_URL", ""),
        push_queue_url=environ.get("PUSH_QUEUE_URL", ""),
        deliveries_queue_url=environ.get("DELIVERIES_QUEUE_URL", ""),
        push_dead_queue_url=environ.get("PUSH_DEAD_QUEUE_URL", ""),
        vapid_public_key=environ.get("VAPID_PUBLIC_KEY", ""),
        vapid_subject=environ.get("VAPID_SUBJECT", ""),
        vapid_parameter=environ.get("VAPID_PARAMETER", ""),
        push_encryption=choice(environ, "PUSH_ENCRYPTION", "own", "pywebpush"),
        push_hosts=words(environ, "PUSH_HOSTS"),
        push_loopback=flag(environ, "PUSH_LOOPBACK", default=False),
    )
