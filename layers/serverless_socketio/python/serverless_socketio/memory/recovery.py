"""How recoverable sockets stand, in dicts: what `recovery.state` does in a table."""

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


class MemoryRecovery:
    """Part of a `MemoryStore`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, tuple[int, RecoveryState]] = {}  # until when, and how it stands
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
        self._begin(replace(now, phase="live"))
        return True

    def _begin(self, state: RecoveryState) -> None:
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000 + state.policy.window_ms
        self._states[state.sid] = (until_ms, state)

    def _move(self, state: RecoveryState, connection: Connection, streams: Mapping[str, int]) -> RecoveryState:
        now = self._unmoved(state.sid, state)
        if now.streams != state.streams:
            raise ConditionFailed
        moved = self._pass(
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

    def _detach(self, sid: str, address: str, session: Session) -> int | None:
        """Detach a socket, if it is still on this connection; until when it may be."""
        state = self.state(sid)
        if state is None or state.address != address or state.phase == "detached":
            return None
        self._pass(replace(state, phase="detached", left_at=state.seq, session=dict(session)))
        return self._states[sid][0]

    def _pass(self, state: RecoveryState) -> RecoveryState:
        """Let it come or go: it has its window of time from now on."""
        now_ms = self._clock.now_ms()
        passed = replace(state, epoch=state.epoch + 1, moved_ms=now_ms)
        until_s = -(-(now_ms + state.policy.window_ms) // 1000)  # late rather than early, as a table has it
        self._states[state.sid] = (until_s * 1000, passed)
        return passed

    def _absent(self, namespace: str) -> Iterator[Member]:
        for sid in list(self._states):
            state = self.state(sid)
            if state is not None and state.namespace == namespace and state.phase == "detached":
                yield Member(sid, state.address, namespace, detached=True)

    def _end_state(self, sid: str) -> None:
        self._states.pop(sid, None)

    def _unmoved(self, sid: str, seen: RecoveryState | None) -> RecoveryState:
        state = self.state(sid)
        moved = seen is not None and state is not None and (seen.epoch, seen.phase) != (state.epoch, state.phase)
        if state is None or moved:
            raise ConditionFailed
        return state

    def _change(self, state: RecoveryState) -> RecoveryState:
        self._states[state.sid] = (self._states[state.sid][0], state)
        return state
