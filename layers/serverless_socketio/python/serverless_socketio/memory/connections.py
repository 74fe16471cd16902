"""Connections and their sockets, in dicts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..exceptions import ConditionFailed, DisconnectedError
from ..model import CONNECTION_TTL_S, Member, bucket_of
from ..recovery.state import RecoveryState
from ..sid import is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..model import Connection, Session
    from ..ports import Clock
    from ..recovery.state import RecoveryPolicy
    from .pending import MemoryPending
    from .recovery import MemoryRecovery
    from .rooms import MemoryRooms


class MemoryConnections:
    """`ports.ConnectionStore`. `buckets`: the number of heartbeat buckets."""

    def __init__(
        self, clock: Clock, rooms: MemoryRooms, recovery: MemoryRecovery, pending: MemoryPending, buckets: int
    ) -> None:
        self._clock = clock
        self._rooms = rooms
        self._recovery = recovery
        self._pending = pending
        self._buckets = buckets
        self._connections: dict[str, Connection] = {}
        self._ended: dict[str, Connection] = {}
        self._refusals: dict[str, int] = {}

    def open(self, connection: Connection) -> None:
        """Remember a new connection."""
        self._connections[connection.address] = connection

    def find(self, address: str) -> Connection | None:
        """The connection, or None."""
        connection = self._connections.get(address)
        return connection if connection is not None and self._lives(connection) else None

    def accept(
        self,
        connection: Connection,
        namespace: str,
        sid: str,
        session: Session,
        rooms: Iterable[str],
        policy: RecoveryPolicy | None = None,
    ) -> None:
        """Connect a socket, in `rooms` from the start."""
        self._connect(connection, namespace, sid, session)
        first = tuple(dict.fromkeys(rooms))
        for room in first:
            self._rooms.enter(Member(sid, connection.address, namespace, connection.form), room, 0)
        if policy is not None:
            address, opened_ms, now_ms = connection.address, connection.opened_ms, self._clock.now_ms()
            state = RecoveryState(sid, namespace, policy, address, opened_ms, moved_ms=now_ms, rooms=first)
            self._recovery.begin(state)

    def resume(
        self, state: RecoveryState, connection: Connection, session: Session, *, streams: Mapping[str, int]
    ) -> RecoveryState:
        """Move a recoverable socket to a new connection."""
        if self.find(connection.address) is None:
            raise ConditionFailed
        moved = self._recovery.move(state, connection, streams)
        self._connect(connection, state.namespace, state.sid, session)
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000
        self._rooms.move(moved.sid, until_ms, address=connection.address, detached=False, left_ms=0)
        return moved

    def release(self, connection: Connection, namespace: str, *, overtaken_ms: int | None = None) -> bool:
        """Disconnect one socket, its rooms with it."""
        stored = self._connections.get(connection.address)
        sid = connection.sockets.get(namespace)
        if stored is None or sid is None or stored.sockets.get(namespace) != sid:
            return False
        self._recovery.forget(sid)
        left = {name: sid for name, sid in stored.sockets.items() if name != namespace}
        self._connections[connection.address] = replace(
            stored,
            sockets=left,
            sessions={name: stored.sessions[name] for name in left},
            left_ms=stored.left_ms if left else self._clock.now_ms(),
            overtaken=stored.overtaken if overtaken_ms is None else {**stored.overtaken, namespace: overtaken_ms},
        )
        return True

    def end(
        self, address: str, prepare: Callable[[Connection], bool] | None = None, *, final: bool = False
    ) -> Connection | None:
        """Forget a connection and its memberships."""
        connection = self._connections.get(address)
        if connection is not None and prepare is not None and not prepare(connection):
            return None
        self._rooms.forget(lambda member: member.address == address and not is_recoverable(member.sid))
        self._pending.forget(address)
        self._connections.pop(address, None)
        if connection is not None:
            for namespace, sid in connection.sockets.items():
                self._end_socket(sid, address, connection.sessions[namespace], final=final)
            self._ended[address] = connection
        elif final and address in self._ended:  # a DISCONNECT that the report of the close has overtaken
            for namespace in self._ended[address].sockets:
                self.disconnect_detached(address, namespace)
        return connection

    def disconnect_detached(self, address: str, namespace: str) -> None:
        """End the recoverable socket that is detached from this connection."""
        connection = self._ended.get(address)
        state = self._recovery.state(connection.sockets.get(namespace, "")) if connection else None
        if state is not None and state.phase == "detached" and state.address == address:
            self._recovery.forget(state.sid)

    def carry(self, address: str) -> None:
        """Note that a polling session has moved to this WebSocket."""
        connection = self.find(address)
        if connection is not None:
            self._connections[address] = replace(connection, carries=True)

    def seen(self, address: str, at_ms: int) -> bool:
        """Note a sign of life."""
        connection = self.find(address)
        if connection is None or connection.seen_ms > at_ms:
            return False
        self._connections[address] = replace(connection, seen_ms=at_ms)
        return True

    def count_refusal(self, address: str) -> int:
        """Count a CONNECT that is refused."""
        if self.find(address) is None:
            return 0
        self._refusals[address] = self._refusals.get(address, 0) + 1
        return self._refusals[address]

    def save_session(self, address: str, namespace: str, session: Session) -> None:
        """Replace a socket's session."""
        connection = self.find(address)
        if connection is None or namespace not in connection.sockets:
            raise DisconnectedError("The socket is gone")
        self._connections[address] = replace(connection, sessions={**connection.sessions, namespace: dict(session)})

    def everyone(self, namespace: str) -> Iterator[Member]:
        """Every accepted socket of a namespace."""
        for connection in list(self._connections.values()):
            member = connection.member(namespace)
            if member is not None and self._lives(connection):
                yield member
        yield from self._recovery.detached(namespace)

    def due(self, bucket: int, opened_before_ms: int) -> list[str]:
        """Addresses of the accepted connections of a heartbeat bucket."""
        return [
            address
            for address, connection in self._connections.items()
            if connection.sockets
            and connection.opened_ms < opened_before_ms
            and bucket_of(address, self._buckets) == bucket
        ]

    def find_all(self, addresses: Sequence[str]) -> list[Connection]:
        """Those of many connections that exist."""
        return [self._connections[address] for address in addresses if address in self._connections]

    def unaccepted(self, opened_before_ms: int) -> Iterator[str]:
        """Addresses of connections without an accepted socket."""
        for connection in list(self._connections.values()):
            if not connection.sockets and not connection.carries and connection.opened_ms < opened_before_ms:
                yield connection.address

    def _connect(self, connection: Connection, namespace: str, sid: str, session: Session) -> None:
        stored = self.find(connection.address)
        if stored is None or namespace in stored.sockets:
            raise ConditionFailed
        self._connections[connection.address] = replace(
            stored,
            sockets={**stored.sockets, namespace: sid},
            sessions={**stored.sessions, namespace: dict(session)},
            accepted_ms={**stored.accepted_ms, namespace: connection.accepted_ms.get(namespace, 0)},
        )

    def _end_socket(self, sid: str, address: str, session: Session, *, final: bool) -> None:
        """Detach the socket of a connection that has ended, if it is recoverable, or end it with it."""
        if is_recoverable(sid) and not final:
            self._recovery.detach(sid, address, session)
        elif is_recoverable(sid):
            self._recovery.forget(sid)

    def _lives(self, connection: Connection) -> bool:
        return connection.opened_ms + CONNECTION_TTL_S * 1000 > self._clock.now_ms()
