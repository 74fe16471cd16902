"""`ports.Room` over the library's store and fan-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chat.ports import Chat, Sender
    from serverless_socketio.fanout import Fanout
    from serverless_socketio.ports import Delivery, Member, Store

NAMESPACE = "/"


def agent_room(agent_id: str) -> str:
    """Where the events of an agent go."""
    return f"agent:{agent_id}"


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

    def emit_each(
        self, event: str, payloads: Sequence[tuple[Member, Sequence[Mapping[str, object]]]]
    ) -> Mapping[str, Delivery]:
        """Send each socket payloads of its own, in order."""
        return self._fanout.emit_each(event, payloads, repeatable=True)

    def emit_to_followers(self, agent_id: str, event: str, payload: Mapping[str, object]) -> None:
        """Send one event to those who follow an agent."""
        self._fanout.emit(self._store.members(NAMESPACE, agent_room(agent_id)), event, payload, repeatable=True)
