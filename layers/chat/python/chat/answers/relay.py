"""A relay: an answer on its way from a model to its listeners, by the one writer that holds the lease.

What comes is merged into at most one chunk a window, written down, and then said: whatever anybody has heard is in the
log. The model is read by somebody else, so that its silence holds up neither a stop nor the lease.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chat.agents.base import REPLY_MAX
from chat.answers.moods import MoodLine
from chat.live import OUTAGES, PASSING, SORRY, ModelFailed
from chat.pacing import REPLY_JSON_BYTES_MAX, fit, json_bytes
from chat.ports import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chat.answers.audience import Audience
    from chat.answers.tenure import Tenure
    from chat.live import Coming, End, Failure, Usage
    from chat.pacing import Pieces
    from chat.ports import FinishReason, Ports, Status

logger = logging.getLogger(__name__)

RETRY_S = 0.5  # before a model that failed is asked again; twice as long each time


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a model may be silent, in seconds: before anything comes, and then in between."""

    first_s: float = 30.0
    idle_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a model's answer ended. `failure`: why there is no more of it."""

    reason: FinishReason
    failure: Failure | None = None
    usage: Usage | None = None
    mood: Mapping[str, float] = field(default_factory=dict)

    @property
    def status(self) -> Status | None:
        """What it says of the provider; None: nothing."""
        if self.failure is not None:
            return "unavailable" if self.failure in OUTAGES else None
        return None if self.reason == "stopped" else "available"


class Relay:
    """One answer. `ask` asks the model; `until`, monotonic, is when the answer has to be over."""

    def __init__(
        self,
        ports: Ports,
        tenure: Tenure,
        audience: Audience,
        pieces: Pieces,
        *,
        ask: Callable[[], Coming],
        patience: Patience,
        feels: bool,
        until: float,
    ) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._tenure = tenure
        self._audience = audience
        self._pieces = pieces
        self._ask = ask
        self._patience = patience
        self._mood_line = MoodLine() if feels else None
        self._until = until
        self._coming: Coming | None = None
        self._tries = 0
        now = self._clock.monotonic()
        self._ask_at, self._window_at = now, now
        self._silent_until = now + patience.first_s  # then the model is too slow
        self._has_come = False
        self._pending = ""  # came, and waits for its window
        self._points, self._bytes = REPLY_MAX, REPLY_JSON_BYTES_MAX  # left of the longest answer
        self._ending: Ending | None = None

    def run(self) -> Ending:
        """Relay until the answer has ended and everybody has heard it. Raises Taken if the place is lost."""
        try:
            while self._ending is None or self._pending:
                self._round()
        finally:
            self._hang_up()
        self._check()
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
            self._finish(Ending("stopped"))
            self._write_down()
            return
        now = self._clock.monotonic()
        next_at = min(self._tenure.look_at, self._window_at) if self._pending else self._tenure.look_at
        self._listen(0.0 if heard < end else next_at - now)
        if self._pending and self._clock.monotonic() >= self._window_at:
            self._write_down()

    def _listen(self, wait: float) -> None:
        """Take in what comes within some seconds; find out that nothing comes any more."""
        if self._ending is not None:
            self._clock.sleep(wait)
            return
        now = self._clock.monotonic()
        wait = min(wait, self._silent_until - now, self._until - now)
        try:
            came = self._receive(wait)
        except ModelFailed as failure:
            self._fail(failure)
            return
        if isinstance(came, str):
            self._silent_until = self._clock.monotonic() + self._patience.idle_s
            self._take(came)
        elif came is not None:
            self._finish(Ending(came.reason, usage=came.usage))
        self._lose_patience()

    def _receive(self, wait: float) -> str | End | None:
        """What the model says; it is asked when the time has come."""
        if self._coming is None:
            now = self._clock.monotonic()
            if now < self._ask_at:
                self._clock.sleep(min(wait, self._ask_at - now))
                return None
            self._coming = self._ask()
        return self._coming.receive(wait)

    def _take(self, text: str) -> None:
        """Keep what may be shown, as far as there is room for it."""
        if not self._add(text if self._mood_line is None else self._mood_line.show(text)):
            self._finish(Ending("length"))

    def _add(self, text: str) -> bool:
        """Let text wait for its window; whether there was room for all of it."""
        fitting = fit(text, points=self._points, bytes_max=self._bytes)
        self._points -= len(fitting)
        self._bytes -= json_bytes(fitting) - len('""')
        self._pending += fitting
        self._has_come = self._has_come or bool(fitting)
        return len(fitting) == len(text)

    def _fail(self, failure: ModelFailed) -> None:
        """Ask again if that may help and nothing was said; else end."""
        self._hang_up()
        self._coming = None
        pause = failure.retry_after_s or RETRY_S * 2**self._tries
        self._tries += 1
        self._ask_at = self._clock.monotonic() + pause
        again = failure.kind in PASSING and not self._has_come and self._ask_at < self._silent_until
        logger.warning(
            "A model failed", extra={"reply_id": self._tenure.stream.reply_id, "reason": str(failure), "again": again}
        )
        if not again:
            self._finish(Ending("error", failure.kind))

    def _lose_patience(self) -> None:
        now = self._clock.monotonic()
        if self._ending is not None or now < min(self._silent_until, self._until):
            return
        if self._has_come and now >= self._until:
            self._finish(Ending("length"))
        else:
            self._fail(ModelFailed("slow", "silence"))

    def _finish(self, ending: Ending) -> None:
        """Want no more; what was held back comes out, and if nothing came, the reason for people."""
        if self._ending is not None:
            return
        self._hang_up()
        rest, mood = ("", {}) if self._mood_line is None else self._mood_line.end()
        self._add(rest)
        if ending.failure is not None and not self._has_come:
            self._pending = SORRY[ending.failure]
        self._ending = replace(ending, mood=mood)

    def _hang_up(self) -> None:
        if self._coming is not None:
            self._coming.close()

    def _check(self) -> None:
        if self._tenure.is_over:
            raise Taken(self._ports.streams.read(self._tenure.stream.reply_id))

    def _write_down(self) -> None:
        """Make a chunk of what is pending: in the log first, since it may be heard from then on."""
        if not self._pending:
            return
        self._ports.streams.log(self._tenure.stream.reply_id, len(self._pieces), self._pending)
        self._pieces.append(self._pending)
        self._pending = ""
        self._window_at = self._clock.monotonic() + self._tenure.stream.chunk_delay_ms / 1000
