"""The server with python-socketio's public names, for code that runs one frame at a time.

What differs from a long-running server, because every frame may meet another process:

- sessions and rooms live in the store;
- ``callback`` names a handler registered with ``@sio.callback`` instead of any closure;
- ``call`` waits, in a frame no longer than 5 s, for an acknowledgement that another invocation receives;
- handlers are plain functions: one invocation serves one frame.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .batches import LARGE_ROOM
from .codec.socketio import Packet, PacketType
from .emitter import Emitter, arguments
from .exceptions import DisconnectedError, TimeoutError
from .fanout import FRAME_BYTES_MAX, text_packet
from .hooks import Hooks
from .ports import Delivery, Member, address_of, is_lasting, place
from .registry import Registry
from .request import CURRENT, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .emitter import Rooms
    from .fanout import Fanout
    from .lasting import Recovery
    from .ports import Clock, Connection, Ids, Relay, Session, Store, Transport
    from .request import Acceptance

logger = logging.getLogger(__name__)

ACK_POLL_S = 0.05
FINAL_REASONS = frozenset({"client disconnect", "server disconnect", "parse error"})  # after these nobody comes back
ACK_TTL_S = 3600  # an acknowledgement that comes later than this is nobody's
HANDSHAKE_MS = 5_000  # a native client is accepted before it can be posted to: no longer than this before


class Server(Registry):
    """Registers handlers, emits events, and keeps sessions and rooms; frames come in through `inbox.Inbox`.

    `everyone_room`, `relay` and `large_room` are the emitter's: see `Emitter`. `recovery`: clients that ask for it may
    come back to their sockets after a lost connection.
    """

    def __init__(
        self,
        store: Store,
        transport: Transport,
        *,
        clock: Clock,
        ids: Ids,
        frame_bytes_max: int = FRAME_BYTES_MAX,
        everyone_room: str | None = None,
        relay: Relay | None = None,
        large_room: int = LARGE_ROOM,
        recovery: Recovery | None = None,
    ) -> None:
        super().__init__()
        self.recovery = recovery
        self.store = store
        self.transport = transport
        self.clock = clock
        self.ids = ids
        self.emitter = Emitter(
            store,
            transport,
            on_gone=self._gone,
            find=self._connection_of,
            frame_bytes_max=frame_bytes_max,
            everyone_room=everyone_room,
            relay=relay,
            large_room=large_room,
        )
        self._everyone_room = everyone_room
        self.hooks = Hooks()
        self._watchers: list[Callable[[str], object]] = []

    @property
    def fanout(self) -> Fanout:
        """The way out to members that are known already."""
        return self.emitter.fanout

    @property
    def request(self) -> Request:
        """The frame being handled; RuntimeError outside a handler."""
        request = CURRENT.get()
        if request is None:
            raise RuntimeError("No frame is being handled")
        return request

    def emit(
        self,
        event: str,
        data: Any = None,
        to: Rooms | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | str | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """Send an event to a socket (its sid), a room, several of them, or everybody in the namespace: `Emitter.emit`.

        `callback` needs one socket as the target; of one that is gone, nothing will be heard. In a ``connect`` handler,
        what goes to its own socket is sent once the client was answered; not to a native client, whose handshake
        cannot be answered by an event.
        """
        targets = room if to is None else to
        name = None if callback is None else self.callback_name(callback)
        entering = self._entering(targets, namespace or "/", skip_sid)
        if entering is not None:
            targets = None if targets is None else [each for each in _each(targets) if each != entering.sid]
            skip_sid = [*_each(skip_sid), entering.sid]
        if name is None:
            if entering is not None:
                entering.emit(self.fanout.letters([self._entrant(entering)], event, *arguments(data)))
            self.emitter.emit(event, data, namespace, targets, skip_sid)
            return
        members = self.emitter.members(targets, namespace or "/", skip_sid)
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
        ignore_queue: bool = False,
    ) -> Any:
        """Send an event to one socket and wait up to `timeout` seconds for what it acknowledges with.

        Returns None, the argument, or a tuple of several. Raises TimeoutError, DisconnectedError. The time is billed: a
        callback costs nothing while it waits. While a frame is handled, all its calls together wait no longer than
        `request.PATIENCE_S`, whatever `timeout` says: a function that sleeps answers no other frame.
        """
        target = to or sid
        if target is None:
            raise ValueError("call needs the sid of one socket")
        targets = [] if self._accepting(target) else self.emitter.members(target, namespace or "/")
        if not targets:
            raise DisconnectedError("There is no such socket to ask")
        member, ack_id, outcome = self._emit_for_ack(targets, event, data, None)
        if outcome is Delivery.GONE:
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
        self.store.enter(self._member(sid, namespace), room, self._place(sid))

    def leave_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """Take a socket out of a room. Raises DisconnectedError."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            acceptance.rooms[:] = [entered for entered in acceptance.rooms if entered != room]
            return
        self.store.leave(self._member(sid, namespace), room, self._place(sid))

    def close_room(self, room: str, namespace: str | None = None) -> None:
        """Take everybody out of a room."""
        now = place(self.clock.now_ms())
        for member in self.store.members(namespace or "/", room):
            self.store.leave(member, room, now)

    def rooms(self, sid: str, namespace: str | None = None) -> list[str]:
        """The rooms a socket is in, its own (named by its sid) first."""
        acceptance = self._accepting(sid)
        if acceptance is not None:
            return [sid, *acceptance.rooms]
        address = self._address_of(sid)
        return [sid, *(self.store.rooms(address, namespace or "/") if address else ())]

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
        self.store.save_session(connection.address, namespace or "/", session)
        self._changed(connection.address)
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

    def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """Disconnect a socket for good; the client is told. Does nothing for one that is gone.

        In its own ``connect`` handler, that refuses it.
        """
        acceptance = self._accepting(sid)
        if acceptance is not None:
            acceptance.is_disconnected = True
            return
        address = self._address_of(sid)
        if address is not None:
            self.drop(address, sid, namespace or "/", "server disconnect")
        elif is_lasting(sid):
            self.store.forget(sid)

    def drop(
        self,
        address: str,
        sid: str,
        namespace: str,
        reason: str,
        *,
        tell: bool = True,
        overtaken_ms: int | None = None,
    ) -> None:
        """End one socket of a connection; ``disconnect`` handlers run once.

        The connection stays open, as a stock server keeps it: another CONNECT may be on its way. That of a native
        client ends with its socket, and so does one whose end could not be prepared: whoever notices tries again.
        `overtaken_ms`: see `Store.release`.
        """
        connection = self.store.find(address)  # read now: another namespace may have connected a moment ago
        if connection is None and is_lasting(sid):  # the end has overtaken this goodbye
            self.store.dismiss(address, namespace)
        if connection is None or connection.sockets.get(namespace) != sid:
            return
        if connection.form == "socketio" and tell:
            self.transport.post(address, text_packet(Packet(PacketType.DISCONNECT, namespace)))
        if connection.form == "native" or not self._is_prepared(connection, reason, [namespace]):
            self.hang_up(address, reason)
        elif self.store.release(connection, namespace, overtaken_ms=overtaken_ms):
            self._changed(address)
            self._say_goodbye(connection, {namespace: sid}, reason)
        elif is_lasting(sid):  # the end has overtaken it since it was looked for
            self.store.dismiss(address, namespace)

    def hang_up(self, address: str, reason: str) -> None:
        """End a connection; never raises.

        Cleaned up first, so that handlers hear this reason and not that of the close that API Gateway reports then: a
        clean-up that fails is tried again by that report, and by the heartbeat.
        """
        try:
            self.closed(address, reason)
        except Exception:
            logger.exception("A connection could not be cleaned up")
        self.transport.close(address)

    def closed(self, address: str, reason: str, *, by_client: bool = False) -> None:
        """Clean up after a connection that has ended, however that was learnt; ``disconnect`` handlers run once.

        Unless somebody wished the end, its lasting sockets may come back. `by_client`: the client closed it just now,
        which is a sign of life, the last one.
        """
        self._end(address, reason, lambda found: self._is_prepared(found, reason, found.sockets, by_client=by_client))

    def _end(self, address: str, reason: str, may_end: Callable[[Connection], bool]) -> None:
        connection = self.store.end(address, may_end, final=reason in FINAL_REASONS)
        self._changed(address)
        if connection is not None:
            self._say_goodbye(connection, connection.sockets, reason)

    def watch(self, watcher: Callable[[str], object]) -> None:
        """Call `watcher` with the address of each connection that this process changes or ends."""
        self._watchers.append(watcher)

    def _changed(self, address: str) -> None:
        for watcher in self._watchers:
            watcher(address)

    def _say_goodbye(self, connection: Connection, sockets: Mapping[str, str], reason: str) -> None:
        """Run ``disconnect`` handlers. What one raises is logged: it is no fault of whoever noticed the end."""
        for namespace, sid in sockets.items():
            request = Request(connection, id="", received_ms=self.clock.now_ms(), namespace=namespace)
            token = CURRENT.set(request)
            try:
                self.trigger_lifecycle("disconnect", namespace, sid, reason)
            except Exception:
                logger.exception("A disconnect handler failed")
            finally:
                CURRENT.reset(token)

    def _gone(self, address: str) -> None:
        """A post found no connection. That of a native client in its handshake is not there yet, rather than gone."""
        opened_ms, reason = self.clock.now_ms() - HANDSHAKE_MS, "transport close"

        def is_gone(found: Connection) -> bool:
            is_there = found.form == "socketio" or found.opened_ms < opened_ms
            return is_there and self._is_prepared(found, reason, found.sockets)

        self._end(address, reason, is_gone)

    def _is_prepared(
        self, found: Connection, reason: str, namespaces: Iterable[str], *, by_client: bool = False
    ) -> bool:
        """Whether the end of sockets could be prepared. Those whose end somebody wished were not found gone."""
        is_heard = by_client or reason in FINAL_REASONS
        return self.hooks.ending(found, namespaces, self.clock.now_ms() if is_heard else found.seen_ms)

    def _emit_for_ack(
        self, targets: list[Member], event: str, data: Any, callback: str | None
    ) -> tuple[Member, int, Delivery]:
        if len(targets) > 1 or targets[0].form == "native":
            raise ValueError("An acknowledgement can be asked of one Socket.IO socket only")
        (member,) = targets
        ack_id = self.ids.ack_id()
        self.store.expect_ack(member.address, ack_id, callback, ACK_TTL_S)
        letters = self.fanout.letters(targets, event, *arguments(data), ack_id=ack_id)
        acceptance = self._accepting(member.sid)
        if acceptance is not None:
            acceptance.emit(letters, awaits_ack=True)
            return member, ack_id, Delivery.KEPT
        return member, ack_id, self.fanout.deliver(letters, kept=False)[member.sid]

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
        request, began = CURRENT.get(), self.clock.monotonic()
        until = began + (timeout_s if request is None else min(timeout_s, request.patience_s))
        args = None
        while args is None and self.clock.monotonic() < until:
            args = self.store.take_ack(address, ack_id)
            if args is None:
                self.clock.sleep(min(ACK_POLL_S, until - self.clock.monotonic()))
        if request is not None:
            request.patience_s -= self.clock.monotonic() - began
        return args

    def _accepting(self, sid: str) -> Acceptance | None:
        request = CURRENT.get()
        acceptance = request.acceptance if request else None
        return acceptance if acceptance is not None and acceptance.sid == sid else None

    def _place(self, sid: str) -> int:
        """The place of a change to a socket's rooms: that of the frame it sent, else now."""
        request = CURRENT.get()
        if request is not None and sid in request.connection.sockets.values():
            return request.place
        return place(self.clock.now_ms())

    def _member(self, sid: str, namespace: str | None) -> Member:
        connection = self._connection(sid, namespace)
        return Member(sid, connection.address, namespace or "/", connection.form)

    def _connection(self, sid: str, namespace: str | None) -> Connection:
        connection = self._connection_of(sid)
        if connection is None or connection.sockets.get(namespace or "/") != sid:
            raise DisconnectedError("The socket is gone")
        return connection

    def _connection_of(self, sid: str) -> Connection | None:
        """The connection of a socket: that of the frame being handled without another look."""
        request = CURRENT.get()
        if request is not None and sid in request.connection.sockets.values():
            return request.connection
        address = self._address_of(sid)
        return None if address is None else self.store.find(address)

    def _address_of(self, sid: str) -> str | None:
        """Where a socket is connected: where it was born, or to where it moved; None while it is away. One read."""
        if not is_lasting(sid):
            return address_of(sid)
        standing = self.store.standing(sid)
        return None if standing is None or standing.state == "away" else standing.address


def _each(names: Rooms | None) -> Sequence[str]:
    """One name or several, as several."""
    return [names] if isinstance(names, str) else names or ()
