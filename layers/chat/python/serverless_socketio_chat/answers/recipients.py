"""The sockets that an answer is delivered to, and how far each one is."""

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
    from serverless_socketio.ports import Clock
    from serverless_socketio.recovery.state import RecoveryState
    from serverless_socketio_chat.answers.chunks import ChunkSource
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.ports import AnswerRoom

logger = logging.getLogger(__name__)

ROUND = 5  # chunks that one recipient gets at a time, so that one who is behind does not hold up the others
CLOSE_TRIES = 20  # a socket that comes and goes more often while an answer ends may miss the last chunks
FAILURES_MAX = 3  # in a row, then a recipient hears no more chunks, only the end, which has the whole text


def membership_data(reply_id: str, index: int) -> str:
    """What a membership remembers of the answer that ran when it began: chunks from `index` on are to come."""
    return f"{reply_id}:{index}"


@dataclass(slots=True)
class _Recipient:
    member: Member
    next: int
    offered: int = 0  # what was posted, though perhaps in vain: some of it may have arrived
    failures: int = 0
    state: RecoveryState | None = None  # of a recoverable socket: whether and where it can be posted to

    @property
    def is_reachable(self) -> bool:
        return self.failures < FAILURES_MAX and self.is_live

    @property
    def is_live(self) -> bool:
        return not is_recoverable(self.member.sid) or (self.state is not None and self.state.phase == "live")


@dataclass(eq=False)
class Recipients:
    """The members of the room of one answer."""

    room: AnswerRoom
    clock: Clock
    stream: Stream
    chunks: ChunkSource

    def __post_init__(self) -> None:
        self._by_sid: dict[str, _Recipient] = {}
        self._is_first_to_come = self.stream.position == 0
        self._first_ms: int | None = None  # when the answer's first chunk was posted, if it was posted here

    def open(self, members: Sequence[Member], position: int, *, replay: bool) -> None:
        """The recipients as a writer finds them when it takes over at `position`.

        After a clean change of writers all have got so much. `replay`: the last writer was lost, so those that came
        lately are taken at their word about what they have got; a repeat can be dropped, a gap cannot be filled.
        """
        for member in members:
            start = min(position, self._promised(member, position)) if replay else position
            self._by_sid[member.sid] = self._follow(_Recipient(member, start))

    def refresh(self) -> None:
        """Read the room: newcomers start where their join promised, those that left get nothing more."""
        members = {member.sid: member for member in self.room.members(self.stream.chat)}
        for sid in self._by_sid.keys() - members.keys():
            del self._by_sid[sid]
        for sid, member in members.items():
            recipient = self._by_sid.setdefault(sid, _Recipient(member, self._promised(member, 0)))
            recipient.member = member
            self._follow(recipient)

    def deliver(self, end: int) -> None:
        """Send each the next few of the chunks below `end` that it has not got."""
        behind = [recipient for recipient in self._reachable if recipient.next < end]
        if not behind:
            return
        turns = [range(recipient.next, min(recipient.next + ROUND, end)) for recipient in behind]
        now_ms = self.clock.now_ms()
        shown = {at: payloads.chunk(self.stream, self.chunks[at], at, now_ms) for turn in turns for at in turn}
        posts = [(recipient.member, [shown[at] for at in turn]) for recipient, turn in zip(behind, turns, strict=True)]
        outcomes = self.room.emit_each("chat:message:stream", posts, self._slices(behind, now_ms))
        if self._is_first_to_come and any(turn.start == 0 for turn in turns):
            self._is_first_to_come, self._first_ms = False, self.clock.now_ms()
        for recipient, turn in zip(behind, turns, strict=True):
            recipient.offered = turn.stop
            self._note(recipient, outcomes[recipient.member.sid], len(turn))

    def close(self, event: str, payload: Mapping[str, object], end: int) -> None:
        """Send all the event that ends the answer.

        A recoverable socket that comes back in this moment gets what it missed before it: from its replay if it is not
        live yet, else from here.
        """
        waiting = self.members
        for _ in range(CLOSE_TRIES):
            seen = {sid: each.state for sid, each in self._by_sid.items() if each.state is not None}
            moved = self.room.close(waiting, event, payload, reply_id=self.stream.reply_id, seen=seen)
            if not moved:
                return
            is_caught_up = self._catch_up(end)
            waiting = [member for member in self.members if member.sid in moved]
            if not is_caught_up:
                break
        self.room.close(waiting, event, payload, reply_id=self.stream.reply_id, seen={})

    def _catch_up(self, end: int) -> bool:
        """Bring those to `end` who came back; False if that failed: they get the end, which has the whole text."""
        try:
            self.refresh()
            self.deliver_all(end)
        except Exception:  # the others have the end, and must not get it again
            logger.exception("A socket that came back may miss the last chunks")
            return False
        return True

    def deliver_all(self, end: int) -> None:
        """Bring all to `end`."""
        while any(recipient.next < end for recipient in self._reachable):
            self.deliver(end)

    def take_first(self) -> dict[str, float]:
        """How long after the message the first chunk was posted, to be metered once; nothing if that was not here."""
        first_ms, self._first_ms = self._first_ms, None
        return {} if first_ms is None else {"FirstChunk": first_ms - self.stream.created_ms}

    def store_positions(self) -> None:
        """Store the position of recoverable sockets, from where the next writer goes on; one write where it changed."""
        for recipient in self._by_sid.values():
            stored = (
                recipient.state.streams.get(self.stream.reply_id) if recipient.state is not None else recipient.next
            )
            if recipient.is_live and stored != recipient.next:
                self._follow(recipient)

    def delivered(self, end: int) -> int:
        """How many chunks each has got, of `end`."""
        return min((recipient.next for recipient in self._reachable), default=end)

    def attempted(self, end: int) -> int:
        """How many chunks some recipient may have got, of `end`."""
        return max((max(recipient.next, recipient.offered) for recipient in self._reachable), default=end)

    @property
    def members(self) -> list[Member]:
        """The recipients."""
        return [recipient.member for recipient in self._by_sid.values()]

    @property
    def _reachable(self) -> list[_Recipient]:
        return [recipient for recipient in self._by_sid.values() if recipient.is_reachable]

    def _follow(self, recipient: _Recipient) -> _Recipient:
        """Learn where a recoverable socket is, and note how far it is: at most one write a second.

        If it came back, or another writer reached it before, its own record says from where it goes on.
        """
        if not is_recoverable(recipient.member.sid):
            return recipient
        reply_id, seen = self.stream.reply_id, recipient.state
        recipient.state = self.room.follow(recipient.member, reply_id, recipient.next, seen)
        if recipient.state is not None:
            recipient.next = recipient.state.streams.get(reply_id, recipient.next)
        return recipient

    def _slices(self, recipients: Sequence[_Recipient], at_ms: int) -> dict[str, StreamSlice]:
        return {
            each.member.sid: StreamSlice(each.state, self.stream.reply_id, each.next, at_ms)
            for each in recipients
            if each.state is not None
        }

    def _note(self, recipient: _Recipient, outcome: PostResult, sent: int) -> None:
        if outcome is PostResult.SENT:
            recipient.next += sent
            recipient.failures = 0
            return
        if recipient.state is not None:  # it has lost its connection: what is posted now waits for its return
            recipient.state = replace(recipient.state, phase="detached")
            return
        recipient.failures += 1
        if outcome is PostResult.GONE:
            self._by_sid.pop(recipient.member.sid, None)

    def _promised(self, member: Member, otherwise: int) -> int:
        reply_id, _, index = (member.data or "").rpartition(":")
        return int(index) if reply_id == self.stream.reply_id else otherwise
