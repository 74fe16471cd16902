"""What a deployment of a server may choose, and what it tells the functions by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..heartbeat import LIFETIME_MS, SPREAD_MS, TICK_MS
from ..model import LARGE_ROOM, MAX_MESSAGE_OUT
from .environment import choice, flag, number, told, values

if TYPE_CHECKING:
    from collections.abc import Mapping

IDLE_LIMIT_MS = 600_000  # API Gateway closes a connection that was silent for ten minutes
LIFETIME_LIMIT_MS = 7_200_000  # API Gateway closes a connection that is two hours old


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a deployment may choose. Times in milliseconds, sizes in bytes."""

    aws_client: str = choice("lean", "boto3", doc="how functions call AWS; `boto3`: by boto3, for every call")
    ping_interval_ms: int = number(
        120_000,
        low=TICK_MS,
        high=IDLE_LIMIT_MS - 6 * TICK_MS,
        step=TICK_MS,
        floor=0,
        doc="how often a connection is pinged; below API Gateway's ten idle minutes, with six ticks to spare",
    )
    ping_timeout_ms: int = number(
        50_000,
        low=2 * TICK_MS,  # two ticks may be missed
        high=IDLE_LIMIT_MS,
        floor=0,
        doc="how long a client waits for a ping that is late before it takes the connection for lost",
    )
    connection_lifetime_ms: int = number(
        LIFETIME_MS,
        low=2 * SPREAD_MS,
        high=LIFETIME_LIMIT_MS,
        floor=0,
        doc="how old a connection may become: the server ends it before API Gateway does, at two hours. The most is "
        "less by a ping interval and three ticks",
    )
    large_room: int = number(
        LARGE_ROOM, low=1, high=1_000, doc="members that one call posts to; larger rooms are posted to by a queue"
    )
    max_frame_bytes: int = number(
        MAX_MESSAGE_OUT,
        low=4_096,
        high=120_000,  # API Gateway refuses posts above 128 KB
        floor=0,
        doc="the largest frame that is sent, in bytes",
    )
    recovery_window_ms: int = number(
        120_000, low=0, high=3_600_000, doc="how long a socket outlives its connection; 0: it does not"
    )
    recovery_log_max: int = number(500, low=1, high=10_000, doc="packets that a detached socket may miss")
    long_polling: bool = flag(
        default=True,
        who=(),  # the construct tells it with the APIs
        env=("POLLING",),
        at_synthesis=True,
        doc="long-polling, with which clients of default transports begin; `false`: WebSocket alone",
    )
    polling_held_max: int = number(
        5,
        low=0,
        high=10_000,
        who=("polling",),
        doc="polling requests that are held for up to 20 s at a time, each an execution of Lambda; all others are held "
        "for a second. 0 where the account has a concurrency of 10",
    )
    answer_in_response: bool = flag(
        default=False, doc="acks as route responses, and not as posts; not tried on live AWS"
    )


@dataclass(frozen=True, kw_only=True)
class Settings(Choices):
    """What a function is told: choices, and names of what the stack made. Those that it does not need are empty."""

    connections_table: str = told("CONNECTIONS_TABLE", needed=True)
    management_url: str = told("MANAGEMENT_URL", "CALLBACK_URL", needed=True)
    """Of the API's ``@connections``; a custom domain would not do."""
    stack_name: str = told("STACK_NAME")  # tells the metrics of several deployments apart
    url_suffix: str = told("URL_SUFFIX", default="amazonaws.com")  # of AWS's own host names: another in China
    opener_function: str = told("OPENER_FUNCTION", "AWS_LAMBDA_FUNCTION_NAME")
    """The function itself, unless another is named; empty outside Lambda."""
    ticks_queue_url: str = told("TICKS_QUEUE_URL")
    openings_queue_url: str = told("OPENINGS_QUEUE_URL")
    batches_queue_url: str = told("BATCHES_QUEUE_URL")
    emitting_dead_queue_url: str = told("EMITTING_DEAD_QUEUE_URL")


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises SettingsError naming the variable that is missing or wrong."""
    return Settings(**values(Settings, environ))
