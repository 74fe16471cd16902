"""What a deployment tells the functions of a server, by the environment that its construct gives them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..model import LARGE_ROOM, MAX_MESSAGE_OUT
from .environment import choice, flag, number, text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server. Times in milliseconds, sizes in bytes."""

    connections_table: str
    management_url: str  # of the API's ``@connections``; a custom domain would not do
    aws_client: str  # `lean`, or `boto3` for every call
    url_suffix: str  # of AWS's own host names: another in China
    ping_interval_ms: int
    ping_timeout_ms: int
    connection_lifetime_ms: int
    large_room: int
    max_message_out: int
    recovery_window_ms: int  # 0: no socket outlives its connection
    recovery_log_max: int
    answer_in_response: bool
    opener_function: str  # the function itself, unless another is named; empty outside Lambda
    ticks_queue_url: str  # empty where a function has no need of it; likewise those below
    openings_queue_url: str
    batches_queue_url: str
    emitting_dead_queue_url: str


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises SettingsError naming the variable that is missing or wrong."""
    return Settings(**fields(environ))


def fields(environ: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `Settings`, for those that extend it. Raises SettingsError."""
    return {
        "connections_table": text(environ, "CONNECTIONS_TABLE"),
        "management_url": environ.get("MANAGEMENT_URL") or text(environ, "CALLBACK_URL"),
        "aws_client": choice(environ, "AWS_CLIENT", "lean", "boto3"),
        "url_suffix": environ.get("URL_SUFFIX") or "amazonaws.com",
        "ping_interval_ms": number(environ, "PING_INTERVAL_MS", 120_000),
        "ping_timeout_ms": number(environ, "PING_TIMEOUT_MS", 50_000),
        "connection_lifetime_ms": number(environ, "CONNECTION_LIFETIME_MS", 6_900_000),
        "large_room": number(environ, "LARGE_ROOM", LARGE_ROOM, least=1),
        "max_message_out": number(environ, "MAX_FRAME_BYTES", MAX_MESSAGE_OUT),
        "recovery_window_ms": number(environ, "RECOVERY_WINDOW_MS", 120_000),
        "recovery_log_max": number(environ, "RECOVERY_LOG_MAX", 500, least=1),
        "answer_in_response": flag(environ, "ANSWER_IN_RESPONSE", default=False),
        "opener_function": environ.get("OPENER_FUNCTION") or environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        "ticks_queue_url": environ.get("TICKS_QUEUE_URL", ""),
        "openings_queue_url": environ.get("OPENINGS_QUEUE_URL", ""),
        "batches_queue_url": environ.get("BATCHES_QUEUE_URL", ""),
        "emitting_dead_queue_url": environ.get("EMITTING_DEAD_QUEUE_URL", ""),
    }
