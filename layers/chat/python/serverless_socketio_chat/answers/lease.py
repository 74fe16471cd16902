"""Who may write to a stream, and until when.

A workflow may run twice and a slow writer may be replaced, so each writer takes the stream first: its epoch rises, and
every later write is conditional on it. Posts cannot be fenced, so well before its lease ends a writer posts nothing
until it has renewed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.answers.chunks import due_by
from serverless_socketio_chat.answers.model import Taken

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.ports import Streams

LEASE_MS = 5_000
ANNOUNCE_MS = 15_000  # how long the end may take to be said, slow listeners included, before somebody else says it
MARGIN_MS = 2_000  # a writer posts nothing this long before its lease ends, unless it has renewed it
GRACE_MS = 1_000  # a lease counts as run out only this long after its end: clocks differ
START_MS = 10_000  # how long an accepted answer waits for its workflow before it is brought back
OVERDUE_MS = 10_000  # how long after its time an answer that nobody holds counts as forgotten
TRIES_MAX = 3  # then an answer that keeps losing its writer ends with an error
NOBODY = -1  # the epoch of a writer that continues nobody: it gets only what is abandoned
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
    """Whether nobody holds the stream, and nobody came when the next chunk was due."""
    return stream.lease_until_ms == 0 and stream.due_ms < now_ms - OVERDUE_MS


def abandoned(stream: Stream, now_ms: int) -> bool:
    """Whether somebody should bring the answer back."""
    return crashed(stream, now_ms) or forgotten(stream, now_ms)


def free(stream: Stream, now_ms: int) -> bool:
    """Whether nobody writes at this moment: not begun, waiting for its next chunk, or lost."""
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
