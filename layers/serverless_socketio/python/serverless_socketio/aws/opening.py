"""The open packet: the first frame of a connection, posted as soon as API Gateway takes it.

Inside ``$connect`` a post is answered 410, since the connection exists only once that has returned; for a client that
left meanwhile it is 410 for ever. No other connection may wait for either::

    who        tries                        what is not there yet then             ends without a packet
    at once    for 300 ms, short pauses     becomes a message, delayed by 1 s      the connection's item is gone
    late       once, no pause               becomes another such message           as above; or it is 5 s old then

At once is the function that CONNECT is to find warm, late the one behind the queue. Messages come at least once: a
client ignores a second open packet. A message that was itself late is tried, however old the connection: JavaScript's
client waits for 20 s.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from ..codec import engineio
from ..model import PostResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..manager import Manager
    from ..model import Ping

MAX_PAYLOAD = 32 * 1024  # API Gateway's quota for a WebSocket frame: a larger one closes the connection with 1009
AT_ONCE_S = 0.3  # of tries in the function that frames need, too
PAUSE_S, PAUSE_MAX_S = 0.005, 0.1
LATE_S = 1  # between two late tries: SQS delays by whole seconds
OPEN_FOR_MS = 5_000  # python-socketio gives up waiting for the open packet after 5 s
NOT_THERE = frozenset({PostResult.GONE, PostResult.REFUSED})  # nothing arrived; after all else it may have


class Opening:
    """Posts open packets. `later` puts an address where, a second later, `late` is called with it."""

    def __init__(self, manager: Manager, ping: Ping, later: Callable[[str], object]) -> None:
        self._manager = manager
        self._ping = ping
        self._later = later

    def at_once(self, address: str) -> bool:
        """Post the open packet within 300 ms; False if that is left to `late`, or the client has left.

        One read for each try after the first.
        """
        clock = self._manager.clock
        deadline, pause = clock.monotonic() + AT_ONCE_S, PAUSE_S
        while self._post(address) in NOT_THERE:
            if clock.monotonic() + pause > deadline:
                self._later(address)
                return False
            clock.sleep(pause)
            pause = min(2 * pause, PAUSE_MAX_S)
            if self._manager.store.connections.find(address) is None:
                return False
        return True

    def late(self, address: str) -> bool:
        """Post the open packet of a connection that was not there before; False if it still is not. One read."""
        connection = self._manager.store.connections.find(address)
        if connection is None:
            return False
        if connection.sockets or self._post(address) not in NOT_THERE:
            return True
        if self._manager.clock.now_ms() - connection.opened_ms < OPEN_FOR_MS:
            self._later(address)
        return False

    def _post(self, address: str) -> PostResult:
        frame = engineio.open_packet(
            secrets.token_urlsafe(15),
            ping_interval_ms=self._ping.interval_ms,
            ping_timeout_ms=self._ping.timeout_ms,
            max_payload=MAX_PAYLOAD,
        )
        return self._manager.transport.post(address, frame)


def message(address: str) -> tuple[dict[str, Any], int]:
    """The message that asks for `Opening.late`, and its delay in seconds."""
    return {"v": 1, "open": address}, LATE_S


def address_in(message: Mapping[str, Any]) -> str | None:
    """The address that a message of `message` names; None for any other message."""
    return message.get("open")
