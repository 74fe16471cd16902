"""A burst: the chunks of a stored answer, each at its time, by the one writer that holds the lease."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from serverless_socketio_chat.answers.chunks import due_by, due_ms
from serverless_socketio_chat.answers.model import Taken
from serverless_socketio_chat.answers.writer_lease import Tenure

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.recipients import Audience
    from serverless_socketio_chat.bag import Ports

BURST_S = 20.0  # then the workflow calls again: a function's time-out must never be what ends a burst
PAUSE_S = 1.0  # a longer gap between chunks is left to the workflow's Wait, which costs no function time


class Outcome(Enum):
    """Why a burst ended."""

    SAID = "said"  # all of it
    STOPPED = "stopped"  # the user asked
    PAUSED = "paused"  # the next chunk is due later
    SPENT = "spent"  # this burst has taken its time
    LOST = "lost"  # another writer has taken the stream


class Burst:
    """One run of a writer over a stream that it has taken. `said`: chunks that somebody may have heard."""

    def __init__(self, ports: Ports, stream: Stream, audience: Audience, said: int) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._audience = audience
        self._tenure = Tenure(ports, stream, audience)
        self.said = said
        self._ends = self._clock.monotonic() + BURST_S

    @property
    def stream(self) -> Stream:
        """The control record as it was seen last."""
        return self._tenure.stream

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
        self._tenure.renew_if_over(self._audience.heard(self.said))
        due = max(self.said, self._due())
        self._audience.hear(due)
        self.said = max(self.said, self._audience.furthest(due))
        if self.stream.stop:  # after what is due: those who joined meanwhile were told of it
            return Outcome.STOPPED
        heard = self._audience.heard(due)
        self._tenure.keep(heard)
        if heard < due:
            return Outcome.SPENT if self._clock.monotonic() > self._ends else None
        return Outcome.SAID if heard == self.stream.chunks else self._await(heard)

    def _await(self, index: int) -> Outcome | None:
        due = self._tenure.at(due_ms(self.stream.starts_ms, self.stream.chunk_delay_ms, index))
        now = self._clock.monotonic()
        if due - now >= PAUSE_S:
            return Outcome.PAUSED
        if now > self._ends:
            return Outcome.SPENT
        self._clock.sleep(min(due, self._tenure.look_at) - now)
        return None

    def hold(self, heard: int) -> None:
        """Renew the lease. Raises Taken."""
        self._tenure.hold(heard)

    def release(self) -> None:
        """Give the lease up until the next chunk is due. Raises Taken."""
        due = due_ms(self.stream.starts_ms, self.stream.chunk_delay_ms, self.said)
        self._tenure.stream = self._ports.streams.release(self.stream, position=self.said, due_ms=due)

    def _due(self) -> int:
        stream = self.stream
        return due_by(stream.starts_ms, stream.chunk_delay_ms, stream.chunks, self._tenure.now_ms())
