"""Store and transport in dicts: the reference that other stores are held to, and what tests use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from .. import binary
from ..exceptions import ConditionFailed, DisconnectedError
from ..model import CONNECTION_TTL_S, PART_TTL_S, Member, PostResult, bucket_of
from ..recovery.state import RecoveryState
from ..sid import is_recoverable
from .recovery import MemoryRecovery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..model import Assembled, Connection, Part, Session
    from ..ports import Clock
    from ..recovery.state import RecoveryPolicy


@dataclass(slots=True)
class _Membership:
    """A socket's place in a room; kept when it leaves, so that an older frame cannot put it back."""

    member: Member
    at: int
    until_ms: int
    is_in: bool = True


@dataclass(slots=True)
class _Ack:
    callback: str | None
    until_ms: int
    args: list[Any] | None = None


class MemoryStore(MemoryRecovery):
    """A `ports.Store` in one process. Its parts share their dicts, so it is all of them."""

    def __init__(self, clock: Clock, *, buckets: int = 1) -> None:
        super().__init__(clock)
        self._buckets = buckets
        self._connections: dict[str, Connection] = {}
        self._ended: dict[str, Connection] = {}
        self._refusals: dict[str, int] = {}
        self._rooms: dict[tuple[str, str], dict[str, _Membership]] = {}
        self._names: dict[str, int] = {}
        self._acks: dict[tuple[str, int], _Ack] = {}
        self._parts: dict[str, list[tuple[int, Part, str]]] = {}  # until when, the part, and its frame

    @property
    def connections(self) -> Self:
        """`ports.ConnectionStore`."""
        return self

    @property
    def rooms(self) -> Self:
        """`ports.RoomStore`."""
        return self

    @property
    def recovery(self) -> Self:
        """`ports.RecoveryStore`."""
        return self

    @property
    def pending(self) -> Self:
        """`ports.PendingStore`."""
        return self

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
            self.enter(Member(sid, connection.address, namespace, connection.form), room, 0)
        if policy is not None:
            self._begin(
                RecoveryState(
                    sid,
                    namespace,
                    policy,
                    connection.address,
                    connection.opened_ms,
                    moved_ms=self._clock.now_ms(),
                    rooms=first,
                )
            )

    def resume(
        self, state: RecoveryState, connection: Connection, session: Session, *, streams: Mapping[str, int]
    ) -> RecoveryState:
        """Move a recoverable socket to a new connection."""
        if self.find(connection.address) is None:
            raise ConditionFailed
        moved = self._move(state, connection, streams)
        self._connect(connection, state.namespace, state.sid, session)
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000
        self._take_along(moved.sid, until_ms, address=connection.address, detached=False, left_ms=0)
        return moved

    def release(self, connection: Connection, namespace: str, *, overtaken_ms: int | None = None) -> bool:
        """Disconnect one socket, its rooms with it."""
        stored = self._connections.get(connection.address)
        sid = connection.sockets.get(namespace)
        if stored is None or sid is None or stored.sockets.get(namespace) != sid:
            return False
        self.forget(sid)
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
        self._forget(lambda member: member.address == address and not is_recoverable(member.sid))
        self._connections.pop(address, None)
        self._parts.pop(address, None)
        for key in [key for key in self._acks if key[0] == address]:
            del self._acks[key]
        if connection is not None:
            self._part(connection, final=final)
            self._ended[address] = connection
        elif final and address in self._ended:  # a DISCONNECT that the report of the close has overtaken
            for namespace in self._ended[address].sockets:
                self.disconnect_detached(address, namespace)
        return connection

    def disconnect_detached(self, address: str, namespace: str) -> None:
        """End the recoverable socket that is detached from this connection."""
        connection = self._ended.get(address)
        state = self.state(connection.sockets.get(namespace, "")) if connection else None
        if state is not None and state.phase == "detached" and state.address == address:
            self.forget(state.sid)

    def forget(self, sid: str) -> None:
        """End a socket, its memberships with it."""
        self._forget(lambda member: member.sid == sid)
        self._end_state(sid)

    def forget_detached(self, sid: str) -> bool:
        """End a socket unless it came back."""
        state = self.state(sid)
        if state is None or state.phase != "detached":
            return False
        self.forget(sid)
        return True

    def seen(self, address: str, now_ms: int) -> bool:
        """Note a sign of life."""
        connection = self.find(address)
        if connection is None:
            return False
        self._connections[address] = replace(connection, seen_ms=now_ms)
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

    def enter(self, member: Member, room: str, at: int) -> None:
        """Enter a room at `frame_order` `at`."""
        memberships = self._rooms.setdefault((member.namespace, room), {})
        stored = memberships.get(member.sid)
        if stored is not None and stored.at > at:
            return
        if stored is not None and stored.is_in:
            stored.at, stored.member = at, replace(stored.member, latest=at)
            return
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000
        memberships[member.sid] = _Membership(replace(member, entered=at, latest=at), at, until_ms)

    def leave(self, member: Member, room: str, at: int) -> None:
        """Leave a room at `frame_order` `at`."""
        memberships = self._rooms.setdefault((member.namespace, room), {})
        stored = memberships.get(member.sid)
        if stored is None or stored.at <= at:
            memberships[member.sid] = _Membership(member, at, until_ms=0, is_in=False)

    def update_data(self, member: Member, room: str, data: str, at: int) -> Member | None:
        """Rewrite the note of a membership."""
        stored = self._membership(member, room)
        if stored is not None and stored.at <= at:
            stored.at, stored.member = at, replace(stored.member, data=data, latest=at)
        return None if stored is None else stored.member

    def membership(self, member: Member, room: str) -> Member | None:
        """The member as it is in a room."""
        stored = self._membership(member, room)
        return None if stored is None else stored.member

    def members(self, namespace: str, room: str) -> list[Member]:
        """Who is in a room."""
        memberships = self._rooms.get((namespace, room), {}).values()
        return [each.member for each in memberships if self._is_in(each)]

    def everyone(self, namespace: str) -> Iterator[Member]:
        """Every accepted socket of a namespace."""
        for connection in list(self._connections.values()):
            member = connection.member(namespace)
            if member is not None and self._lives(connection):
                yield member
        yield from self._absent(namespace)

    def entered(self, address: str, namespace: str) -> list[str]:
        """The rooms a socket is in."""
        connection = self.find(address)
        sid = connection.sockets.get(namespace) if connection else None
        return [
            room
            for (space, room), memberships in self._rooms.items()
            if space == namespace and sid in memberships and memberships[sid].is_in
        ]

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
            if not connection.sockets and connection.opened_ms < opened_before_ms:
                yield connection.address

    def claim_once(self, name: str, ttl_s: int) -> bool:
        """True to exactly one caller for each name while it is remembered."""
        now = self._clock.now_ms()
        if self._names.get(name, 0) > now:
            return False
        self._names[name] = now + ttl_s * 1000
        return True

    def was_claimed(self, name: str) -> bool:
        """Whether `claim_once` was answered with True for this name, and it is remembered."""
        return self._names.get(name, 0) > self._clock.now_ms()

    def expect_ack(self, address: str, ack_id: int, callback: str | None, ttl_s: int) -> None:
        """Remember that an acknowledgement is awaited."""
        self._acks[address, ack_id] = _Ack(callback, self._clock.now_ms() + ttl_s * 1000)

    def settle_ack(self, address: str, ack_id: int, args: list[Any]) -> str | None:
        """Take an acknowledgement that came."""
        ack = self._awaited(address, ack_id)
        if ack is None or ack.args is not None:
            return None
        ack.args = args
        return ack.callback or ""

    def take_ack(self, address: str, ack_id: int) -> list[Any] | None:
        """The arguments that `call` waits for, or None yet."""
        ack = self._awaited(address, ack_id)
        return ack.args if ack else None

    def collect(self, address: str, part: Part, frame: str) -> tuple[bool, list[Assembled]]:
        """Keep one frame of a binary packet until the others are there."""
        now_ms = self._clock.now_ms()
        waiting = [each for each in self._parts.get(address, []) if each[0] > now_ms]
        step = binary.add([each for _, each, _ in waiting], part)
        if step.part is not None:
            waiting.append((now_ms + PART_TTL_S * 1000, step.part, frame))
        self._parts[address] = [each for each in waiting if each[1] in step.left]
        frames = {each.id: text for _, each, text in waiting if each.is_kept}
        whole = [
            replace(packet, frames={each.id: frames[each.id] for each in packet.parts if each.is_kept})
            for packet in step.whole
        ]
        return step.part is not None and step.part.is_kept, whole

    def _membership(self, member: Member, room: str) -> _Membership | None:
        stored = self._rooms.get((member.namespace, room), {}).get(member.sid)
        return stored if stored is not None and self._is_in(stored) else None

    def _is_in(self, membership: _Membership) -> bool:
        return membership.is_in and membership.until_ms > self._clock.now_ms()

    def _connect(self, connection: Connection, namespace: str, sid: str, session: Session) -> None:
        stored = self.find(connection.address)
        if stored is None or namespace in stored.sockets:
            raise ConditionFailed
        sockets = {**stored.sockets, namespace: sid}
        self._connections[connection.address] = replace(
            stored, sockets=sockets, sessions={**stored.sessions, namespace: dict(session)}
        )

    def _part(self, connection: Connection, *, final: bool) -> None:
        """Detach the recoverable sockets of a connection that ended, or end them with it."""
        for namespace, sid in connection.sockets.items():
            if is_recoverable(sid) and final:
                self.forget(sid)
            elif is_recoverable(sid):
                until_ms = self._detach(sid, connection.address, connection.sessions[namespace])
                self._take_along(sid, until_ms, detached=True, left_ms=self._clock.now_ms())

    def _take_along(self, sid: str, until_ms: int | None, **changes: Any) -> None:
        """Change the memberships of a recoverable socket that comes or goes; None: it was not for this caller."""
        for memberships in self._rooms.values() if until_ms is not None else ():
            kept = memberships.get(sid)
            if kept is not None and kept.is_in and until_ms is not None:
                kept.member, kept.until_ms = replace(kept.member, **changes), until_ms

    def _lives(self, connection: Connection) -> bool:
        return connection.opened_ms + CONNECTION_TTL_S * 1000 > self._clock.now_ms()

    def _awaited(self, address: str, ack_id: int) -> _Ack | None:
        ack = self._acks.get((address, ack_id))
        return ack if ack is not None and ack.until_ms > self._clock.now_ms() else None

    def _forget(self, is_forgotten: Callable[[Member], bool]) -> None:
        for memberships in self._rooms.values():
            for sid in [sid for sid, kept in memberships.items() if is_forgotten(kept.member)]:
                del memberships[sid]


@dataclass(slots=True)
class MemoryTransport:
    """A `ports.Transport` that records; `gone` addresses answer as API Gateway's 410 does."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)

    def post(self, address: str, frame: str) -> PostResult:
        """Record one frame."""
        if address in self.gone:
            return PostResult.GONE
        self.sent.append((address, frame))
        return PostResult.SENT

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Record frames for many."""
        return [
            PostResult.GONE if any(self.post(address, text) is PostResult.GONE for text in texts) else PostResult.SENT
            for address, texts in frames
        ]

    def close(self, address: str) -> None:
        """Record that a connection was closed."""
        self.closed.append(address)
        self.gone.add(address)
