"""A relay: an answer on its way from a model to its listeners, by the one writer that holds the lease.

What comes is merged into at most one chunk a window, written down, and then said: whatever anybody has heard is in the
log. Nobody waits for the model itself, so its silence holds up neither a stop nor the lease.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.live import SORRY
from serverless_socketio_chat.answers.beginning import say_typing
from serverless_socketio_chat.answers.live.model_call import Ending

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.chunks import Pieces
    from serverless_socketio_chat.answers.live.draft import Draft
    from serverless_socketio_chat.answers.live.model_call import Inquiry
    from serverless_socketio_chat.answers.recipients import Audience
    from serverless_socketio_chat.answers.writer_lease import Tenure
    from serverless_socketio_chat.bag import Ports

TYPING_S = 4.0  # between two words that the agent types still: clients forget it after 5 s


class Relay:
    """One answer: from `inquiry` by way of `draft` into `pieces`, which `audience` hears."""

    def __init__(
        self, ports: Ports, tenure: Tenure, inquiry: Inquiry, draft: Draft, pieces: Pieces, audience: Audience
    ) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._tenure = tenure
        self._inquiry = inquiry
        self._draft = draft
        self._pieces = pieces
        self._audience = audience
        self._window_at = self._clock.monotonic()  # the next chunk is said at this time, or later
        self._type_at = self._window_at + TYPING_S  # that it types was said as the answer began
        self._ending: Ending | None = None

    def run(self) -> Ending:
        """Relay until the answer has ended and everybody has heard it. Raises Taken if the place is lost."""
        try:
            while self._ending is None or self._draft:
                self._round()
        finally:
            self._inquiry.hang_up()
        self._check()
        if not self._pieces:
            self._type(is_typing=False)
        self._audience.hear_all(len(self._pieces))
        return self._ending

    def _round(self) -> None:
        """Say what is written down, keep the lease, listen until there is something to do."""
        self._check()
        end = len(self._pieces)
        self._audience.hear(end)
        heard = self._audience.heard(end)
        self._tenure.keep(heard)
        if self._tenure.stream.stop:
            self._end(Ending("stopped"))
            self._write_down()
            return
        if not self._pieces and self._clock.monotonic() >= self._type_at:
            self._type(is_typing=True)
        self._listen(0.0 if heard < end else self._next_at() - self._clock.monotonic())
        if self._clock.monotonic() >= self._window_at:
            self._write_down()

    def _next_at(self) -> float:
        return min(self._tenure.look_at, self._window_at) if self._draft else self._tenure.look_at

    def _listen(self, wait: float) -> None:
        """Take in what comes within some seconds; after the end, wait for the last window."""
        if self._ending is not None:
            self._clock.sleep(wait)
            return
        came = self._inquiry.listen(wait)
        if isinstance(came, Ending):
            self._end(came)
        elif came is not None and not self._draft.add(came):
            self._end(Ending("length"))

    def _end(self, ending: Ending) -> None:
        """Want no more; if there is nothing to read, the reason is, unless it was the user who wanted no more."""
        if self._ending is not None:
            return
        self._inquiry.hang_up()
        self._draft.finish()
        if self._draft.is_blank and ending.reason != "stopped":
            ending = replace(ending, reason="error", failure=ending.failure or "unanswered")
            self._draft.say_instead(SORRY[ending.failure or "unanswered"])
        self._ending = ending

    def _type(self, *, is_typing: bool) -> None:
        say_typing(self._ports, self._tenure.stream, self._audience.members, is_typing=is_typing)
        self._type_at = self._clock.monotonic() + TYPING_S

    def _check(self) -> None:
        self._tenure.renew_if_over(self._audience.heard(len(self._pieces)))

    def _write_down(self) -> None:
        """Make a chunk of what waits: in the log first, since it may be heard from then on."""
        if not self._draft:
            return
        if not self._pieces:
            self._type(is_typing=False)
        stream, chunk = self._tenure.stream, self._draft.take()
        self._ports.streams.log(stream.reply_id, len(self._pieces), chunk)
        self._pieces.append(chunk)
        self._window_at = self._clock.monotonic() + stream.chunk_delay_ms / 1000
