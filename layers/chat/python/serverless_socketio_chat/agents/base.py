"""The port behind which agents answer, and the values that cross it.

An `Agent` gives a *stored* answer: the whole text at once, known before its first chunk is sent, so that pacing,
resuming and stopping need nothing but the text and a clock. An answer that arrives while it is being thought is a
different promise and has a port of its own: `agents.live.Provider`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio_chat.agents.live import Line
    from serverless_socketio_chat.agents.relations import Relation

REPLY_MAX = 24_000  # code points: where an answer ends with `finishReason: "length"`


@dataclass(frozen=True, slots=True)
class Turn:
    """All that an agent may know when it answers.

    Attributes:
        user_id: Who wrote `message`.
        agent_id: Which agent is asked.
        message: What it is to answer, 1…8,000 code points from an untrusted client.
        history: What was said before `message`, newest last. The caller bounds it.
        relation: Where the two stood before this turn.
    """

    user_id: str
    agent_id: str
    message: str
    history: Sequence[Line]
    relation: Relation


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its text, and the shift of each emotion that it expresses, -1…1 (absent: none)."""

    text: str
    mood: Mapping[str, float] = field(default_factory=dict)


class Agent(Protocol):
    """Answers a turn. The same turn gets the same reply, so that a step run twice says one thing."""

    def reply(self, turn: Turn) -> Reply:
        """The whole answer, at most `REPLY_MAX` code points."""
        ...


class UnknownProviderError(LookupError):
    """An agent's record names a provider that this deployment does not have: a mistake of the operator's."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"no such agent provider: {provider!r}")
        self.provider = provider
