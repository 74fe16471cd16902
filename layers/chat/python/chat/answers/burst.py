"""A burst: the chunks of a stored answer, each at its time, by the one writer that holds the lease."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from chat.answers import lease
from chat.pacing import due_by, due_ms
from chat.ports import Taken

if TYPE_CHECKING:
    from chat.answers.audience import Audience
    from chat.ports import Ports, Stream

BURST_S = 20.0  # then the workflow calls again: a function's time-out must never be what ends a burst
PAUSE_S = 1.0  # a longer gap between chunks is left to the workflow's Wait, which costs no function time
LOOK_S = 0.25  # between two looks at the control record: how soon a stop is seen
HOLD_S = 1.0  # between two renewals of the lease, each with a look at who is there


class Outcome(Enum):
    """Why a burst ended."""

    SAID = "said"  # all of it
    STOPPED = "stopped"  # the user asked
    PAUSED = "paused"  # the next chunk is due later
    SPENT = "spent"  # this burst has taken its time
    LOST = "lost"  # somebody else writes now, or the lease could not be kept


class Burst:
    """One run of a writer over a stream that it has taken. `said`: chunks that somebody may have heard."""

    def __init__(self, ports: Ports, stream: Stream, audience: Audience, said: int) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._audience = audience
        self.stream = stream
        self.said = said
        now = self._clock.monotonic()
        self._offset = (
            now - self._clock.now_ms() / 1000
        )  # wall clock to monotonic: a clock that is set does not move a deadline
        self._ends = now + BURST_S
        self._hold_at, self._look_at = now + HOLD_S, now + LOOK_S
        self._silent_from = self._lease_end(stream)

    def run(self) -> Outcome:
        """Write until something ends it."""
        outcome = None
        while outcome is None:
            try:
                outcome = self._round()
            except Taken:
                return Outcome.LOST
        return outcome

    def _round(self) -> Outcome | None:
        """Say what is due, keep the lease, sleep until there is something to do."""
        if self._clock.monotonic() > self._silent_from:
            return Outcome.LOST
        due = max(self.said, self._due())
        self._audience.hear(due)
        self.said = max(self.said, self._audience.furthest(due))
        if self.stream.stop:  # after what is due: those who joined meanwhile were told of it
            return Outcome.STOPPED
        heard = self._audience.heard(due)
        self._keep_house(heard)
        if heard < due:
            return Outcome.SPENT if self._clock.monotonic() > self._ends else None
        return Outcome.SAID if heard == self.stream.chunks else self._await(heard)

    def _await(self, index: int) -> Outcome | None:
        due = due_ms(self.stream.starts_ms, self.stream.chunk_delay_ms, index) / 1000 + self._offset
        now = self._clock.monotonic()
        if due - now >= PAUSE_S:
            return Outcome.PAUSED
        if now > self._ends:
            return Outcome.SPENT
        self._clock.sleep(min(due, self._look_at) - now)
        return None

    def _keep_house(self, heard: int) -> None:
        """Look for a stop several times a second; once a second renew the lease, after a look at who is there."""
        now = self._clock.monotonic()
        if now >= self._hold_at:
            self._audience.look()
            self.hold(min(heard, self._audience.heard(heard)))
            self._hold_at, self._look_at = now + HOLD_S, now + LOOK_S
        elif now >= self._look_at:
            self.stream = lease.confirm(self._ports.streams, self.stream)
            self._look_at = now + LOOK_S

    def hold(self, heard: int) -> None:
        """Renew the lease. Raises Taken."""
        until = self._ports.clock.now_ms() + lease.LEASE_MS
        self.stream = self._ports.streams.hold(self.stream, position=heard, lease_until_ms=until)
        self._silent_from = self._lease_end(self.stream)

    def release(self) -> None:
        """Give the lease up until the next chunk is due. Raises Taken."""
        due = due_ms(self.stream.starts_ms, self.stream.chunk_delay_ms, self.said)
        self.stream = self._ports.streams.release(self.stream, position=self.said, due_ms=due)

    def _lease_end(self, stream: Stream) -> float:
        return (stream.lease_until_ms - lease.MARGIN_MS) / 1000 + self._offset

    def _due(self) -> int:
        now_ms = round((self._clock.monotonic() - self._offset) * 1000)
        return due_by(self.stream.starts_ms, self.stream.chunk_delay_ms, self.stream.chunks, now_ms)
