"""The seam to models that answer while they think: what they are asked, what comes back, and how that may fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serverless_socketio_chat.literals import Role

Failure: TypeAlias = Literal["busy", "down", "slow", "broken", "refused", "rejected", "too_long", "unanswered"]

SORRY: Mapping[Failure, str] = {
    "busy": "The model behind this agent is busy at the moment. Please try again in a little while.",
    "down": "The model behind this agent could not be reached. Please try again in a little while.",
    "slow": "The model behind this agent took too long to answer. Please try again.",
    "broken": "The answer broke off before it began. Please try again.",
    "refused": "The model behind this agent refused us. Whoever runs this chat can put that right.",
    "rejected": "The model behind this agent did not take this message. Please try another one.",
    "too_long": "This message is too long for the model behind this agent. Please try a shorter one.",
    "unanswered": "The model behind this agent gave no answer that can be read. Please try again.",
}
"""What people read in place of an answer in which there is nothing to read."""

PASSING: frozenset[Failure] = frozenset({"busy", "down"})
"""Failures that may be over in a moment: asked again, if nothing was said yet."""

REFUSALS: frozenset[Failure] = frozenset({"rejected", "too_long"})
"""Failures of what was asked: that turn does not go along with later ones, which would be refused with it."""

OUTAGES: frozenset[Failure] = frozenset(SORRY) - REFUSALS - {"unanswered"}
"""Failures that are the provider's and not of one message: the agent counts as unavailable."""


def is_placeholder(text: str) -> bool:
    """Whether this was said in a model's place: it is neither shown to the model later nor felt about."""
    return text in SORRY.values()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Model:
    """What a live agent's record says of its model.

    Attributes:
        name: The provider's id of the model, e.g. ``llama3.2`` or an inference profile's ARN.
        url: Base URL of an OpenAI-compatible endpoint, e.g. ``http://localhost:11434/v1``.
        allow_http: Whether `url` may be plain http beyond this machine: inside a network of one's own.
        secret: The NAME of the secret with the API key: a path (``/serverless-socketio/openai``) is a parameter of
            SSM, anything else a secret of Secrets Manager. Never the key itself.
        system: The system prompt.
        temperature: As the provider defines it; None: the provider's default.
        max_tokens: Most tokens of an answer; None: the provider's default.
        history_tokens: What of the chat so far goes along, by `prompting`'s estimate.
        feels: Whether the model is told where the two stand, and asked for the shifts of its emotions.
    """

    name: str = ""
    url: str | None = None
    allow_http: bool = False
    secret: str | None = None
    system: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    history_tokens: int = 4_000
    feels: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to a model. `lines` alternate, begin and end with the user's, and none is empty."""

    model: Model
    system: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in the provider's tokens."""

    input_tokens: int
    output_tokens: int


FinishOutcome: TypeAlias = Literal["stop", "length"] | Failure
"""How an answer ended: the model was done (``stop``), it was cut by a limit (``length``), or why it is no whole one."""


@dataclass(frozen=True, slots=True)
class End:
    """The provider said that the answer has ended.

    Attributes:
        outcome: How.
        usage: What it cost, if that was told.
        more_within_s: How long more may come and take this back, in seconds. 0: nothing can; None: as long as a model
            may be silent, since this provider says so in the middle of answers.
    """

    outcome: FinishOutcome
    usage: Usage | None = None
    more_within_s: float | None = 0


class ModelFailed(Exception):  # noqa: N818 - an outcome
    """No answer, or no more of it. `detail` is for logs: a status or an error's name, never a prompt or a key."""

    def __init__(self, kind: Failure, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s


class Reading(Protocol):
    """An answer as a provider reads it, blocking: pieces of text, and `End`s, the last of which holds.

    An empty piece is a sign of life, as of a model that thinks. Raises ModelFailed while it is iterated.
    """

    def __iter__(self) -> Iterator[str | End]:
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


class Coming(Protocol):
    """An answer on its way, never waited for longer than one wants."""

    def receive(self, within_s: float) -> str | End | None:
        """All text that has come, or an end; None if nothing came in time. Raises ModelFailed."""
        ...

    def close(self) -> None:
        """Want no more of it: nothing further is paid for."""
        ...


class Models(Protocol):
    """Whom to ask."""

    def ask(self, provider: str, prompt: Prompt) -> Coming:
        """Begin to ask; returns at once."""
        ...
