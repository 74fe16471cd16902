"""A server over memory ports, and a hand to play its clients with: frames in, frames out."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from serverless_socketio.inbox import Arrival, Inbox
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Connection
from serverless_socketio.server import Server
from tests.fakes import CountingIds, FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_socketio.inbox import BadFrame
    from serverless_socketio.model import Form
    from serverless_socketio.recovery.state import Recovery


class World:
    """Everything around one server. Each frame is an invocation of its own, a millisecond after the one before."""

    def __init__(
        self,
        *,
        max_message_out: int = 120_000,
        store: Callable[[FakeClock], MemoryStore] = MemoryStore,
        transport: MemoryTransport | None = None,
        recovery: Recovery | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.store = store(self.clock)
        self.transport = transport or MemoryTransport()
        self.sio = Server(
            self.store,
            self.transport,
            clock=self.clock,
            ids=CountingIds(),
            max_message_out=max_message_out,
            recovery=recovery,
        )
        self.inbox = Inbox(self.sio.manager)
        self._requests = count(1)

    def use_inbox(self, *, cache_s: float = 0, bad_frame: BadFrame | None = None) -> None:
        self.inbox = Inbox(self.sio.manager, cache_s=cache_s, bad_frame=bad_frame)

    def open(
        self, address: str = "alice", form: Form = "socketio", *, recovery: bool = False, **environ: Any
    ) -> Connection:
        now_ms = self.clock.now_ms()
        connection = Connection(address, form, now_ms, now_ms, environ, recovery=recovery)
        self.store.connections.open(connection)
        return connection

    def send(
        self, address: str, frame: str, *, received_ms: int | None = None, inbox: Inbox | None = None
    ) -> list[str]:
        """What goes back for one frame."""
        self.clock.advance(0.001)
        arrival = Arrival(address, frame, received_ms or self.clock.now_ms(), f"request-{next(self._requests)}")
        return (inbox or self.inbox).receive(arrival)

    def connect(self, address: str = "alice", namespace: str = "/") -> str:
        """Open a connection, unless it is, and connect a socket; its sid."""
        if self.store.connections.find(address) is None:
            self.open(address)
        prefix = "" if namespace == "/" else f"{namespace},"
        (answer,) = self.send(address, f"40{prefix}")
        assert answer.startswith(f"40{prefix}{{"), answer
        return str(json.loads(answer.removeprefix(f"40{prefix}"))["sid"])

    def connect_native(self, address: str = "nora") -> str:
        self.inbox.accept_native(self.open(address, "native"), "handshake")
        connection = self.store.connections.find(address)
        assert connection is not None
        return connection.sockets["/"]

    def sent_to(self, address: str) -> list[str]:
        return [frame for target, frame in self.transport.sent if target == address]
