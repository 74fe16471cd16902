"""Who listens to an answer, and how far each one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat import views
from serverless_socketio.ports import Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chat.pacing import Script
    from chat.ports import Ports, Stream
    from serverless_socketio.ports import Member

ROUND = 5  # chunks that one listener gets at a time, so that one who is behind does not hold up the others
FAILURES_MAX = 3  # in a row, then a listener hears no more chunks, only the end, which has the whole text


def note(reply_id: str, index: int) -> str:
    """What a membership remembers of the answer that ran when it began: chunks from `index` on are to come."""
    return f"{reply_id}:{index}"


@dataclass(slots=True)
class _Listener:
    member: Member
    next: int
    offered: int = 0  # what was posted, though perhaps in vain: some of it may have arrived
    failures: int = 0

    @property
    def is_heeded(self) -> bool:
        return self.failures < FAILURES_MAX


class Audience:
    """The members of the room of one answer."""

    def __init__(self, ports: Ports, stream: Stream, chunks: Script) -> None:
        self._ports = ports
        self._stream = stream
        self._chunks = chunks
        self._listeners: dict[str, _Listener] = {}

    def open(self, members: Sequence[Member], position: int, *, replay: bool) -> None:
        """The listeners as a writer finds them when it takes over at `position`.

        After a clean change of writers all have heard so much. `replay`: the last writer was lost, so those who came
        lately are taken at their word about what they have heard; a repeat can be dropped, a gap cannot be filled.
        """
        for member in members:
            start = min(position, self._promised(member, position)) if replay else position
            self._listeners[member.sid] = _Listener(member, start)

    def look(self) -> None:
        """Look who is there now: newcomers hear from where their joining promised, those who left hear nothing more."""
        members = {member.sid: member for member in self._ports.room.members(self._stream.chat)}
        for sid in self._listeners.keys() - members.keys():
            del self._listeners[sid]
        for sid in members.keys() - self._listeners.keys():
            self._listeners[sid] = _Listener(members[sid], self._promised(members[sid], 0))

    def hear(self, end: int) -> None:
        """Send everybody the next few of the chunks below `end` that they have not heard."""
        behind = [listener for listener in self._heeded if listener.next < end]
        if not behind:
            return
        turns = [range(listener.next, min(listener.next + ROUND, end)) for listener in behind]
        now_ms = self._ports.clock.now_ms()
        shown = {at: views.chunk(self._stream, self._chunks[at], at, now_ms) for turn in turns for at in turn}
        payloads = [(listener.member, [shown[at] for at in turn]) for listener, turn in zip(behind, turns, strict=True)]
        outcomes = self._ports.room.emit_each("chat:message:stream", payloads)
        for listener, turn in zip(behind, turns, strict=True):
            listener.offered = turn.stop
            self._note(listener, outcomes[listener.member.sid], len(turn))

    def hear_all(self, end: int) -> None:
        """Bring everybody to `end`."""
        while any(listener.next < end for listener in self._heeded):
            self.hear(end)

    def heard(self, end: int) -> int:
        """How many chunks everybody has heard, of `end`."""
        return min((listener.next for listener in self._heeded), default=end)

    def furthest(self, end: int) -> int:
        """How many chunks somebody may have heard, of `end`."""
        return max((max(listener.next, listener.offered) for listener in self._heeded), default=end)

    @property
    def members(self) -> list[Member]:
        """Who listens."""
        return [listener.member for listener in self._listeners.values()]

    @property
    def _heeded(self) -> list[_Listener]:
        return [listener for listener in self._listeners.values() if listener.is_heeded]

    def _note(self, listener: _Listener, outcome: Delivery, sent: int) -> None:
        if outcome is Delivery.SENT:
            listener.next += sent
            listener.failures = 0
            return
        listener.failures += 1
        if outcome is Delivery.GONE:
            self._listeners.pop(listener.member.sid, None)

    def _promised(self, member: Member, otherwise: int) -> int:
        reply_id, _, index = (member.note or "").rpartition(":")
        return int(index) if reply_id == self._stream.reply_id else otherwise
