"""A question to a model: asked again while that may help, and not waited for for ever."""

from __future__ import annotations

import logging
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.model import OUTAGES, PASSING, REFUSALS, End, ModelFailed, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.agents.model import Failure, Usage
    from serverless_socketio_chat.agents.ports import PendingAnswer
    from serverless_socketio_chat.literals import AgentStatus, FinishReason

logger = logging.getLogger(__name__)

RETRY_S = 0.5  # before a model that failed is asked again; twice as long each time


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a model may be silent, in seconds.

    Attributes:
        first_s: Before anything comes, trying again included.
        idle_s: In between.
        alive_s: With no words, while it says that it is alive: by comments, thinking, empty pieces.
    """

    first_s: float = 30.0
    idle_s: float = 20.0
    alive_s: float = 120.0


@dataclass(frozen=True, slots=True)
class ModelCallEnd:
    """How a model's answer ended. `failure`: why no more of it comes; `mood`: if it was told apart from the text."""

    reason: FinishReason
    failure: Failure | None = None
    usage: Usage | None = None
    mood: Mapping[str, float] = field(default_factory=dict)

    @property
    def status(self) -> AgentStatus | None:
        """What it says of the provider; None: nothing."""
        if self.failure is not None:
            return "unavailable" if self.failure in OUTAGES else None
        return None if self.reason == "stopped" else "available"


@dataclass(eq=False)
class ModelCall:
    """One question.

    `ask` asks it. `shorten` lets it go with less of the chat from now on, since so much was refused; False if that
    cannot help. `until`, monotonic, is when its answer has to be over; `about` is for logs.
    """

    clock: Clock
    ask: Callable[[], PendingAnswer]
    shorten: Callable[[Failure], bool]
    _: KW_ONLY
    patience: Patience
    until: float
    about: str

    def __post_init__(self) -> None:
        now = self.clock.monotonic()
        self._coming: PendingAnswer | None = None
        self._tries = 0
        self._ask_at = now
        self._silent_until = self._first_until = now + self.patience.first_s  # then the model is too slow
        self._alive_until = now + self.patience.alive_s  # signs of life do no more from then on
        self._has_spoken = False
        self._end: End | None = None  # told, but more may come

    def listen(self, within_s: float) -> str | Reply | ModelCallEnd | None:
        """What comes within some seconds: text, empty for a sign of life, or a whole answer, or the end."""
        now = self.clock.monotonic()
        if now >= min(self._silent_until, self.until):
            return self._give_up(now)
        try:
            came = self._receive(now, min(within_s, self._silent_until - now, self.until - now))
        except ModelFailed as failure:
            return self._fail(failure)
        if isinstance(came, End):
            return self._hear_end(came)
        if isinstance(came, str):
            self._hear(came)
        return came

    def close(self) -> None:
        """Want no more: nothing further is paid for."""
        if self._coming is not None:
            self._coming.close()
            self._coming = None

    def _receive(self, now: float, wait: float) -> str | Reply | End | None:
        """What the model says; it is asked when the time has come."""
        if self._coming is None:
            if now < self._ask_at:
                self.clock.sleep(min(wait, self._ask_at - now))
                return None
            self._coming = self.ask()
        return self._coming.receive(wait)

    def _hear(self, text: str) -> None:
        """Be patient anew; with a sign of life only before the end, and not for ever."""
        now = self.clock.monotonic()
        if text:
            self._has_spoken = True
            self._silent_until, self._alive_until = now + self.patience.idle_s, now + self.patience.alive_s
        elif self._end is None:
            self._silent_until = max(self._silent_until, min(now + self.patience.idle_s, self._alive_until))

    def _hear_end(self, end: End) -> ModelCallEnd | None:
        """The end, or wait whether more comes."""
        if end.more_within_s == 0:
            return self._conclude(end)
        self._end, idle_s = end, self.patience.idle_s
        more_within_s = idle_s if end.more_within_s is None else min(end.more_within_s, idle_s)
        self._silent_until = self.clock.monotonic() + more_within_s
        return None

    def _conclude(self, end: End) -> ModelCallEnd | None:
        if end.outcome == "stop" or end.outcome == "length":
            return ModelCallEnd(end.outcome, usage=end.usage, mood=end.mood)
        ending = self._fail(ModelFailed(end.outcome, "the finish reason"))
        return None if ending is None else replace(ending, usage=end.usage)

    def _fail(self, failure: ModelFailed) -> ModelCallEnd | None:
        """Plan to ask again, if that may help and nothing was said; else the end."""
        self.close()
        again = not self._has_spoken and self._plan(failure)
        logger.warning("A model failed", extra={"reply_id": self.about, "reason": str(failure), "again": again})
        return None if again else ModelCallEnd("error", failure.kind)

    def _plan(self, failure: ModelFailed) -> bool:
        """Set when it is asked again; False if it is not."""
        until, pause = max(self._first_until, self._silent_until), 0.0
        if failure.kind in PASSING:
            pause = failure.retry_after_s or RETRY_S * 2**self._tries
            self._tries += 1
        elif failure.kind not in REFUSALS or not self.shorten(failure.kind):
            return False
        self._ask_at = self.clock.monotonic() + pause
        self._silent_until, self._end = until, None
        return self._ask_at < until

    def _give_up(self, now: float) -> ModelCallEnd | None:
        """The end of an answer that takes too long; what was said by the last moment is an answer."""
        if self._end is not None:
            return self._conclude(self._end)
        if self._has_spoken and now >= self.until:
            return ModelCallEnd("length")
        return self._fail(ModelFailed("slow", "silence"))
