"""`ports.Room` over the library's store and fan-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio.ports import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chat.ports import Chat, Sender
    from serverless_socketio.fanout import Fanout
    from serverless_socketio.lasting import Standing, Turn
    from serverless_socketio.ports import Member, Store

NAMESPACE = "/"


class Rooms:
    """Chat rooms as Socket.IO rooms."""

    def __init__(self, store: Store, fanout: Fanout) -> None:
        self._store = store
        self._fanout = fanout

    def members(self, chat: Chat) -> Sequence[Member]:
        """Who is there, consistently. One query."""
        return self._store.members(NAMESPACE, chat.room)

    def enter(self, chat: Chat, sender: Sender) -> None:
        """Put a socket there as from its frame."""
        self._store.enter(sender.member, chat.room, sender.place)

    def leave(self, chat: Chat, sender: Sender) -> None:
        """Take a socket out as from its frame."""
        self._store.leave(sender.member, chat.room, sender.place)

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
        """Send the event that ends an answer."""
        outcomes = self._fanout.emit(members, event, payload, repeatable=True, closes=reply_id, seen=seen)
        return [sid for sid, outcome in outcomes.items() if outcome is Delivery.MOVED]

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
