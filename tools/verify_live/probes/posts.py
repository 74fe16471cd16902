"""Posts to a connection, by `@connections` itself: their size, their order, and who is gone."""

import json
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed

from serverless_socketio.sid import address_of
from tools.doctor import client
from tools.doctor.client import Client
from tools.findings import ask
from tools.verify_live.items import Refuted, Scene
from tools.verify_live.probes.frames import eventually
from tools.verify_live.visitors import AdminError

SIZES = (33_000, 64_000, 96_000, 120_000)  # bytes; the last is the largest that the server sends
POSTS = 50
GONE_S = 5.0
NO_LINGER = struct.pack("ii", 1, 0)  # a close sends RST, not FIN


def sizes(scene: Scene) -> str:
    """A post of each size arrives, whole and as one message."""
    with scene.connect() as connected:
        for size in SIZES:
            frame = _frame("verify:size", size)
            _post(scene, connected, frame)
            start = '42["verify:size"'
            came = client.until(connected.socket, start, f"a post of {size:,} bytes did not arrive")
            if start + came != frame:
                raise Refuted(f"a post of {size:,} bytes arrived as a message of {len(start + came):,}")
    return f"posts of {', '.join(f'{size:,}' for size in SIZES)} bytes arrived as one message each"


def order(scene: Scene) -> str:
    """Posts that were awaited one by one arrive in that order."""
    start = '42["verify:order",'
    with scene.connect() as connected:
        for number in range(POSTS):
            _post(scene, connected, f"{start}{number}]")
        came = [int(client.until(connected.socket, start, "a post is missing")[:-1]) for _ in range(POSTS)]
    if came != list(range(POSTS)):
        raise Refuted(f"{POSTS} posts arrived as {came}")
    return f"{POSTS} posts, each awaited before the next, arrived in order"


def reset(scene: Scene) -> str:
    """A post to a connection that its client has reset is answered with 410."""
    with scene.connect() as connected:
        connected.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        connected.socket.close_socket()
        took_s = eventually(
            lambda: is_gone(scene, connected), "a post to a connection that was reset was not answered with 410", GONE_S
        )
    return f"a post to a connection that was reset is answered with 410, {took_s:.1f} s after the reset"


def deleted(scene: Scene) -> str:
    """A connection that is deleted is closed by a close frame, and `$disconnect` follows."""
    with scene.connect() as connected:
        address = address_of(connected.sid)
        ask("closing", "execute-api:ManageConnections", lambda: scene.posts.delete_connection(ConnectionId=address))
        code = close_code(connected.socket)
        if code is None or code == 1006:  # RFC 6455, 7.4.1: no close frame came
            raise Refuted("a deleted connection was not closed by a close frame")
        eventually(lambda: not _is_known(scene, address), "`$disconnect` did not follow")
    return f"a deleted connection is closed with {code}, which clients call `transport close`; `$disconnect` follows"


def close_code(websocket: Any, within_s: float = 10.0) -> int | None:
    """Wait for the server's close; returns its code, None where none came."""
    deadline = time.monotonic() + within_s
    with suppress(ConnectionClosed, TimeoutError):
        while True:
            websocket.recv(timeout=max(0.0, deadline - time.monotonic()))
    code: int | None = websocket.close_code
    return code


def is_gone(scene: Scene, connected: Client) -> bool:
    """Post; whether that is answered with 410."""
    try:
        scene.posts.post_to_connection(ConnectionId=address_of(connected.sid), Data=b'42["verify:gone"]')
    except ClientError as exc:
        return exc.response["Error"]["Code"] == "GoneException"
    return False


def _frame(event: str, size: int) -> str:
    empty = f"42{json.dumps([event, ''], separators=(',', ':'))}"
    return f'{empty[:-2]}{"x" * (size - len(empty))}"]'


def _post(scene: Scene, connected: Client, frame: str) -> None:
    address = address_of(connected.sid)
    ask(
        "posting",
        "execute-api:ManageConnections",
        lambda: scene.posts.post_to_connection(ConnectionId=address, Data=frame.encode()),
    )


def _is_known(scene: Scene, address: str) -> bool:
    try:
        scene.admin("show", "connection", address)
    except AdminError:
        return False
    return True
