"""The lean client against boto3: CPU of a call, a room of 500, and a cold function's first connection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore.config import Config

from serverless_socketio.aws import client as lean
from serverless_socketio.aws import transport as transports
from serverless_socketio.aws.clients import POSTS
from serverless_socketio.aws.transport import ApiGatewayTransport, MultiplexedTransport
from tests.bench.measuring import ROUNDS, Row, side_by_side
from tests.bench.stub import service
from tests.drivers import HANDLERS, ROOT
from tests.moto_cloud import moto_cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POST, ROOM_WALL, ROOM_CPU, COLD = 0.10, 0.25, 0.10, 0.40
CALLS = 300
LISTENERS, ANSWERS_IN_MS, THREADS = 500, 10, 64
FRAME = '42["chat:message:stream",{"agentId":"echo","messageId":"m1","chunk":"three words here","index":7}]'
KEY = {"TableName": "connections", "Key": {"pk": {"S": "CONN#x"}, "sk": {"S": "CONN"}}, "ConsistentRead": True}
ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "t" * 400,  # of a role: about as long
}


def rows() -> Iterator[Row]:
    with mock.patch.dict(os.environ, ENVIRONMENT):
        yield from calls()
        yield from room()
    yield from cold()


def clients(name: str, url: str) -> tuple[Any, Any]:
    """The lean client and boto3's."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=THREADS)
    return lean.client(name, endpoint_url=url, bounds=POSTS), boto3.client(  # type: ignore[call-overload]
        name, endpoint_url=url, config=config
    )


def calls() -> Iterator[Row]:
    with service(0) as url:
        posts = [
            partial(client.post_to_connection, ConnectionId="L0SM9cOFvHcCIhw=", Data=FRAME.encode())
            for client in clients("apigatewaymanagementapi", f"{url}/live")
        ]
        gets = [partial(client.get_item, **KEY) for client in clients("dynamodb", url)]
        own, theirs = side_by_side(*posts, calls=CALLS, clock=time.process_time)
        yield Row("CPU of a post", own, "boto3", theirs, POST)
        own, theirs = side_by_side(*gets, calls=CALLS, clock=time.process_time)
        yield Row("CPU of a GetItem", own, "boto3", theirs)


def room() -> Iterator[Row]:
    frames = [(f"L0SM9cOFvHcCIh{number}=", [FRAME]) for number in range(LISTENERS)]
    with service(ANSWERS_IN_MS) as url, mock.patch.object(transports, "SENDERS", THREADS):
        one_thread, threads = clients("apigatewaymanagementapi", f"{url}/live")
        posting: list[Callable[[], object]] = [
            partial(MultiplexedTransport(lambda: one_thread).post_all, frames),
            partial(ApiGatewayTransport(lambda: threads).post_all, frames),
        ]
        own, theirs = side_by_side(*posting, calls=1)
        baseline = f"boto3, {THREADS} threads"
        yield Row(f"{LISTENERS} connections, answers in {ANSWERS_IN_MS} ms: wall", own, baseline, theirs, ROOM_WALL)
        own, theirs = side_by_side(*posting, calls=1, clock=time.process_time)
        yield Row("the same: CPU", own, baseline, theirs, ROOM_CPU)


def cold() -> Iterator[Row]:
    taken: dict[str, list[float]] = {"lean": [], "boto3": []}
    with moto_cloud() as cloud:
        for _ in range(ROUNDS):
            for client, seconds in taken.items():
                environment = {**os.environ, **cloud.environment, "AWS_CLIENT": client}
                seconds.append(first_connection(environment))
    own, theirs = (median(taken[client]) for client in ("lean", "boto3"))
    yield Row("cold $connect, open packet and CONNECT: CPU", own, "boto3", theirs, COLD)


def first_connection(environment: dict[str, str]) -> float:
    """Seconds of CPU that the two functions take for a connection that both are cold for."""
    connect, opened, message = (
        json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text()) for name in ("connect", "open", "message")
    )
    accept = {**message, "body": '40{"token":"key-of-alice"}'}
    return _cold("connect", [connect], environment) + _cold("message", [opened, accept], environment)


def _cold(function: str, events: list[Any], environment: dict[str, str]) -> float:
    handler = str(ROOT / "functions" / HANDLERS[function])
    command = [sys.executable, str(ROOT / "tests" / "cold.py"), handler, json.dumps(events)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return float(told["init_s"] + told["events_s"])
