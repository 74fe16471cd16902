"""`ports.Room` over the library's store and fan-out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from serverless_socketio.fanout import NOT_KNOWN_TO_HAVE_ARRIVED
from serverless_socketio.model import PostResult
from serverless_socketio.recovery.streams import stream_packets
from serverless_socketio.sid import is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from serverless_socketio.fanout import Fanout
    from serverless_socketio.model import Member
    from serverless_socketio.ports import Store
    from serverless_socketio.recovery.state import RecoveryState, StreamSlice
    from serverless_socketio_chat.model import HasRoom, Sender

NAMESPACE = "/"
WRITERS = 16  # threads that change memberships at a time: each change waits for the table, not for the CPU


class Rooms:
    """What has a room in the chat, as Socket.IO rooms."""

    def __init__(self, store: Store, fanout: Fanout, close: Callable[[str], object]) -> None:
        self._store = store
        self._fanout = fanout
        self._close = close  # a connection, by its address

    @cached_property
    def _writers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(WRITERS, thread_name_prefix="room")

    def members(self, of: HasRoom) -> Sequence[Member]:
        """Who is there, consistently. One query."""
        return self._store.rooms.members(NAMESPACE, of.room)

    def enter(self, of: HasRoom, sender: Sender) -> None:
        """Put a socket there as from its frame."""
        self._store.rooms.enter(sender.member, of.room, sender.order)

    def leave(self, of: HasRoom, sender: Sender) -> None:
        """Take a socket out as from its frame."""
        self._store.rooms.leave(sender.member, of.room, sender.order)

    def enter_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`enter` many rooms, side by side."""
        self._for_all(self.enter, each, sender)

    def leave_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`leave` many rooms, side by side."""
        self._for_all(self.leave, each, sender)

    def rooms(self, member: Member) -> Sequence[str]:
        """The rooms a socket is in. One query; two for a recoverable one."""
        return self._store.rooms.entered(member.address, NAMESPACE)

    def membership(self, of: HasRoom, member: Member) -> Member | None:
        """A socket as it is there, with its membership data. One read."""
        return self._store.rooms.membership(member, of.room)

    def update_data(self, of: HasRoom, sender: Sender, data: str) -> Member | None:
        """Rewrite the data of a socket's membership as from its frame. One write."""
        return self._store.rooms.update_data(sender.member, of.room, data, sender.order)

    def emit(self, members: Sequence[Member], event: str, payload: Mapping[str, object]) -> None:
        """Send one event; what may have arrived is sent again, since receivers drop repeats by id."""
        self._fanout.emit(members, event, payload, repeatable=True)

    def close(
        self,
        members: Sequence[Member],
        event: str,
        payload: Mapping[str, object],
        *,
        reply_id: str,
        seen: Mapping[str, RecoveryState],
    ) -> Sequence[str]:
        """Send the event that ends an answer. What may have arrived is not repeated: clients drop no second."""
        outcomes = self._fanout.emit(members, event, payload, closes=reply_id, seen=seen)
        for member in members:
            if outcomes[member.sid] not in NOT_KNOWN_TO_HAVE_ARRIVED:
                continue
            if is_recoverable(member.sid):  # its connection is lost already
                self._end_unless_kept(member, reply_id)
            else:
                self._close(member.address)
        return [sid for sid, outcome in outcomes.items() if outcome is PostResult.MOVED]

    def disconnect(self, members: Sequence[Member], reply_id: str) -> None:
        """End the connections, and recoverable sockets that would come back and miss the end. Two reads for those."""
        for member in members:
            if is_recoverable(member.sid):
                self._end_unless_kept(member, reply_id)
            self._close(member.address)

    def _end_unless_kept(self, member: Member, reply_id: str) -> None:
        """End a recoverable socket that follows an answer still: what ends that was given no number for it."""
        state = self._store.recovery.state(member.sid)
        if state is not None and reply_id in state.streams:
            self._store.recovery.forget(member.sid)
            self._close(state.address)

    def follow(self, member: Member, reply_id: str, index: int, seen: RecoveryState | None) -> RecoveryState | None:
        """How a recoverable socket stands; one that is new here, or came or went, says itself how far it is."""
        if seen is not None and seen.phase == "live":
            followed = self._store.recovery.follow(member.sid, reply_id, index, seen=seen)
            if followed is not None:
                return followed
        if member.detached:
            state = self._store.recovery.state(member.sid)
            if state is None or reply_id in state.streams:
                return state
        return self._store.recovery.follow(member.sid, reply_id, index)

    def emit_each(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Mapping[str, object]]]],
        slices: Mapping[str, StreamSlice],
    ) -> Mapping[str, PostResult]:
        """Send each socket chunks of its own, in order."""
        return self._fanout.send(stream_packets(self._fanout, event, payloads, slices), repeatable=True)

    def _for_all(self, change: Callable[[HasRoom, Sender], None], each: Sequence[HasRoom], sender: Sender) -> None:
        if len(each) == 1:
            change(each[0], sender)
        elif each:
            list(self._writers.map(change, each, [sender] * len(each)))  # a list, so that what one raises is raised
