"""A model that says what a test has written down for it, at the times of the fake clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from serverless_socketio_chat.agents.model import End, ModelFailed, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio_chat.agents.model import Prompt, Turn
    from tests.fakes import FakeClock

Cue: TypeAlias = tuple[float, "str | Reply | End | ModelFailed"]  # seconds after the question, and what comes then
STOP = End("stop")


@dataclass
class FakeComing:
    """One answer on its way."""

    clock: FakeClock
    asked_at: float
    cues: list[Cue]
    closed_at: float | None = None

    def receive(self, within_s: float) -> str | Reply | End | None:
        until = self.clock.monotonic() + max(0.0, within_s)
        if not self.cues or self.asked_at + self.cues[0][0] > until:
            self.clock.sleep(until - self.clock.monotonic())
            return None
        at_s, came = self.cues.pop(0)
        self.clock.sleep(self.asked_at + at_s - self.clock.monotonic())
        if isinstance(came, ModelFailed):
            raise came
        return came

    def close(self) -> None:
        if self.closed_at is None:
            self.closed_at = self.clock.monotonic()


@dataclass
class FakeModels:
    """`answers`: what is said to each question, one after the other; the last one to all that follow."""

    clock: FakeClock
    answers: list[Sequence[Cue]] = field(default_factory=lambda: [[(0.0, STOP)]])
    asked: list[tuple[str, Any]] = field(default_factory=list)
    comings: list[FakeComing] = field(default_factory=list)

    def ask(self, provider: str, question: Prompt | Turn) -> FakeComing:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append((provider, question))
        self.comings.append(FakeComing(self.clock, self.clock.monotonic(), list(answer)))
        return self.comings[-1]


def spoken(number: int, *, every_s: float, after_s: float = 0.0, end: End | ModelFailed = STOP) -> list[Cue]:
    """So many words, one at a time, and then the end."""
    cues: list[Cue] = [(after_s + index * every_s, f"w{index} ") for index in range(number)]
    return [*cues, (after_s + number * every_s, end)]
