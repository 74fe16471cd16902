"""Who may write to a stream, and until when.

A workflow may run twice and a slow writer may be replaced, so each writer takes the stream first: its epoch rises, and
every later write is conditional on it. Posts cannot be fenced, so well before its lease ends a writer posts nothing
until it has renewed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.answers.chunks import due_by
from serverless_socketio_chat.answers.model import Taken

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.ports import Streams
    from serverless_socketio_chat.answers.recipients import Recipients

LEASE_MS = 5_000
ANNOUNCE_MS = 15_000  # how long the end may take to be said, slow recipients included, before another writer says it
MARGIN_MS = 2_000  # a writer posts nothing this long before its lease ends, unless it has renewed it
GRACE_MS = 1_000  # a lease counts as run out only this long after its end: clocks differ
START_MS = 10_000  # how long an accepted answer waits for its workflow before it is brought back
OVERDUE_MS = 10_000  # how long after its time an answer without a writer counts as forgotten
TRIES_MAX = 3  # then an answer that keeps losing its writer ends with an error
NO_WRITER = -1  # the epoch of a writer that continues none: it gets only what is abandoned
LOOK_S = 0.25  # between two looks at the control record: how soon a stop is seen
HOLD_S = 1.0  # between two renewals of the lease, each with a look at who is there
RUN_OUT_MS = 1  # the end of a lease that its holder gives up: long ago


def confirm(streams: Streams, stream: Stream) -> Stream:
    """The record as it is now, if who holds `stream` still may write. Raises Taken. One small read."""
    seen = streams.read(stream.reply_id)
    if seen is None or seen.epoch != stream.epoch or seen.phase != "live":
        raise Taken(seen)
    return seen


def crashed(stream: Stream, now_ms: int) -> bool:
    """Whether the writer was lost without a word."""
    return 0 < stream.lease_until_ms < now_ms - GRACE_MS


def forgotten(stream: Stream, now_ms: int) -> bool:
    """Whether no writer holds the stream, and none came when the next chunk was due."""
    return stream.lease_until_ms == 0 and stream.due_ms < now_ms - OVERDUE_MS


def abandoned(stream: Stream, now_ms: int) -> bool:
    """Whether the answer should be brought back."""
    return crashed(stream, now_ms) or forgotten(stream, now_ms)


def free(stream: Stream, now_ms: int) -> bool:
    """Whether no writer is at it: not begun, waiting for its next chunk, or lost."""
    return stream.epoch == 0 or stream.lease_until_ms == 0 or crashed(stream, now_ms)


def reached(stream: Stream, now_ms: int) -> int:
    """How many chunks may have been said.

    After a loss more than was noted, but none that was due after the writer fell silent.
    """
    if not crashed(stream, now_ms) or stream.starts_ms == 0:
        return stream.position
    silent_ms = stream.lease_until_ms - MARGIN_MS
    return max(stream.position, due_by(stream.starts_ms, stream.chunk_delay_ms, stream.chunks, silent_ms))


def promised(stream: Stream, now_ms: int) -> int:
    """How many chunks may be shown to who asks at `now_ms`: never more than are said, even if the answer is stopped.

    By the schedule, which is ahead of what the writer noted last; but only as far as its lease lets it speak.
    """
    is_on_time = stream.starts_ms > 0 and stream.chunk_delay_ms > 0 and stream.lease_until_ms > 0
    if stream.stop or not is_on_time:
        return stream.position
    until_ms = min(now_ms, stream.lease_until_ms - MARGIN_MS)
    return max(stream.position, due_by(stream.starts_ms, stream.chunk_delay_ms, stream.chunks, until_ms))


@dataclass(eq=False)
class WriterLease:
    """The lease of the writer that has taken `stream`, as the writer's own clock sees it.

    `stream` is the control record as it was seen last; `look_at` when it wants to be looked at again, monotonic.
    """

    streams: Streams
    clock: Clock
    stream: Stream
    recipients: Recipients

    def __post_init__(self) -> None:
        now = self.clock.monotonic()
        # Wall clock to monotonic: a clock that is set does not move a deadline.
        self._offset = now - self.clock.now_ms() / 1000
        self.look_at = now + LOOK_S
        self._hold_at = now + HOLD_S
        self._silent_from = self._lease_end(self.stream)

    @property
    def is_over(self) -> bool:
        """Whether the writer may post nothing before it has renewed its lease."""
        return self.clock.monotonic() > self._silent_from

    def renew_if_over(self, delivered: int) -> None:
        """Renew a lease that this writer was too slow to keep, unless another writer has taken the stream meanwhile.

        If none has, nothing has to be found out about what was delivered, and nothing is delivered twice. Raises Taken.
        """
        if self.is_over:
            self.hold(delivered)

    def at(self, time_ms: int) -> float:
        """A time of the wall clock on the monotonic one."""
        return time_ms / 1000 + self._offset

    def now_ms(self) -> int:
        """The wall clock as it was set when the lease began."""
        return round((self.clock.monotonic() - self._offset) * 1000)

    def keep(self, delivered: int) -> None:
        """Look for a stop several times a second; once a second renew the lease, after a look at who is there.

        `delivered`: how many chunks each recipient has. Raises Taken.
        """
        now = self.clock.monotonic()
        if now >= self._hold_at:
            self.recipients.refresh()
            self.hold(min(delivered, self.recipients.delivered(delivered)))
            self._hold_at, self.look_at = now + HOLD_S, now + LOOK_S
        elif now >= self.look_at:
            self.stream = confirm(self.streams, self.stream)
            self.look_at = now + LOOK_S

    def hold(self, delivered: int) -> None:
        """Renew the lease. Raises Taken."""
        until_ms = self.clock.now_ms() + LEASE_MS
        self.stream = self.streams.hold(self.stream, position=delivered, lease_until_ms=until_ms)
        self._silent_from = self._lease_end(self.stream)

    def _lease_end(self, stream: Stream) -> float:
        return self.at(stream.lease_until_ms - MARGIN_MS)
