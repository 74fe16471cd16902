"""A relay: an answer on its way from a model to its listeners, by the one writer that holds the lease.

What comes is merged into at most one chunk a window, written down, and then posted: whatever was delivered is in the
log. The relay never blocks on the model itself, so its silence holds up neither a stop nor the lease. A whole answer,
as a function may return one, is not relayed: it is handed back unsaid.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.model import SORRY, Reply
from serverless_socketio_chat.answers.beginning import say_typing
from serverless_socketio_chat.answers.live.draft import is_readable
from serverless_socketio_chat.answers.live.model_call import ModelCallEnd

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.answers.chunks import LiveChunks
    from serverless_socketio_chat.answers.lease import WriterLease
    from serverless_socketio_chat.answers.live.draft import Draft
    from serverless_socketio_chat.answers.live.model_call import ModelCall
    from serverless_socketio_chat.answers.ports import Streams
    from serverless_socketio_chat.answers.recipients import Recipients
    from serverless_socketio_chat.ports import Room

TYPING_S = 4.0  # between two words that the agent types still: clients forget it after 5 s


@dataclass(eq=False)
class Relay:
    """One answer: from `model_call` by way of `draft` into `chunks`, which `recipients` hears."""

    streams: Streams
    room: Room
    clock: Clock
    _: KW_ONLY
    writer_lease: WriterLease
    model_call: ModelCall
    draft: Draft
    chunks: LiveChunks
    recipients: Recipients

    def __post_init__(self) -> None:
        self._window_at = self.clock.monotonic()  # the next chunk is said at this time, or later
        self._type_at = self._window_at + TYPING_S  # that it types was said as the answer began
        self._ending: ModelCallEnd | Reply | None = None

    def run(self) -> ModelCallEnd | Reply:
        """Relay until the answer has ended and all have got it, or is there as a whole. Raises Taken."""
        try:
            while self._ending is None or self.draft:
                self._round()
        finally:
            self.model_call.close()
        self._check()
        if not self.chunks:
            self._type(is_typing=False)
        self.recipients.deliver_all(len(self.chunks))
        return self._ending

    def _round(self) -> None:
        """Say what is written down, keep the lease, listen until there is something to do."""
        self._check()
        end = len(self.chunks)
        self.recipients.deliver(end)
        delivered = self.recipients.delivered(end)
        self.writer_lease.keep(delivered)
        if self.writer_lease.stream.stop:
            self._end(ModelCallEnd("stopped"))
            self._write_down()
            return
        if not self.chunks and self.clock.monotonic() >= self._type_at:
            self._type(is_typing=True)
        self._listen(0.0 if delivered < end else self._next_at() - self.clock.monotonic())
        if self.clock.monotonic() >= self._window_at:
            self._write_down()

    def _next_at(self) -> float:
        return min(self.writer_lease.look_at, self._window_at) if self.draft else self.writer_lease.look_at

    def _listen(self, wait: float) -> None:
        """Take in what comes within some seconds; after the end, wait for the last window."""
        if self._ending is not None:
            self.clock.sleep(wait)
            return
        came = self.model_call.listen(wait)
        if isinstance(came, ModelCallEnd):
            self._end(came)
        elif isinstance(came, Reply):
            self._hand_back(came)
        elif came is not None and not self.draft.add(came):
            self._end(ModelCallEnd("length"))

    def _hand_back(self, reply: Reply) -> None:
        """Leave a whole answer to be paced, if there is anything to read in it."""
        if not is_readable(reply.text):
            self._end(ModelCallEnd("stop"))
            return
        self.model_call.close()
        self._ending = reply

    def _end(self, ending: ModelCallEnd) -> None:
        """Want no more; if there is nothing to read, the reason is, unless it was the user who wanted no more."""
        if self._ending is not None:
            return
        self.model_call.close()
        self.draft.finish()
        if self.draft.is_blank and ending.reason != "stopped":
            ending = replace(ending, reason="error", failure=ending.failure or "unanswered")
            self.draft.say_instead(SORRY[ending.failure or "unanswered"])
        self._ending = ending

    def _type(self, *, is_typing: bool) -> None:
        members, now_ms = self.recipients.members, self.clock.now_ms()
        say_typing(self.room, self.writer_lease.stream, members, now_ms, is_typing=is_typing)
        self._type_at = self.clock.monotonic() + TYPING_S

    def _check(self) -> None:
        self.writer_lease.renew_if_over(self.recipients.delivered(len(self.chunks)))

    def _write_down(self) -> None:
        """Make a chunk of what waits: in the log first, since it may be heard from then on."""
        if not self.draft:
            return
        if not self.chunks:
            self._type(is_typing=False)
        stream, chunk = self.writer_lease.stream, self.draft.take()
        self.streams.log(stream.reply_id, len(self.chunks), chunk)
        self.chunks.append(chunk)
        self._window_at = self.clock.monotonic() + stream.chunk_delay_ms / 1000
