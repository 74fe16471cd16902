"""How lasting sockets stand, in dicts: what `lasting` does in a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..exceptions import ConditionFailed, DisconnectedError
from ..model import CONNECTION_TTL_S, Member
from ..recovery.state import SILENCE_MS, Kept, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..model import Connection, Session
    from ..ports import Clock


class MemoryLasting:
    """Part of a `MemoryStore`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._standings: dict[str, tuple[int, Standing]] = {}  # until when, and how it stands
        self._logs: dict[str, list[Kept]] = {}

    def standing(self, sid: str) -> Standing | None:
        """How a lasting socket stands."""
        until_ms, standing = self._standings.get(sid, (0, None))
        return standing if until_ms > self._clock.now_ms() else None

    def number(self, sid: str, *, seen: Standing | None = None, closes: str | None = None) -> Standing:
        """Hand out the next number."""
        if self.standing(sid) is None:
            raise DisconnectedError("The socket is gone")
        standing = self._unmoved(sid, seen)
        runs = {run: index for run, index in standing.runs.items() if run != closes}
        return self._change(replace(standing, seq=standing.seq + 1, runs=runs))

    def keep(self, sid: str, seq: int, frames: Sequence[str], closes: str | None = None) -> None:
        """Keep the event of a number."""
        self._logs.setdefault(sid, []).append(Kept(seq, self._clock.now_ms(), tuple(frames), closes))

    def kept(self, sid: str, above: int) -> list[Kept]:
        """What is kept of the numbers above one."""
        since_ms = self._clock.now_ms() - 2 * SILENCE_MS
        log = [kept for kept in self._logs.get(sid, []) if kept.seq > above and kept.at_ms > since_ms]
        return sorted(log, key=lambda kept: kept.seq)

    def follow(self, sid: str, run: str, index: int, *, seen: Standing | None = None) -> Standing | None:
        """Say that a run goes on from `index`."""
        try:
            standing = self._unmoved(sid, seen)
        except ConditionFailed:
            return None
        if seen is None:
            return self._change(replace(standing, runs={run: index, **standing.runs}))
        return self._change(replace(standing, runs={**standing.runs, run: index}))

    def settle(self, standing: Standing) -> bool:
        """Go live, if no number was handed out since."""
        now = self.standing(standing.sid)
        if now is None or (now.epoch, now.state, now.seq) != (standing.epoch, standing.state, standing.seq):
            return False
        self._begin(replace(now, state="live"))
        return True

    def _begin(self, standing: Standing) -> None:
        until_ms = self._clock.now_ms() + CONNECTION_TTL_S * 1000 + standing.terms.window_ms
        self._standings[standing.sid] = (until_ms, standing)

    def _move(self, standing: Standing, connection: Connection, runs: Mapping[str, int]) -> Standing:
        now = self._unmoved(standing.sid, standing)
        if now.runs != standing.runs:
            raise ConditionFailed
        moved = self._pass(
            replace(
                now,
                address=connection.address,
                opened_ms=connection.opened_ms,
                state="replay",
                session={},
                runs=dict(runs),
            )
        )
        return replace(moved, seq=standing.seq)

    def _go_away(self, sid: str, address: str, session: Session) -> int | None:
        """Let a socket be away, if it is still on this connection; until when it may be."""
        standing = self.standing(sid)
        if standing is None or standing.address != address or standing.state == "away":
            return None
        self._pass(replace(standing, state="away", left_at=standing.seq, session=dict(session)))
        return self._standings[sid][0]

    def _pass(self, standing: Standing) -> Standing:
        """Let it come or go: it has its window of time from now on."""
        now_ms = self._clock.now_ms()
        passed = replace(standing, epoch=standing.epoch + 1, moved_ms=now_ms)
        until_s = -(-(now_ms + standing.terms.window_ms) // 1000)  # late rather than early, as a table has it
        self._standings[standing.sid] = (until_s * 1000, passed)
        return passed

    def _absent(self, namespace: str) -> Iterator[Member]:
        for sid in list(self._standings):
            standing = self.standing(sid)
            if standing is not None and standing.namespace == namespace and standing.state == "away":
                yield Member(sid, standing.address, namespace, away=True)

    def _end_standing(self, sid: str) -> None:
        self._standings.pop(sid, None)

    def _unmoved(self, sid: str, seen: Standing | None) -> Standing:
        standing = self.standing(sid)
        moved = (
            seen is not None and standing is not None and (seen.epoch, seen.state) != (standing.epoch, standing.state)
        )
        if standing is None or moved:
            raise ConditionFailed
        return standing

    def _change(self, standing: Standing) -> Standing:
        self._standings[standing.sid] = (self._standings[standing.sid][0], standing)
        return standing
