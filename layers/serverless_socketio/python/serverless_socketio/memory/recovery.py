"""The state of recoverable sockets, and the log of their events, in dicts; see `recovery.state`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..exceptions import ConditionFailed, DisconnectedError
from ..model import CONNECTION_TTL_S, Member
from ..recovery.state import SILENCE_MS, RecoveryEntry, RecoveryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..model import Connection, Session
    from ..ports import Clock
    from .rooms import MemoryRooms


class MemoryRecovery:
    """`ports.RecoveryStore`, and what `MemoryConnections` changes of a socket when its connection ends."""

    def __init__(self, clock: Clock, rooms: MemoryRooms) -> None:
        self._clock = clock
        self._rooms = rooms
        self._states: dict[str, tuple[int, RecoveryState]] = {}  # until when, and the state
        self._logs: dict[str, list[RecoveryEntry]] = {}

    def state(self, sid: str) -> RecoveryState | None:
        """The state of a recoverable socket."""
        until_ms, state = self._states.get(sid, (0, None))
        return state if until_ms > self._clock.now_ms() else None

    def number(self, sid: str, *, seen: RecoveryState | None = None, closes: str | None = None) -> RecoveryState:
        """Hand out the next number."""
        if self.state(sid) is None:
            raise DisconnectedError("The socket is gone")
        state = self._unmoved(sid, seen)
        streams = {stream: index for stream, index in state.streams.items() if stream != closes}
        return self._change(replace(state, seq=state.seq + 1, streams=streams))

    def append(self, sid: str, seq: int, frames: Sequence[str], closes: str | None = None) -> None:
        """Log the event of a number."""
        self._logs.setdefault(sid, []).append(RecoveryEntry(seq, self._clock.now_ms(), tuple(frames), closes))

    def entries(self, sid: str, above: int) -> list[RecoveryEntry]:
        """The log above a number."""
        since_ms = self._clock.now_ms() - 2 * SILENCE_MS
        log = [entry for entry in self._logs.get(sid, []) if entry.seq > above and entry.at_ms > since_ms]
        return sorted(log, key=lambda entry: entry.seq)

    def follow(self, sid: str, stream: str, index: int, *, seen: RecoveryState | None = None) -> RecoveryState | None:
        """Store that a stream goes on from `index`."""
        try:
            state = self._unmoved(sid, seen)
        except ConditionFailed:
            return None
        if seen is None:
            return self._change(replace(state, streams={stream: index, **state.streams}))
        return self._change(replace(state, streams={**state.streams, stream: index}))

    def settle(self, state: RecoveryState) -> bool:
        """Go live, if no number was handed out since."""
        now = self.state(state.sid)
        if now is None or (now.epoch, now.phase, now.seq) != (state.epoch, state.phase, state.seq):
            return False
        self.begin(replace(now, phase="live"))
        return True

    def forget(self, sid: str) -> None:
        """End a socket, its memberships with it."""
        self._rooms.forget(lambda member: member.sid == sid)
        self._states.pop(sid, None)

    def forget_detached(self, sid: str) -> bool:
        """End a socket unless it came back."""
        state = self.state(sid)
        if state is None or state.phase != "detached":
            return False
        self.forget(sid)
        return True

    def begin(self, state: RecoveryState) -> None:
        """Store the state of a socket that is live from now on."""
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000 + state.policy.window_ms
        self._states[state.sid] = (until_ms, state)

    def move(self, state: RecoveryState, connection: Connection, streams: Mapping[str, int]) -> RecoveryState:
        """Move a socket to a new connection, to be replayed to."""
        now = self._unmoved(state.sid, state)
        if now.streams != state.streams:
            raise ConditionFailed
        moved = self._change_phase(
            replace(
                now,
                address=connection.address,
                opened_ms=connection.opened_ms,
                phase="replay",
                session={},
                streams=dict(streams),
            )
        )
        return replace(moved, seq=state.seq)

    def detach(self, sid: str, address: str, session: Session) -> None:
        """Detach a socket, if it is still on this connection, its memberships with it."""
        state = self.state(sid)
        if state is None or state.address != address or state.phase == "detached":
            return
        self._change_phase(replace(state, phase="detached", left_at=state.seq, session=dict(session)))
        self._rooms.move(sid, self._states[sid][0], detached=True, left_ms=self._clock.now_ms())

    def detached(self, namespace: str) -> Iterator[Member]:
        """The sockets of a namespace without a connection."""
        for sid in list(self._states):
            state = self.state(sid)
            if state is not None and state.namespace == namespace and state.phase == "detached":
                yield Member(sid, state.address, namespace, detached=True)

    def _change_phase(self, state: RecoveryState) -> RecoveryState:
        """Detach or move it: it has its window of time from now on."""
        now_ms = self._clock.now_ms()
        changed = replace(state, epoch=state.epoch + 1, moved_ms=now_ms)
        until_s = -(-(now_ms + state.policy.window_ms) // 1000)  # late rather than early, as a table has it
        self._states[state.sid] = (until_s * 1000, changed)
        return changed

    def _unmoved(self, sid: str, seen: RecoveryState | None) -> RecoveryState:
        state = self.state(sid)
        moved = seen is not None and state is not None and (seen.epoch, seen.phase) != (state.epoch, state.phase)
        if state is None or moved:
            raise ConditionFailed
        return state

    def _change(self, state: RecoveryState) -> RecoveryState:
        self._states[state.sid] = (self._states[state.sid][0], state)
        return state
