"""Agents, what they are asked, and what they answer: the values that cross the ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from serverless_socketio_chat.model import Chat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.literals import Role


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """An agent that users may talk to; `provider` names the code that answers.

    `chunk_size` and `chunk_delay_ms` None: the deployment's pacing. `model`: what a live provider needs.
    """

    agent_id: str
    name: str
    provider: str
    chunk_size: int | None = None
    chunk_delay_ms: int | None = None
    model: Model | None = None

    @property
    def room(self) -> str:
        """Where changes of the agent are told."""
        return f"agent:{self.agent_id}"


Failure: TypeAlias = Literal["busy", "down", "slow", "broken", "refused", "rejected", "too_long", "unanswered"]
SORRY: Mapping[Failure, str] = {
    "busy": "The model behind this agent is busy at the moment. Please try again in a little while.",
    "down": "The model behind this agent could not be reached. Please try again in a little while.",
    "slow": "The model behind this agent took too long to answer. Please try again.",
    "broken": "The answer broke off before it began. Please try again.",
    "refused": "The model behind this agent refused us. The operator of this chat can put that right.",
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


FORMER_SORRY = frozenset({"The model behind this agent refused us. Whoever runs this chat can put that right."})
"""The same as former versions had it: it stands in histories."""


def is_placeholder(text: str) -> bool:
    """Whether this was said in a model's place: it is neither shown to the model later nor felt about."""
    return text in FORMER_SORRY or text in SORRY.values()


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
"""How an answer ended: the model was done (``stop``), it was cut by a limit (``length``), or why it is not whole."""


@dataclass(frozen=True, slots=True)
class End:
    """The provider said that the answer has ended.

    Attributes:
        outcome: How.
        usage: What it cost, if that was told.
        more_within_s: How long more may come and take this back, in seconds. 0: nothing can; None: as long as a model
            may be silent, since this provider says so in the middle of answers.
        mood: The shift of each emotion, as in `Reply`, of an answer that tells it apart from its text.
    """

    outcome: FinishOutcome
    usage: Usage | None = None
    more_within_s: float | None = 0
    mood: Mapping[str, float] = field(default_factory=dict)


class ModelFailed(Exception):  # noqa: N818 - an outcome
    """No answer, or no more of it. `detail` is for logs: a status or an error's name, never a prompt or a key."""

    def __init__(self, kind: Failure, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s


REPLY_MAX = 24_000  # code points: where an answer ends with `finishReason: "length"`


@dataclass(frozen=True, slots=True)
class Turn:
    """All that an agent may know when it answers.

    Attributes:
        user_id: Who wrote `text`.
        agent_id: Which agent is asked.
        text: What it is to answer, 1…8,000 code points from an untrusted client.
        history: What was said before `text`, newest last. The caller bounds it.
        relation: Where the two stood before this turn.
        replaces: Where the user wants another answer to a message: the id of the one before, whose text is not told.
    """

    user_id: str
    agent_id: str
    text: str
    history: Sequence[Line]
    relation: Relation
    replaces: str | None = None

    @property
    def conversation(self) -> str:
        """A name for the conversation, the same in each of its turns: under it an agent may keep what it likes."""
        return Chat(self.user_id, self.agent_id).room


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its text, and the shift of each emotion that it expresses, -1…1 (absent: none)."""

    text: str
    mood: Mapping[str, float] = field(default_factory=dict)


class UnknownProviderError(LookupError):
    """An agent's record names a provider that this deployment does not have: a mistake of the operator's."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"no such agent provider: {provider!r}")
        self.provider = provider
