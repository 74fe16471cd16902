"""A burst: the chunks of a stored answer, each at its time, by the one writer that holds the lease."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from serverless_socketio_chat.answers.chunks import due_by, due_ms
from serverless_socketio_chat.answers.lease import WriterLease
from serverless_socketio_chat.answers.model import Taken

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.ports import Streams
    from serverless_socketio_chat.answers.recipients import Recipients

BURST_S = 20.0  # then the workflow calls again: a function's time-out must never be what ends a burst
PAUSE_S = 1.0  # a longer gap between chunks is left to the workflow's Wait, which costs no function time


class BurstEnd(Enum):
    """Why a burst ended."""

    WHOLE = "whole"  # all of it is delivered
    STOPPED = "stopped"  # the user asked
    PAUSED = "paused"  # the next chunk is due later
    SPENT = "spent"  # this burst has taken its time
    LOST = "lost"  # another writer has taken the stream


class Burst:
    """One run of a writer over a stream that it has taken. `position`: chunks that may have been delivered."""

    def __init__(self, streams: Streams, clock: Clock, stream: Stream, recipients: Recipients, position: int) -> None:
        self._streams = streams
        self._clock = clock
        self._recipients = recipients
        self._lease = WriterLease(streams, clock, stream, recipients)
        self.position = position
        self._ends = self._clock.monotonic() + BURST_S

    @property
    def stream(self) -> Stream:
        """The control record as it was seen last."""
        return self._lease.stream

    def run(self) -> BurstEnd:
        """Write until something ends it."""
        outcome = None
        while outcome is None:
            try:
                outcome = self._round()
            except Taken:
                return BurstEnd.LOST
        return outcome

    def _round(self) -> BurstEnd | None:
        """Say what is due, keep the lease, sleep until there is something to do."""
        self._lease.renew_if_over(self._recipients.delivered(self.position))
        due = max(self.position, self._due())
        self._recipients.deliver(due)
        self.position = max(self.position, self._recipients.attempted(due))
        if self.stream.stop:  # after what is due: those who joined meanwhile were told of it
            return BurstEnd.STOPPED
        delivered = self._recipients.delivered(due)
        self._lease.keep(delivered)
        if delivered < due:
            return BurstEnd.SPENT if self._clock.monotonic() > self._ends else None
        return BurstEnd.WHOLE if delivered == self.stream.chunks else self._await(delivered)

    def _await(self, index: int) -> BurstEnd | None:
        due = self._lease.at(due_ms(self.stream.starts_ms, self.stream.chunk_delay_ms, index))
        now = self._clock.monotonic()
        if due - now >= PAUSE_S:
            return BurstEnd.PAUSED
        if now > self._ends:
            return BurstEnd.SPENT
        self._clock.sleep(min(due, self._lease.look_at) - now)
        return None

    def hold(self, delivered: int) -> None:
        """Renew the lease. Raises Taken."""
        self._lease.hold(delivered)

    def release(self) -> None:
        """Give the lease up until the next chunk is due. Raises Taken."""
        due = due_ms(self.stream.starts_ms, self.stream.chunk_delay_ms, self.position)
        self._lease.stream = self._streams.release(self.stream, position=self.position, due_ms=due)

    def _due(self) -> int:
        stream = self.stream
        return due_by(stream.starts_ms, stream.chunk_delay_ms, stream.chunks, self._lease.now_ms())
