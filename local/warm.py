"""A client of our own comes first, so that no other client meets a function that has yet to import and to connect.

It connects as they do and sends what is refused: that loads what a message needs, and leaves nothing behind.
"""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from local import aws
from local.cloud import Cloud
from local.edge.paths import SOCKET_PATH

WORKERS = {"connect": 1, "message": 2, "streamer": 2, "push": 1, "polling": 1}
"""Workers that the first client should find: for its handshake, packets, answer, notification. Others when needed."""

EVENTS = ("chat:join", "chat:message", "chat:history")
PATIENCE_S = 5.0


def start_workers(cloud: Cloud, functions: dict[str, str]) -> None:
    """Start these functions' workers. Blocks for their import; what fails here fails again, visibly."""
    cloud.warm({functions[name]: count for name, count in WORKERS.items() if name in functions})


async def warm(cloud: Cloud, web_port: int, api_key: str, streamer: str) -> None:
    """Make the first connection and the first answer, both of no consequence. What fails here fails again, visibly."""
    answers = (asyncio.to_thread(_say_nothing, cloud, streamer) for _ in range(WORKERS["streamer"]))
    await asyncio.gather(_visit(web_port, api_key), *answers, return_exceptions=True)


async def _visit(web_port: int, api_key: str) -> None:
    url = f"ws://127.0.0.1:{web_port}{SOCKET_PATH}/?EIO=4&transport=websocket"
    try:
        async with asyncio.timeout(PATIENCE_S), connect(url) as client:
            await client.recv()  # the open packet
            await client.send("40" + json.dumps({"token": api_key}))
            await client.recv()
            await _send_refused(client)
    except (OSError, TimeoutError, WebSocketException):
        return


async def _send_refused(client: ClientConnection) -> None:
    """Send every event without its fields, at once and often enough to meet each worker; wait for the acks."""
    frames = [f'42{ack}["{event}",{{}}]' for ack, event in enumerate(EVENTS * WORKERS["message"])]
    for frame in frames:
        await client.send(frame)
    for _ in frames:
        await client.recv()


def _say_nothing(cloud: Cloud, streamer: str) -> Any:
    """Call a step of an answer that does not exist."""
    step = {"reply": "0", "epoch": 0, "startedAt": "2000-01-01T00:00:00.000Z"}
    return aws.client("lambda", cloud.endpoint).invoke(FunctionName=streamer, Payload=json.dumps(step))
