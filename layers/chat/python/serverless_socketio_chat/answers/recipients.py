"""Who listens to an answer, and how far each one is."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serverless_socketio.model import PostResult
from serverless_socketio.recovery.state import StreamSlice
from serverless_socketio.sid import is_recoverable
from serverless_socketio_chat.answers import payloads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.recovery.state import RecoveryState
    from serverless_socketio_chat.answers.chunks import Script
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.bag import Ports

logger = logging.getLogger(__name__)

ROUND = 5  # chunks that one listener gets at a time, so that one who is behind does not hold up the others
CLOSE_TRIES = 20  # a socket that comes and goes more often while an answer ends may miss the last chunks
FAILURES_MAX = 3  # in a row, then a listener hears no more chunks, only the end, which has the whole text


def membership_data(reply_id: str, index: int) -> str:
    """What a membership remembers of the answer that ran when it began: chunks from `index` on are to come."""
    return f"{reply_id}:{index}"


@dataclass(slots=True)
class _Listener:
    member: Member
    next: int
    offered: int = 0  # what was posted, though perhaps in vain: some of it may have arrived
    failures: int = 0
    state: RecoveryState | None = None  # of a recoverable socket: whether and where it can be posted to

    @property
    def is_heeded(self) -> bool:
        return self.failures < FAILURES_MAX and self.is_live

    @property
    def is_live(self) -> bool:
        return not is_recoverable(self.member.sid) or (self.state is not None and self.state.phase == "live")


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
            self._listeners[member.sid] = self._follow(_Listener(member, start))

    def look(self) -> None:
        """Look who is there now: newcomers hear from where their joining promised, those who left hear nothing more."""
        members = {member.sid: member for member in self._ports.room.members(self._stream.chat)}
        for sid in self._listeners.keys() - members.keys():
            del self._listeners[sid]
        for sid, member in members.items():
            listener = self._listeners.setdefault(sid, _Listener(member, self._promised(member, 0)))
            listener.member = member
            self._follow(listener)

    def hear(self, end: int) -> None:
        """Send everybody the next few of the chunks below `end` that they have not heard."""
        behind = [listener for listener in self._heeded if listener.next < end]
        if not behind:
            return
        turns = [range(listener.next, min(listener.next + ROUND, end)) for listener in behind]
        now_ms = self._ports.clock.now_ms()
        shown = {at: payloads.chunk(self._stream, self._chunks[at], at, now_ms) for turn in turns for at in turn}
        posts = [(listener.member, [shown[at] for at in turn]) for listener, turn in zip(behind, turns, strict=True)]
        outcomes = self._ports.room.emit_each("chat:message:stream", posts, self._slices(behind, now_ms))
        for listener, turn in zip(behind, turns, strict=True):
            listener.offered = turn.stop
            self._note(listener, outcomes[listener.member.sid], len(turn))

    def close(self, event: str, payload: Mapping[str, object], end: int) -> None:
        """Send everybody the event that ends the answer.

        A recoverable socket that comes back in this moment gets what it missed before it: from its replay if it is not
        live yet, else from here.
        """
        waiting = self.members
        for _ in range(CLOSE_TRIES):
            seen = {sid: each.state for sid, each in self._listeners.items() if each.state is not None}
            moved = self._ports.room.close(waiting, event, payload, reply_id=self._stream.reply_id, seen=seen)
            if not moved:
                return
            is_caught_up = self._catch_up(end)
            waiting = [member for member in self.members if member.sid in moved]
            if not is_caught_up:
                break
        self._ports.room.close(waiting, event, payload, reply_id=self._stream.reply_id, seen={})

    def _catch_up(self, end: int) -> bool:
        """Bring those to `end` who came back; False if that failed: they hear the end, which has the whole text."""
        try:
            self.look()
            self.hear_all(end)
        except Exception:  # the others have heard the end, and must not hear it again
            logger.exception("A socket that came back may miss the last chunks")
            return False
        return True

    def hear_all(self, end: int) -> None:
        """Bring everybody to `end`."""
        while any(listener.next < end for listener in self._heeded):
            self.hear(end)

    def settle(self) -> None:
        """Store the position of recoverable sockets, from where the next writer goes on; one write where it changed."""
        for listener in self._listeners.values():
            told = listener.state.streams.get(self._stream.reply_id) if listener.state is not None else listener.next
            if listener.is_live and told != listener.next:
                self._follow(listener)

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

    def _follow(self, listener: _Listener) -> _Listener:
        """Learn where a recoverable socket is, and say how far it has been told: at most one write a second.

        If it came back, or another writer told it before, it says itself from where it goes on.
        """
        if not is_recoverable(listener.member.sid):
            return listener
        reply_id, seen = self._stream.reply_id, listener.state
        listener.state = self._ports.room.follow(listener.member, reply_id, listener.next, seen)
        if listener.state is not None:
            listener.next = listener.state.streams.get(reply_id, listener.next)
        return listener

    def _slices(self, listeners: Sequence[_Listener], at_ms: int) -> dict[str, StreamSlice]:
        return {
            each.member.sid: StreamSlice(each.state, self._stream.reply_id, each.next, at_ms)
            for each in listeners
            if each.state is not None
        }

    def _note(self, listener: _Listener, outcome: PostResult, sent: int) -> None:
        if outcome is PostResult.SENT:
            listener.next += sent
            listener.failures = 0
            return
        if listener.state is not None:  # it has lost its connection: what is said now waits for its return
            listener.state = replace(listener.state, phase="detached")
            return
        listener.failures += 1
        if outcome is PostResult.GONE:
            self._listeners.pop(listener.member.sid, None)

    def _promised(self, member: Member, otherwise: int) -> int:
        reply_id, _, index = (member.data or "").rpartition(":")
        return int(index) if reply_id == self._stream.reply_id else otherwise
