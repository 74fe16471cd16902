"""Messages and answers: the records that cross the ports. Times are integer milliseconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.literals import FinishReason, Role
    from serverless_socketio_chat.model import Chat, Sender
    from serverless_socketio_chat.notifications.model import Channel

Phase: TypeAlias = Literal["live", "ending", "ended"]  # ending: decided and in the history, not yet announced


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a chat. Ids sort in the order in which messages were accepted; a reply's after its message's.

    `finish_reason`: of an agent's. `refused`: a model's provider did not take what it answers. `replaces`,
    `replaced_by`: of an answer that was given again, and of the one before it, the id of the other.
    """

    message_id: str
    role: Role
    text: str
    timestamp: int
    client_message_id: str | None = None
    finish_reason: FinishReason | None = None
    refused: bool = False
    replaces: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer's control record: small, since each update is billed by the whole. Its text lies apart.

    `position` chunks have been sent to all in the room; `due_ms` is when the next one is. `lease_until_ms` is 0
    without a writer. `chunks` and `starts_ms` are 0 until the text is there. `relayed`: the text comes from
    a model, chunk by chunk, and is in a log; `chunks` stays 0. `notice`: how its user is to hear of the end, decided
    with it. `replaces`: the answer in whose place it is given. `complete_claimed`: a writer was about to post
    ``complete``, and no other may; `complete_posted`: it has, and only what follows is still to be done.
    """

    reply_id: str
    message_id: str
    chat: Chat
    created_ms: int
    lease_until_ms: int
    chunk_size: int
    chunk_delay_ms: int
    due_ms: int
    sender: Sender | None = None
    replaces: str | None = None
    phase: Phase = "live"
    epoch: int = 0
    position: int = 0
    chunks: int = 0
    starts_ms: int = 0
    relayed: bool = False
    stop: bool = False
    tries: int = 0
    finish_reason: FinishReason | None = None
    notice: Channel | None = None
    complete_claimed: bool = False
    complete_posted: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """What an answer says, and the mood it expresses. `cut`: it is shorter than the agent wished."""

    text: str
    mood: Mapping[str, float] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class ChatState:
    """What a chat remembers: the answer that runs, where the two stand, and the newest answer with what it answers.

    Ids; `asked` is None where a version wrote it that did not remember it.
    """

    running: str | None
    relation: Relation
    newest: str | None = None
    asked: str | None = None


class Taken(Exception):  # noqa: N818
    """A conditional write to a stream lost: `stream` is how it stands, None if there is none."""

    def __init__(self, stream: Stream | None) -> None:
        super().__init__("taken")
        self.stream = stream
