"""A post inside `$connect`: to a connection whose item is there already, while its handshake has not ended yet.

The function writes the item, calls the opener, and returns: a few milliseconds, in which this must find the item in the
table and post. That takes a client nearby: AWS CloudShell in the deployment's region is, a desk elsewhere hardly.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from websockets.sync.client import ClientConnection

from tools.doctor import client
from tools.findings import ask
from tools.verify_live.items import NotAsked, Refuted, Scene

TRIES = 10
LATER_S = 1.0
FRAME = '{"event":"verify:inside","data":{}}'
TOO_FAR = f"none of {TRIES} posts came inside a handshake: AWS CloudShell in the deployment's region is near enough"


def posts(scene: Scene) -> str:
    """A post inside the handshake of a native client is answered with 410, and one a second later arrives."""
    room = _Room(scene)
    for _ in range(TRIES):
        before = room.connections()
        with _entering(scene) as handshake:
            address = _refused_inside(room, before, handshake)
            if address is None:
                continue
            socket = handshake.result()
            time.sleep(LATER_S)
            if room.refuses(address):
                raise Refuted(f"a post is answered with 410 inside `$connect` and {LATER_S:.0f} s later, too")
            client.until(socket, FRAME, f"a post {LATER_S:.0f} s after the handshake did not arrive")
        return f"a post inside `$connect` is answered with 410, one {LATER_S:.0f} s later arrives"
    raise NotAsked(TOO_FAR)


class _Room:
    """The room of a native user, in which connections are as soon as their item is written."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._table: Any = scene.deployment.client("dynamodb")
        self._query = {
            "TableName": scene.deployment.resources["tables"]["connections"],
            "KeyConditionExpression": "pk = :room",
            "ExpressionAttributeValues": {":room": {"S": f"ROOM#/#user:{scene.entering.user_id}"}},
            "ConsistentRead": True,
        }

    def connections(self) -> set[str]:
        """Return the ids of the user's connections. One query."""
        found = ask("the user's connections", "dynamodb:Query", lambda: self._table.query(**self._query))
        return {item["address"]["S"] for item in found["Items"]}

    def refuses(self, address: str) -> bool:
        """Post; whether that is answered with 410."""
        try:
            self._scene.posts.post_to_connection(ConnectionId=address, Data=FRAME.encode())
        except self._scene.posts.exceptions.GoneException:
            return True
        return False


@contextmanager
def _entering(scene: Scene) -> Iterator[Future[ClientConnection]]:
    """Begin a native handshake; what it opens is closed with the block."""
    with ExitStack() as opened, ThreadPoolExecutor(1) as pool:
        handshake = client.opened(scene.managed, query={"token": scene.entering.key})
        yield pool.submit(opened.enter_context, handshake)


def _refused_inside(room: _Room, before: set[str], handshake: Future[ClientConnection]) -> str | None:
    """Return the connection that a post was refused to before its handshake had ended; None where it came later."""
    while not handshake.done():
        for address in room.connections() - before:
            return address if room.refuses(address) else None
    return None
