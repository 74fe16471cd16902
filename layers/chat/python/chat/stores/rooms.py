"""`ports.Room` over the library's store and fan-out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from serverless_socketio.fanout import NOT_KNOWN_TO_HAVE_ARRIVED
from serverless_socketio.ports import Delivery, is_lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chat.ports import HasRoom, Sender
    from serverless_socketio.fanout import Fanout
    from serverless_socketio.lasting import Standing, Turn
    from serverless_socketio.ports import Member, Store

NAMESPACE = "/"
WRITERS = 16  # threads that change memberships at a time: each change waits for the table, not for the CPU


class Rooms:
    """What has a room in the chat, as Socket.IO rooms."""

    def __init__(self, store: Store, fanout: Fanout) -> None:
        self._store = store
        self._fanout = fanout

    @cached_property
    def _writers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(WRITERS, thread_name_prefix="room")

    def members(self, of: HasRoom) -> Sequence[Member]:
        """Who is there, consistently. One query."""
        return self._store.members(NAMESPACE, of.room)

    def enter(self, of: HasRoom, sender: Sender) -> None:
        """Put a socket there as from its frame."""
        self._store.enter(sender.member, of.room, sender.place)

    def leave(self, of: HasRoom, sender: Sender) -> None:
        """Take a socket out as from its frame."""
        self._store.leave(sender.member, of.room, sender.place)

    def enter_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`enter` many rooms, side by side."""
        self._for_all(self.enter, each, sender)

    def leave_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`leave` many rooms, side by side."""
        self._for_all(self.leave, each, sender)

    def rooms(self, member: Member) -> Sequence[str]:
        """The rooms a socket is in. One query; two for a lasting one."""
        return self._store.rooms(member.address, NAMESPACE)

    def membership(self, of: HasRoom, member: Member) -> Member | None:
        """A socket as it is there, with its note. One read."""
        return self._store.membership(member, of.room)

    def annotate(self, of: HasRoom, sender: Sender, note: str) -> Member | None:
        """Rewrite the note of a socket's membership as from its frame. One write."""
        return self._store.annotate(sender.member, of.room, note, sender.place)

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
        seen: Mapping[str, Standing],
    ) -> Sequence[str]:
        """Send the event that ends an answer. What may have arrived is not sent again, since nobody drops a second."""
        outcomes = self._fanout.emit(members, event, payload, closes=reply_id, seen=seen)
        for member in members:
            if outcomes[member.sid] not in NOT_KNOWN_TO_HAVE_ARRIVED:
                continue
            if is_lasting(member.sid):  # its connection is lost already
                self._end_unless_kept(member, reply_id)
            else:
                self._fanout.lose(member.address)
        return [sid for sid, outcome in outcomes.items() if outcome is Delivery.MOVED]

    def disconnect(self, members: Sequence[Member], reply_id: str) -> None:
        """End the connections, and lasting sockets that would come back and miss the end. Two reads for those."""
        for member in members:
            if is_lasting(member.sid):
                self._end_unless_kept(member, reply_id)
            self._fanout.lose(member.address)

    def _end_unless_kept(self, member: Member, reply_id: str) -> None:
        """End a lasting socket that follows an answer still: what ends that was given no number for it."""
        standing = self._store.standing(member.sid)
        if standing is not None and reply_id in standing.runs:
            self._store.forget(member.sid)
            self._fanout.lose(standing.address)

    def follow(self, member: Member, reply_id: str, index: int, seen: Standing | None) -> Standing | None:
        """How a lasting socket stands; one that is new here, or came or went, says itself how far it is."""
        if seen is not None and seen.state == "live":
            followed = self._store.follow(member.sid, reply_id, index, seen=seen)
            if followed is not None:
                return followed
        if member.away:
            standing = self._store.standing(member.sid)
            if standing is None or reply_id in standing.runs:
                return standing
        return self._store.follow(member.sid, reply_id, index)

    def emit_each(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Mapping[str, object]]]],
        turns: Mapping[str, Turn],
    ) -> Mapping[str, Delivery]:
        """Send each socket chunks of its own, in order."""
        return self._fanout.emit_each(event, payloads, repeatable=True, turns=turns)

    def _for_all(self, change: Callable[[HasRoom, Sender], None], each: Sequence[HasRoom], sender: Sender) -> None:
        if len(each) == 1:
            change(each[0], sender)
        elif each:
            list(self._writers.map(change, each, [sender] * len(each)))  # a list, so that what one raises is raised
