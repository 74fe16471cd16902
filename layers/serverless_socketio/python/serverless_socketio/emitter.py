"""Events from anywhere, to rooms and sockets; who is in which room, and who is to go.

What becomes of a socket that is to be disconnected by a process that has no handlers:

====================  ================================  ==========================================================
it                    with a relay                      without one
====================  ================================  ==========================================================
is detached           is forgotten                      is forgotten: its ``disconnect`` handler ran with its end
is alone on its       is left to the server, by one     its client is told, then its connection is closed; the
connection            message: as `Server.disconnect`   server hears of that, and its handlers run
has others beside it  likewise                          its client is told and its rooms are left; no handler runs
====================  ================================  ==========================================================
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

from .address import POLL
from .batches import batches
from .codec.socketio import Packet, PacketType
from .fanout import Fanout
from .frames import fit_together, text_packet
from .model import LARGE_ROOM, MAX_MESSAGE_OUT, Member, frame_order
from .polling.transport import RoutedTransport
from .sid import RECOVERABLE, SID_RANDOM_CHARS, address_of, is_recoverable
from .system import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .model import Connection
    from .ports import Clock, Meter, Relay, Store, Transport

Rooms: TypeAlias = "str | Sequence[str]"

SID = re.compile(rf"[\w-]{{{SID_RANDOM_CHARS}}}(?:{RECOVERABLE}[\w-]*|(?:{POLL})?[\w-]+)={{0,2}}", re.ASCII)
THREADS = 16  # that take members out of a room at a time


class Emitter:
    """Emits to the sockets of a server that runs elsewhere, as python-socketio's write-only client managers do.

    Likewise it lets them enter and leave rooms, and disconnects them; a socket that is gone is no error. It needs the
    server's store and transport, and no handlers: what it finds to be gone is left to the server, whose ``disconnect``
    handlers would miss it, unless `on_gone` is given. `find` looks a connection up by a socket's sid.
    `everyone_room`: a room's name that stands for all sockets of the namespace, and costs no membership. `relay`: takes
    events to more than `large_room` sockets off the caller's hands, in batches; without one they are posted here.
    `meter`: is told how many posts fail. `clock`: says when a room was entered or left; the machine's, if not given.
    """

    def __init__(
        self,
        store: Store,
        transport: Transport,
        *,
        on_gone: Callable[[str], object] | None = None,
        find: Callable[[str], Connection | None] | None = None,
        max_message_out: int = MAX_MESSAGE_OUT,
        everyone_room: str | None = None,
        relay: Relay | None = None,
        large_room: int = LARGE_ROOM,
        meter: Meter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.transport = RoutedTransport(transport, store.polling)
        self.fanout = Fanout(self.transport, on_gone=on_gone, max_message_out=max_message_out, store=store, meter=meter)
        self._store = store
        self._max_message_out = max_message_out
        self._everyone_room = everyone_room
        self._relay = relay
        self._large_room = large_room
        self._find = find or (lambda sid: store.connections.find(address_of(sid)))
        self._clock = clock or SystemClock()

    def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        to: Rooms | None = None,
    ) -> None:
        """Send an event to a socket (its sid), a room, several of them, or all sockets of the namespace.

        A tuple as `data` becomes several arguments, None becomes none. An empty list of targets reaches no socket.
        Raises FrameTooLargeError, or ValueError for an event name that clients reserve, before anything is sent. Events
        to one room arrive in the order they were emitted in, but for those that a relay carries; to recoverable sockets
        they are logged and posted here, whatever the room's size.
        """
        members = self.members(room if to is None else to, namespace or "/", skip_sid)
        if self._relay is None or len(members) <= self._large_room:
            self.fanout.send(self.fanout.encode(members, event, *arguments(data)), logged=True)
            return
        others = [member for member in members if not is_recoverable(member.sid)]
        packets = self.fanout.encode(others, event, *arguments(data))
        self.fanout.emit([member for member in members if is_recoverable(member.sid)], event, *arguments(data))
        handed_on = list(batches(packets))
        if all(fit_together(batch.frames, self._max_message_out) for batch in handed_on):
            self._relay.send(handed_on)
        else:  # with attachments that are too large for a message
            self.fanout.send(packets)

    def enter_room(self, sid: str, namespace: str | None, room: str) -> None:
        """Put a socket into a room; also one that is detached, which is there when it comes back.

        Without effect if a later frame of its client has left that room. A read or two, and two writes.
        """
        member = self._socket(sid, namespace or "/")
        if member is not None:
            self._store.rooms.enter(member, room, self._now())

    def leave_room(self, sid: str, namespace: str | None, room: str) -> None:
        """Take a socket out of a room, likewise."""
        member = self._socket(sid, namespace or "/")
        if member is not None:
            self._store.rooms.leave(member, room, self._now())

    def close_room(self, room: str, namespace: str | None = None) -> None:
        """Take all sockets out of a room that are in it now. A query, and two writes for each, `THREADS` at a time."""
        members, now = self._store.rooms.members(namespace or "/", room), self._now()
        if not members:
            return
        with ThreadPoolExecutor(min(THREADS, len(members)), thread_name_prefix="close-room") as threads:
            list(threads.map(lambda member: self._store.rooms.leave(member, room, now), members))

    def disconnect(self, sid: str, namespace: str | None = None) -> None:
        """Disconnect a socket for good; its client is told, and does not come back by itself. See the module's table.

        Raises QueueError if a relay does not take it.
        """
        member = self._socket(sid, namespace or "/")
        if member is not None and member.detached:
            if self._store.recovery.forget_detached(sid):
                return
            member = self._socket(sid, member.namespace)  # it has come back this moment
        if member is None:
            return
        if self._relay is not None:
            self._relay.disconnect(sid, member.namespace)
            return
        if is_recoverable(sid):
            self._store.recovery.forget(sid)  # first: who reads of its end cannot come back to it
        self._end(member)

    def members(self, rooms: Rooms | None, namespace: str, skip_sid: Rooms | None = None) -> list[Member]:
        """The sockets that `rooms` stand for, each once; None for all of the namespace."""
        skipped = {skip_sid} if isinstance(skip_sid, str) else set(skip_sid or ())
        named: Sequence[str | None] = [None] if rooms is None else [rooms] if isinstance(rooms, str) else rooms
        targets = {member.sid: member for room in named for member in self._in_room(room, namespace)}
        return [member for member in targets.values() if member.sid not in skipped]

    def _in_room(self, room: str | None, namespace: str) -> Iterable[Member]:
        """The socket of a sid, or else those in a room, whose name may look like a sid; None: all sockets."""
        if room is None or room == self._everyone_room:
            return self._store.connections.everyone(namespace)
        member = self._socket(room, namespace) if SID.fullmatch(room) else None
        return self._store.rooms.members(namespace, room) if member is None else [member]

    def _end(self, member: Member) -> None:
        """Tell a client, and close its connection if no other socket is on it."""
        connection = self._store.connections.find(member.address)
        if connection is None or connection.sockets.get(member.namespace) != member.sid:
            return
        told = text_packet(Packet(PacketType.DISCONNECT, member.namespace))
        if len(connection.sockets) == 1:
            self.transport.close(member.address, ended=False, last="" if connection.form == "native" else told)
            return
        self.transport.post(member.address, told)
        self._store.connections.release(connection, member.namespace)

    def _now(self) -> int:
        return frame_order(self._clock.now_ms())

    def _socket(self, sid: str, namespace: str) -> Member | None:
        if is_recoverable(sid):
            state = self._store.recovery.state(sid)
            if state is None or state.namespace != namespace:
                return None
            is_detached = state.phase == "detached"
            left_ms = state.moved_ms if is_detached else 0
            return Member(sid, state.address, namespace, detached=is_detached, left_ms=left_ms)
        connection = self._find(sid)
        member = None if connection is None else connection.member(namespace)
        return member if member is not None and member.sid == sid else None


def arguments(data: Any) -> tuple[Any, ...]:
    """What `data` stands for, as python-socketio has it: a tuple for several arguments, None for none."""
    return data if isinstance(data, tuple) else () if data is None else (data,)
