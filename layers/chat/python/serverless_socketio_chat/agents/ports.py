"""The ports behind which agents answer.

An `Agent` gives a *stored* answer: the whole text at once, known before its first chunk is sent, so that pacing,
resuming and stopping need nothing but the text and a clock. A `Provider` answers while it thinks: a different promise,
with a port of its own. An agent of one's own is a function (`functions`), which may do either: it is asked as a
provider is, and what it returns as a whole becomes a stored answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio_chat.agents.model import AgentRecord, End, Prompt, Reply, Turn
    from serverless_socketio_chat.literals import AgentStatus


class AgentRecords(Protocol):
    """Agents, and how their providers do."""

    def agent(self, agent_id: str) -> AgentRecord | None:
        """An agent. One read, or none in a warm function."""

    def note_status(self, agent_id: str, status: AgentStatus) -> bool:
        """Note how an agent's provider does; whether that is a change. One read, and one write if it is."""


class Reading(Protocol):
    """An answer as a provider reads it, blocking: pieces of text, and `End`s, the last of which holds.

    An empty piece is a sign of life, as of a model that thinks. A `Reply` is a whole answer, before which and after
    which nothing comes. Raises ModelFailed while it is iterated.
    """

    def __iter__(self) -> Iterator[str | Reply | End]:
        """Ask, and read what comes."""
        ...

    def close(self) -> None:
        """End it, from any thread and at any time: a read that blocks returns, the provider sees the disconnect."""
        ...


class Provider(Protocol):
    """A kind of endpoint."""

    def answer(self, prompt: Prompt, key: str | None) -> Reading:
        """An answer that is asked for once it is read."""
        ...


class PendingAnswer(Protocol):
    """An answer on its way, never waited for longer than one wants."""

    def receive(self, within_s: float) -> str | Reply | End | None:
        """All text that has come, a whole answer, or an end; None if nothing came in time. Raises ModelFailed."""
        ...

    def close(self) -> None:
        """Want no more of it: nothing further is paid for."""
        ...


class Models(Protocol):
    """Whom to ask."""

    def ask(self, provider: str, question: Prompt | Turn) -> PendingAnswer:
        """Begin to ask a model with a prompt, or a function with a turn; returns at once."""
        ...


class Agent(Protocol):
    """Answers a turn. The same turn gets the same reply, so that a step run twice says one thing."""

    def reply(self, turn: Turn) -> Reply:
        """The whole answer, at most `REPLY_MAX` code points."""
        ...
