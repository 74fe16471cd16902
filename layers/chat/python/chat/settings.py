"""The environment of a function as values. Read once, so that a mistake is a clear error at the cold start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsError(Exception):
    """The environment is not what the deployment should have made it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every function of the stack is told. Times in milliseconds, sizes in bytes."""

    connections_table: str
    conversations_table: str
    management_url: str  # of the API's ``@connections``; a custom domain would not do
    aws_client: str  # `lean`, or `boto3` for every call
    url_suffix: str  # of AWS's own host names: another in China
    enabled: bool
    allowed_origins: frozenset[str]
    ping_interval_ms: int
    ping_timeout_ms: int
    connection_lifetime_ms: int
    large_room: int  # members; events to more of them go out in batches
    chunk_size: int
    chunk_delay_ms: int
    frame_bytes_max: int
    recovery_window_ms: int  # 0: nobody comes back
    recovery_log_max: int
    answer_in_response: bool
    model_first_ms: int  # how long a model may take to begin; be silent then; and say no words while it is alive
    model_idle_ms: int
    model_alive_ms: int
    opener_function: str  # empty where a function has no need of it; likewise those below
    state_machine_arn: str
    ticks_queue_url: str
    openings_queue_url: str
    reminders_queue_url: str
    batches_queue_url: str
    emitting_dead_queue_url: str
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
        connections_table=_text(environ, "CONNECTIONS_TABLE"),
        conversations_table=_text(environ, "CONVERSATIONS_TABLE"),
        management_url=environ.get("MANAGEMENT_URL") or _text(environ, "CALLBACK_URL"),
        aws_client=_choice(environ, "AWS_CLIENT", "lean", "boto3"),
        url_suffix=environ.get("URL_SUFFIX") or "amazonaws.com",
        enabled=_flag(environ, "ENABLE_WEBSOCKETS", default=True),
        allowed_origins=frozenset(origin.rstrip("/") for origin in _list(environ, "ALLOWED_ORIGINS")),
        ping_interval_ms=_number(environ, "PING_INTERVAL_MS", 120_000),
        ping_timeout_ms=_number(environ, "PING_TIMEOUT_MS", 50_000),
        connection_lifetime_ms=_number(environ, "CONNECTION_LIFETIME_MS", 6_900_000),
        large_room=_number(environ, "LARGE_ROOM", 200, least=1),
        chunk_size=_number(environ, "CHUNK_SIZE", 3, least=1),
        chunk_delay_ms=_number(environ, "CHUNK_DELAY_MS", 50, most=60_000),
        frame_bytes_max=_number(environ, "MAX_FRAME_BYTES", 120_000),
        recovery_window_ms=_number(environ, "RECOVERY_WINDOW_MS", 120_000),
        recovery_log_max=_number(environ, "RECOVERY_LOG_MAX", 500, least=1),
        answer_in_response=_flag(environ, "ANSWER_IN_RESPONSE", default=False),
        model_first_ms=_number(environ, "MODEL_FIRST_MS", 30_000, least=100, most=230_000),
        model_idle_ms=_number(environ, "MODEL_IDLE_MS", 20_000, least=100, most=230_000),
        model_alive_ms=_number(environ, "MODEL_ALIVE_MS", 120_000, least=100, most=230_000),
        opener_function=environ.get("OPENER_FUNCTION", ""),
        state_machine_arn=environ.get("STATE_MACHINE_ARN", ""),
        ticks_queue_url=environ.get("TICKS_QUEUE_URL", ""),
        openings_queue_url=environ.get("OPENINGS_QUEUE_URL", ""),
        reminders_queue_url=environ.get("REMINDERS_QUEUE_URL", ""),
        batches_queue_url=environ.get("BATCHES_QUEUE_URL", ""),
        emitting_dead_queue_url=environ.get("EMITTING_DEAD_QUEUE_URL", ""),
        push_queue_url=environ.get("PUSH_QUEUE_URL", ""),
        deliveries_queue_url=environ.get("DELIVERIES_QUEUE_URL", ""),
        push_dead_queue_url=environ.get("PUSH_DEAD_QUEUE_URL", ""),
        vapid_public_key=environ.get("VAPID_PUBLIC_KEY", ""),
        vapid_subject=environ.get("VAPID_SUBJECT", ""),
        vapid_parameter=environ.get("VAPID_PARAMETER", ""),
        push_encryption=_choice(environ, "PUSH_ENCRYPTION", "own", "pywebpush"),
        push_hosts=_list(environ, "PUSH_HOSTS"),
        push_loopback=_flag(environ, "PUSH_LOOPBACK", default=False),
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _list(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in environ.get(name, "").split(",") if part.strip())


def _number(environ: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not least <= int(value) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def _choice(environ: Mapping[str, str], name: str, *choices: str) -> str:
    """One of some words; the first if it is not set."""
    value = environ.get(name) or choices[0]
    if value not in choices:
        raise SettingsError(f"{name} must be {' or '.join(choices)}, not {value!r}")
    return value


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name) or str(default)
    if value.lower() not in {"true", "false"}:
        raise SettingsError(f"{name} must be true or false, not {value!r}")
    return value.lower() == "true"
