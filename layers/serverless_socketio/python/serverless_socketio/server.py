"""The server with python-socketio's public names, for code that runs one frame at a time.

What differs from a long-running server, because every frame may meet another process:

- sessions and rooms live in the store;
- ``callback`` names a handler registered with ``@sio.callback`` instead of any closure;
- ``call`` waits, in a frame no longer than 5 s, for an acknowledgement that another invocation receives;
- handlers are plain functions: one invocation serves one frame.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .address import kind_of
from .emitter import arguments
from .exceptions import DisconnectedError, TimeoutError
from .hooks import Hooks
from .manager import Manager
from .model import LARGE_ROOM, MAX_MESSAGE_OUT, DisconnectReason, PostResult, frame_order
from .ports import Ports
from .registry import Registry
from .request import CURRENT, Request, current
from .sid import is_recoverable
from .system import RandomIds, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .emitter import Rooms
    from .model import Connection, Member, Session
    from .ports import Clock, Ids, Relay, Store, Transport
    from .recovery.state import Recovery
    from .request import Acceptance

ACK_POLL_S = 0.05
ACK_TTL_S = 3600  # an acknowledgement that comes later than this is dropped
REPEAT_TTL_S = 900  # Lambda's queue drops a frame that is a minute old, and may deliver it once more


class Server(Registry):
    """Registers handlers, emits events, and keeps sessions and rooms.

    Its ports are given here, or by what carries frames to it: `aws.LambdaApp`. `everyone_room`: a room's name that
    stands for all sockets of the namespace. `recovery`: clients that ask for it may come back to their sockets after a
    lost connection. `manager` is for those that carry frames and ticks to it.
    """

    reason = DisconnectReason

    def __init__(
        self,
        store: Store | None = None,
        transport: Transport | None = None,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        relay: Relay | None = None,
        large_room: int = LARGE_ROOM,
        max_message_out: int = MAX_MESSAGE_OUT,
        everyone_room: str | None = None,
        recovery: Recovery | None = None,
    ) -> None:
        super().__init__()
        self.hooks = Hooks()
        self._everyone_room = everyone_room
        self._recovery = recovery
        self._make_ports: Callable[[], Ports] | None = None
        if store is not None and transport is not None:
            ports = Ports(
                store, transport, clock or SystemClock(), ids or RandomIds(), relay, large_room, max_message_out
            )
            self.attach(lambda: ports)

    def attach(self, make_ports: Callable[[], Ports]) -> None:
        """Say where the ports come from; they are made when first used."""
        self._make_ports = make_ports

    @cached_property
    def manager(self) -> Manager:
        """The inner side. RuntimeError for a server without ports."""
        if self._make_ports is None:
            raise RuntimeError("This server has no store and no transport: give it to a LambdaApp, or give it both")
        ports = self._make_ports()
        return Manager(self._handlers, self.hooks, ports, everyone_room=self._everyone_room, recovery=self._recovery)

    @property
    def request(self) -> Request:
        """The frame being handled; RuntimeError outside a handler."""
        return current()

    def claim_once(self) -> bool:
        """Whether a handler is the first for the frame that it is given; it returns at once if not.

        For what must not be done twice, where frames are handed on asynchronously (``frames=async``) and so come at
        least once. One conditional write there; where a frame comes once, True without one. A repeat is not
        acknowledged: the first is.
        """
        request = current()
        name = f"{request.connection.address}#{request.id}"
        if not request.may_repeat or self.manager.store.pending.claim_once(name, REPEAT_TTL_S):
            return True
        request.acked = True
        return False

    def emit(
        self,
        event: str,
        data: Any = None,
        to: Rooms | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | str | None = None,
        ignore_queue: bool = False,  # noqa: ARG002 - python-socketio's parameter
    ) -> None:
        """Send an event to a socket (its sid), a room, several of them, or all of the namespace: `Emitter.emit`.

        `callback` needs one socket as the target; of one that is gone, nothing will be heard. In a ``connect`` handler,
        what goes to its own socket is sent once the client was answered; not to a native client, whose handshake
        cannot be answered by an event.
        """
        targets = room if to is None else to
        name = None if callback is None else self._handlers.callback_name(callback)
        entering = self._entering(targets, namespace or "/", skip_sid)
        if entering is not None:
            targets = None if targets is None else [each for each in _each(targets) if each != entering.sid]
            skip_sid = [*_each(skip_sid), entering.sid]
        if name is None:
            if entering is not None:
                entering.emit(self.manager.fanout.encode([self._entrant(entering)], event, *arguments(data)))
            self.manager.emitter.emit(event, data, namespace, targets, skip_sid)
            return
        members = self.manager.emitter.members(targets, namespace or "/", skip_sid)
        if entering is not None:
            members.append(self._entrant(entering))
        if members:
            self._emit_for_ack(members, event, data, name)

    def send(
        self,
        data: Any,
        to: Rooms | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | str | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """Send the event ``message``; see `emit`."""
        self.emit("message", data, to, room, skip_sid, namespace, callback, ignore_queue)

    def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float = 60,
        ignore_queue: bool = False,  # noqa: ARG002 - likewise
    ) -> Any:
        """Send an event to one socket and wait up to `timeout` seconds for what it acknowledges with.

        Returns None, the argument, or a tuple of several. Raises TimeoutError, DisconnectedError. The time is billed: a
        callback costs nothing while it waits. While a frame is handled, all its calls together wait no longer than
        `request.PATIENCE_S`, whatever `timeout` says: a function that sleeps answers no other frame.
        """
        target = to or sid
        if target is None:
            raise ValueError("call needs the sid of one socket")
        targets = [] if self._accepting(target) else self.manager.emitter.members(target, namespace or "/")
        if not targets:
            raise DisconnectedError("There is no such socket to ask")
        member, ack_id, outcome = self._emit_for_ack(targets, event, data, None)
        if outcome is PostResult.GONE:
            raise DisconnectedError("The socket is gone")
        args = self._awaited(member.address, ack_id, timeout)
        if args is None:
            raise TimeoutError(f"{event} was not acknowledged in time")
        return None if not args else args[0] if len(args) == 1 else tuple(args)

    def enter_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """Put a socket into a room. Raises DisconnectedError."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            acceptance.rooms.append(room)
            return
        member = self._member(sid, namespace)
        if member is None:
            raise DisconnectedError("The socket is gone")
        self.manager.store.rooms.enter(member, room, self._order(sid))

    def leave_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """Take a socket out of a room. Does nothing for one that is gone."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            acceptance.rooms[:] = [entered for entered in acceptance.rooms if entered != room]
            return
        member = self._member(sid, namespace)
        if member is not None:
            self.manager.store.rooms.leave(member, room, self._order(sid))

    def close_room(self, room: str, namespace: str | None = None) -> None:
        """Take all sockets out of a room."""
        self.manager.emitter.close_room(room, namespace or "/")

    def rooms(self, sid: str, namespace: str | None = None) -> list[str]:
        """The rooms a socket is in, its own (named by its sid) first; none for one that is gone or detached."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            return [sid, *acceptance.rooms]
        member = self._member(sid, namespace)
        return [] if member is None else [sid, *self.manager.store.rooms.entered(member.address, member.namespace)]

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        """What ``connect`` was told of a socket's handshake, as far as it is kept; None for one that is gone."""
        connection = current().connection if self._accepting(sid) else self._found(sid, namespace)
        return None if connection is None else dict(connection.environ)

    def transport(self, sid: str, namespace: str | None = None) -> str:
        """What carries a socket now: ``polling`` or ``websocket``. Raises DisconnectedError.

        One read for a socket that began with long-polling.
        """
        connection = current().connection if self._accepting(sid) else self._connection(sid, namespace)
        if kind_of(connection.address) == "ws":
            return "websocket"
        session = self.manager.store.polling.find(connection.address)
        return "websocket" if session is not None and session.connection else "polling"

    def get_session(self, sid: str, namespace: str | None = None) -> Session:
        """The application's session of a socket, a copy. Raises DisconnectedError."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            return dict(acceptance.session)
        return dict(self._connection(sid, namespace).sessions.get(namespace or "/", {}))

    def save_session(self, sid: str, session: Session, namespace: str | None = None) -> None:
        """Replace the session of a socket. Raises DisconnectedError."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            acceptance.session = dict(session)
            return
        connection = self._connection(sid, namespace)
        self.manager.store.connections.save_session(connection.address, namespace or "/", session)
        self.manager.changed(connection.address)
        request = CURRENT.get()
        if request is not None and request.connection is connection:
            sessions = {**connection.sessions, namespace or "/": dict(session)}
            request.connection = replace(connection, sessions=sessions)

    @contextmanager
    def session(self, sid: str, namespace: str | None = None) -> Iterator[Session]:
        """The session of a socket, saved when the block ends; not saved if it raises."""
        session = self.get_session(sid, namespace)
        yield session
        self.save_session(sid, session, namespace)

    def disconnect(
        self,
        sid: str,
        namespace: str | None = None,
        ignore_queue: bool = False,  # noqa: ARG002 - likewise
    ) -> None:
        """Disconnect a socket for good; the client is told. Does nothing for one that is gone.

        In its own ``connect`` handler, that refuses it.
        """
        acceptance = self._accepting(sid)
        if acceptance is not None:
            acceptance.is_disconnected = True
            return
        address = self.manager.address_of(sid)
        if address is not None:
            self.manager.disconnect(address, sid, namespace or "/", "server disconnect")
        elif is_recoverable(sid):
            self.manager.store.recovery.forget(sid)

    def _emit_for_ack(
        self, targets: list[Member], event: str, data: Any, callback: str | None
    ) -> tuple[Member, int, PostResult]:
        if len(targets) > 1 or targets[0].form == "native":
            raise ValueError("An acknowledgement can be asked of one Socket.IO socket only")
        (member,) = targets
        ack_id = self.manager.ids.ack_id()
        self.manager.store.pending.expect_ack(member.address, ack_id, callback, ACK_TTL_S)
        packets = self.manager.fanout.encode(targets, event, *arguments(data), ack_id=ack_id)
        acceptance = self._accepting(member.sid)
        if acceptance is not None:
            acceptance.emit(packets, awaits_ack=True)
            return member, ack_id, PostResult.LOGGED
        return member, ack_id, self.manager.fanout.send(packets)[member.sid]

    def _entering(self, targets: Rooms | None, namespace: str, skip_sid: Rooms | None) -> Acceptance | None:
        """The socket whose ``connect`` handler emits, if that is for itself, too."""
        request = CURRENT.get()
        acceptance = None if request is None or request.connection.form == "native" else request.acceptance
        if acceptance is None or acceptance.namespace != namespace or acceptance.sid in _each(skip_sid):
            return None
        own = {acceptance.sid, *acceptance.rooms, self._everyone_room}
        return acceptance if targets is None or not own.isdisjoint(_each(targets)) else None

    def _entrant(self, acceptance: Acceptance) -> Member:
        return acceptance.member(self.request.connection)

    def _awaited(self, address: str, ack_id: int, timeout_s: float) -> list[Any] | None:
        """The arguments of an acknowledgement, if it comes in time; what a frame waits is taken off its patience."""
        request, began = CURRENT.get(), self.manager.clock.monotonic()
        until = began + (timeout_s if request is None else min(timeout_s, request.patience_s))
        args = None
        while args is None and self.manager.clock.monotonic() < until:
            args = self.manager.store.pending.take_ack(address, ack_id)
            if args is None:
                self.manager.clock.sleep(min(ACK_POLL_S, until - self.manager.clock.monotonic()))
        if request is not None:
            request.patience_s -= self.manager.clock.monotonic() - began
        return args

    def _accepting(self, sid: str) -> Acceptance | None:
        request = CURRENT.get()
        acceptance = request.acceptance if request else None
        return acceptance if acceptance is not None and acceptance.sid == sid else None

    def _order(self, sid: str) -> int:
        """The order of a change to a socket's rooms: that of the frame it sent, else now."""
        request = CURRENT.get()
        if request is not None and sid in request.connection.sockets.values():
            return request.order
        return frame_order(self.manager.clock.now_ms())

    def _member(self, sid: str, namespace: str | None) -> Member | None:
        connection = self._found(sid, namespace)
        return None if connection is None else connection.member(namespace or "/")

    def _connection(self, sid: str, namespace: str | None) -> Connection:
        connection = self._found(sid, namespace)
        if connection is None:
            raise DisconnectedError("The socket is gone")
        return connection

    def _found(self, sid: str, namespace: str | None) -> Connection | None:
        """The connection of a socket, as long as it is there."""
        connection = self.manager.connection_of(sid)
        return connection if connection is not None and connection.sockets.get(namespace or "/") == sid else None


def _each(names: Rooms | None) -> Sequence[str]:
    """One name or several, as several."""
    return [names] if isinstance(names, str) else names or ()
