"""Close codes: what API Gateway says to frames that it does not take, and how the server's own close looks."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from tools.doctor import client
from tools.verify_live.items import Refuted, Scene
from tools.verify_live.probes.posts import close_code

FRAME_MAX, MESSAGE_MAX = 32 * 1024, 128 * 1024  # API Gateway's quotas

REFUSED: dict[str, tuple[int, Callable[[Any], object]]] = {
    "a binary frame": (1003, lambda socket: socket.send(b"\x00\x01")),
    "a frame above 32 KB": (1009, lambda socket: socket.send("x" * (FRAME_MAX + 1))),
    "a message above 128 KB": (1009, lambda socket: socket.send(["x" * FRAME_MAX] * (MESSAGE_MAX // FRAME_MAX + 1))),
}
"""What is sent, and the code (RFC 6455, 7.4.1) that AWS documents for it."""


def codes(scene: Scene) -> str:
    """Send what is refused, each on a connection of its own, and something before CONNECT, which the server ends."""
    seen = {}
    for name, (wanted, send) in REFUSED.items():
        with scene.connect() as connected:
            with suppress(ConnectionClosed):  # the close may come while the last part is being sent
                send(connected.socket)
            if (code := close_code(connected.socket)) != wanted:
                raise Refuted(f"{name} is closed with {code}, not {wanted}")
            seen[name] = wanted
    with client.opened(scene.managed) as socket:
        client.until(socket, "0", "no open packet came")
        socket.send("41")
        own = close_code(socket)
    if own is None:
        raise Refuted("what comes before CONNECT is not closed")
    return f"{', '.join(f'{name} is closed with {code}' for name, code in seen.items())}; the server closes with {own}"
