"""A question to a model: asked again while that may help, and not waited for for ever."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat.live import OUTAGES, PASSING, ModelFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chat.live import Coming, End, Failure, Usage
    from chat.ports import AgentStatus, FinishReason
    from serverless_socketio.ports import Clock

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

    @property
    def status(self) -> AgentStatus | None:
        """What it says of the provider; None: nothing."""
        if self.failure is not None:
            return "unavailable" if self.failure in OUTAGES else None
        return None if self.reason == "stopped" else "available"


class Inquiry:
    """One question. `ask` asks it; `until`, monotonic, is when its answer has to be over; `about` is for logs."""

    def __init__(
        self, clock: Clock, ask: Callable[[], Coming], *, patience: Patience, until: float, about: str
    ) -> None:
        self._clock = clock
        self._ask = ask
        self._patience = patience
        self._until = until
        self._about = about
        self._coming: Coming | None = None
        self._tries = 0
        self._ask_at = clock.monotonic()
        self._silent_until = self._ask_at + patience.first_s  # then the model is too slow
        self._has_spoken = False

    def listen(self, within_s: float) -> str | Ending | None:
        """What comes within some seconds: text, empty for a sign of life, or the end."""
        now = self._clock.monotonic()
        if now >= min(self._silent_until, self._until):
            return self._give_up(now)
        try:
            came = self._receive(now, min(within_s, self._silent_until - now, self._until - now))
        except ModelFailed as failure:
            return self._fail(failure)
        if isinstance(came, str):
            self._has_spoken = self._has_spoken or bool(came)
            self._silent_until = self._clock.monotonic() + self._patience.idle_s
            return came
        return None if came is None else Ending(came.reason, usage=came.usage)

    def hang_up(self) -> None:
        """Want no more: nothing further is paid for."""
        if self._coming is not None:
            self._coming.close()
            self._coming = None

    def _receive(self, now: float, wait: float) -> str | End | None:
        """What the model says; it is asked when the time has come."""
        if self._coming is None:
            if now < self._ask_at:
                self._clock.sleep(min(wait, self._ask_at - now))
                return None
            self._coming = self._ask()
        return self._coming.receive(wait)

    def _fail(self, failure: ModelFailed) -> Ending | None:
        """Plan to ask again, if that may help and nothing was said; else the end."""
        self.hang_up()
        pause = failure.retry_after_s or RETRY_S * 2**self._tries
        self._tries += 1
        self._ask_at = self._clock.monotonic() + pause
        again = failure.kind in PASSING and not self._has_spoken and self._ask_at < self._silent_until
        logger.warning("A model failed", extra={"reply_id": self._about, "reason": str(failure), "again": again})
        return None if again else Ending("error", failure.kind)

    def _give_up(self, now: float) -> Ending | None:
        """The end of an answer that takes too long; what was said by the last moment is an answer."""
        if self._has_spoken and now >= self._until:
            return Ending("length")
        return self._fail(ModelFailed("slow", "silence"))
