"""Events from anywhere: rooms, or the sids of sockets, to members, and those to the fan-out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from .address import POLL
from .batches import batches
from .fanout import Fanout
from .frames import fit_together
from .model import LARGE_ROOM, MAX_MESSAGE_OUT, Member
from .polling.transport import RoutedTransport
from .sid import RECOVERABLE, SID_RANDOM_CHARS, address_of, is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .model import Connection
    from .ports import Meter, Relay, Store, Transport

Rooms: TypeAlias = "str | Sequence[str]"

SID = re.compile(rf"[\w-]{{{SID_RANDOM_CHARS}}}(?:{RECOVERABLE}[\w-]*|(?:{POLL})?[\w-]+)={{0,2}}", re.ASCII)


class Emitter:
    """Emits to the sockets of a server that runs elsewhere, as python-socketio's write-only client managers do.

    It needs the server's store and transport, and no handlers: what it finds to be gone is left to the server, whose
    ``disconnect`` handlers would miss it, unless `on_gone` is given. `find` looks a connection up by a socket's sid.
    `everyone_room`: a room's name that stands for everybody in the namespace, and costs no membership. `relay`: takes
    events to more than `large_room` sockets off the caller's hands, in batches; without one they are posted here.
    `meter`: is told how many posts fail.
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
    ) -> None:
        self.transport = RoutedTransport(transport, store.polling)
        self.fanout = Fanout(self.transport, on_gone=on_gone, max_message_out=max_message_out, store=store, meter=meter)
        self._store = store
        self._max_message_out = max_message_out
        self._everyone_room = everyone_room
        self._relay = relay
        self._large_room = large_room
        self._find = find or (lambda sid: store.connections.find(address_of(sid)))

    def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        to: Rooms | None = None,
    ) -> None:
        """Send an event to a socket (its sid), a room, several of them, or everybody in the namespace.

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

    def members(self, rooms: Rooms | None, namespace: str, skip_sid: Rooms | None = None) -> list[Member]:
        """The sockets that `rooms` stand for, each once; None for all of the namespace."""
        skipped = {skip_sid} if isinstance(skip_sid, str) else set(skip_sid or ())
        named: Sequence[str | None] = [None] if rooms is None else [rooms] if isinstance(rooms, str) else rooms
        targets = {member.sid: member for room in named for member in self._in_room(room, namespace)}
        return [member for member in targets.values() if member.sid not in skipped]

    def _in_room(self, room: str | None, namespace: str) -> Iterable[Member]:
        """The socket of a sid, or else those in a room, whose name may look like a sid; None: everybody."""
        if room is None or room == self._everyone_room:
            return self._store.connections.everyone(namespace)
        member = self._socket(room, namespace) if SID.fullmatch(room) else None
        return self._store.rooms.members(namespace, room) if member is None else [member]

    def _socket(self, sid: str, namespace: str) -> Member | None:
        if is_recoverable(sid):
            state = self._store.recovery.state(sid)
            if state is None or state.namespace != namespace:
                return None
            return Member(sid, state.address, namespace, detached=state.phase == "detached")
        connection = self._find(sid)
        member = None if connection is None else connection.member(namespace)
        return member if member is not None and member.sid == sid else None


def arguments(data: Any) -> tuple[Any, ...]:
    """What `data` stands for, as python-socketio has it: a tuple for several arguments, None for none."""
    return data if isinstance(data, tuple) else () if data is None else (data,)
