"""What the rules of the chat need from outside, and the records that cross those seams.

Tables stand behind these protocols in production (`stores`), dicts in tests (`stores.memory`). Times are
integer milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serverless_socketio.model import Member, PostResult
    from serverless_socketio.ports import Clock
    from serverless_socketio.recovery.state import RecoveryState, StreamSlice
    from serverless_socketio_chat.gcra import Rate
    from serverless_socketio_chat.live import Model, Models
    from serverless_socketio_chat.notifications import DeliveryQueue, Notice, Notices, PushQueue, Subscriptions
    from serverless_socketio_chat.plans import Plan
    from serverless_socketio_chat.relations import Relation, RelationModel

Role: TypeAlias = Literal["user", "agent"]
Phase: TypeAlias = Literal["live", "ending", "ended"]  # ending: decided and in the history, not yet announced
FinishReason: TypeAlias = Literal["stop", "length", "stopped", "error"]
Status: TypeAlias = Literal["online", "away", "offline"]  # of a device, and of a user
AgentStatus: TypeAlias = Literal["available", "unavailable"]


class HasRoom(Protocol):
    """Something whose events go to a room of its own."""

    @property
    def room(self) -> str:
        """The Socket.IO room."""


@dataclass(frozen=True, slots=True)
class User:
    """Who a key belongs to, and on which plan."""

    user_id: str
    plan: str


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


@dataclass(frozen=True, slots=True)
class Devices:
    """The connections of a user. The note of a membership is what the device said of its presence."""

    user_id: str

    @property
    def room(self) -> str:
        """Where they all are, from CONNECT to the end."""
        return f"user:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Watchers:
    """Those who want to know of a user's presence."""

    PREFIX: ClassVar[str] = "presence:"

    user_id: str

    @property
    def room(self) -> str:
        """Where they are."""
        return self.PREFIX + self.user_id


@dataclass(frozen=True, slots=True)
class Announced:
    """What was last said of a user's presence.

    `timestamp` rises with each announcement of the user. `last_seen` is when the user stopped being online; of a user
    who is online, when that was said. `is_told`: whoever listens has been told; else somebody is about to, or died.
    """

    status: Status
    last_seen: int
    timestamp: int
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A device that went without a word, in its grace: it counts as `status` until that is over."""

    sid: str
    status: Status


@dataclass(frozen=True, slots=True)
class Reminder:
    """Look at a user's presence again.

    `absent`: the device whose grace is over then; `at_ms`: when it went; `seen_ms`: when it was there for certain.
    """

    user_id: str
    at_ms: int
    absent: str | None = None
    seen_ms: int = 0


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation of one user with one agent."""

    user_id: str
    agent_id: str

    @property
    def room(self) -> str:
        """Where its events go."""
        return f"chat:{self.agent_id}:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a chat. Ids sort in the order in which messages were accepted; a reply's after its message's.

    `finish_reason`: of an agent's. `refused`: a model's provider did not take what it answers.
    """

    message_id: str
    role: Role
    text: str
    timestamp: int
    client_message_id: str | None = None
    finish_reason: FinishReason | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """The socket that a message came from.

    It is in the chat's room as from that frame, and is not shown its own message.
    """

    member: Member
    order: int


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer's control record: small, since each update is billed by the whole. Its text lies apart.

    `position` chunks have been sent to everybody in the room; `due_ms` is when the next one is. `lease_until_ms` is 0
    when nobody holds the lease. `chunks` and `starts_ms` are 0 until the text is there. `relayed`: the text comes from
    a model, chunk by chunk, and is in a log; `chunks` stays 0. `notice`: how its user is to hear of the end, decided
    with it. `complete_claimed`: a writer was about to post ``complete``, and no other may; `complete_posted`: it has,
    and only what follows is still to be done.
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
    phase: Phase = "live"
    epoch: int = 0
    position: int = 0
    chunks: int = 0
    starts_ms: int = 0
    relayed: bool = False
    stop: bool = False
    tries: int = 0
    finish_reason: FinishReason | None = None
    notice: Notice | None = None
    complete_claimed: bool = False
    complete_posted: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """What an answer says, and the mood it expresses. `cut`: it is shorter than the agent wished."""

    text: str
    mood: Mapping[str, float] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Ids:
    """The names under which a message and its answer were accepted."""

    message_id: str
    reply_id: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class ChatState:
    """What a chat remembers: the id of the answer that runs, and where the two stand."""

    running: str | None
    relation: Relation


class Known(Exception):  # noqa: N818 - an outcome of `Conversations.accept`
    """The client's id was used before, for `ids`."""

    def __init__(self, ids: Ids) -> None:
        super().__init__("known")
        self.ids = ids


class Running(Exception):  # noqa: N818
    """An answer runs in this chat."""

    def __init__(self, reply_id: str) -> None:
        super().__init__("running")
        self.reply_id = reply_id


class Behind(Exception):  # noqa: N818
    """The new id does not come after `last_id`, the chat's newest."""

    def __init__(self, last_id: str) -> None:
        super().__init__("behind")
        self.last_id = last_id


class Contended(Exception):  # noqa: N818
    """Others write to the same chat all the time; nothing was stored."""


class Taken(Exception):  # noqa: N818
    """A conditional write to a stream lost: `stream` is how it stands, None if there is none."""

    def __init__(self, stream: Stream | None) -> None:
        super().__init__("taken")
        self.stream = stream


class Directory(Protocol):
    """Users, keys, plans and agents."""

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key, by the key's SHA-256; None if unknown or revoked. One read."""

    def agent(self, agent_id: str) -> AgentRecord | None:
        """An agent. One read, or none in a warm function."""

    def note_status(self, agent_id: str, status: AgentStatus) -> bool:
        """Note how an agent's provider does; whether that is a change. One read, and one write if it is."""

    def plan(self, name: str) -> Plan:
        """A plan; the smallest for a name that is not known. One read, or none in a warm function."""


class Rates(Protocol):
    """The token bucket of each user's messages, and what functions count together."""

    def take(self, user_id: str, rate: Rate, now_us: int) -> int:
        """Take a token; returns 0, or the microseconds until one is there. One write, as a rule."""

    def count(self, name: str, more: int, minute: int) -> int:
        """Add to what was counted of a name in a minute of the clock; returns the sum. One write."""


class Conversations(Protocol):
    """Messages, and what a chat remembers."""

    def accept(self, chat: Chat, message: Message, stream: Stream) -> None:
        """Store a message with the answer it asks for: one transaction. Raises Known, Running, Behind, Contended."""

    def known(self, chat: Chat, client_message_id: str) -> Ids | None:
        """The ids under which a client's id was accepted before. One read."""

    def history(self, chat: Chat, *, before: str | None = None, since: str | None = None) -> Iterator[Message]:
        """Messages strictly between two ids, newest first. One query for each page that is read."""

    def message(self, chat: Chat, message_id: str) -> Message | None:
        """One message. One read."""

    def state(self, chat: Chat) -> ChatState:
        """What a chat remembers. One read."""

    def complete(self, stream: Stream, reply: Message, relation: Relation) -> None:
        """End an answer: phase, history, the chat's lock and the relation, in one transaction. Raises Taken.

        `stream` is as its writer holds it, with the position, finish reason and notice that it ended with, and the
        lease for announcing that.
        """


class Streams(Protocol):
    """Control records and texts of answers.

    Every change is conditional on the writer's epoch; Taken if it has passed on.
    """

    def read(self, reply_id: str) -> Stream | None:
        """The control record. One small read."""

    def take(self, reply_id: str, *, epoch: int, lease_until_ms: int) -> Stream:
        """Become the writer as the continuation of `epoch`: the epoch rises. One small write."""

    def seize(self, seen: Stream, *, lease_until_ms: int) -> Stream:
        """Become the writer in place of one that is not there, if nothing changed since `seen`. One small write."""

    def begin(self, stream: Stream, *, chunks: int, starts_ms: int, relayed: bool = False) -> Stream:
        """Note the schedule, at first or anew; or that the answer is relayed. One small write."""

    def hold(self, stream: Stream, *, position: int, lease_until_ms: int) -> Stream:
        """Keep the lease and note how far the answer is. One small write."""

    def release(self, stream: Stream, *, position: int, due_ms: int) -> Stream:
        """Give the lease up until `due_ms`. One small write."""

    def request_stop(self, reply_id: str) -> Stream:
        """Ask the writer to stop. One small write; Taken if the answer has ended."""

    def claim_complete(self, stream: Stream, *, lease_until_ms: int) -> None:
        """Become the one that posts ``complete``, once the end is decided; may be said again. One small write."""

    def complete_posted(self, stream: Stream) -> None:
        """Note that ``complete`` was posted, where what follows it failed. One small write; Taken if it has ended."""

    def announced(self, stream: Stream) -> None:
        """Note that the end has been said. One small write."""

    def write_text(self, reply_id: str, text: Text) -> Text:
        """Store what an answer says, once: returns what is stored. One write."""

    def text(self, reply_id: str) -> Text | None:
        """What an answer says. One read."""

    def log(self, reply_id: str, index: int, chunk: str) -> None:
        """Store a chunk of a relayed answer, before anybody hears it. One write. Taken if it was another before."""

    def logged(self, reply_id: str) -> Sequence[str]:
        """All chunks of a relayed answer that may have been heard, consistently. One query."""

    def count_try(self, stream: Stream) -> Stream:
        """Count an attempt to bring an answer back. One small write."""

    def stale(self, created_before_ms: int) -> Iterator[str]:
        """Ids of answers that have not ended, by age, by index."""


class Workflow(Protocol):
    """What carries an answer from burst to burst."""

    def start(self, reply_id: str, epoch: int) -> None:
        """Start the workflow of an answer. Raises on failure; safe to start twice."""


class Room(Protocol):
    """The sockets that are in the room of a chat, an agent, a user."""

    def members(self, of: HasRoom) -> Sequence[Member]:
        """Who is there, consistently. One query."""

    def enter(self, of: HasRoom, sender: Sender) -> None:
        """Put a socket there as from its frame. Two or three writes."""

    def leave(self, of: HasRoom, sender: Sender) -> None:
        """Take a socket out as from its frame. Two writes."""

    def enter_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`enter` many rooms, side by side."""

    def leave_all(self, each: Sequence[HasRoom], sender: Sender) -> None:
        """`leave` many rooms, side by side."""

    def rooms(self, member: Member) -> Sequence[str]:
        """The rooms a socket is in. One query; two for a recoverable one."""

    def membership(self, of: HasRoom, member: Member) -> Member | None:
        """A socket as it is there, with its note; None if it is not. One read."""

    def update_data(self, of: HasRoom, sender: Sender, data: str) -> Member | None:
        """Rewrite the note of a socket's membership as from its frame.

        The member as it is then: a later frame may have written before. None if it is not there. One write.
        """

    def emit(self, members: Sequence[Member], event: str, payload: Mapping[str, object]) -> None:
        """Send one event to these sockets; receivers drop a repeat by the ids in it."""

    def close(
        self,
        members: Sequence[Member],
        event: str,
        payload: Mapping[str, object],
        *,
        reply_id: str,
        seen: Mapping[str, RecoveryState],
    ) -> Sequence[str]:
        """Send the event that ends an answer, once; the sids of recoverable sockets that moved since they were `seen`.

        A socket that may not have got it is disconnected: it comes back, and finds the end.
        """

    def disconnect(self, members: Sequence[Member], reply_id: str) -> None:
        """Disconnect sockets of which nobody knows whether they were sent the event that ends an answer.

        A recoverable one finds that event when it comes back, if it was kept, else it is a new one.
        """

    def follow(self, member: Member, reply_id: str, index: int, seen: RecoveryState | None) -> RecoveryState | None:
        """How a recoverable socket stands, that is told an answer and has been told chunks below `index`.

        None if it has ended. One write, or one read while it is away.
        """

    def emit_each(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Mapping[str, object]]]],
        slices: Mapping[str, StreamSlice],
    ) -> Mapping[str, PostResult]:
        """Send each socket chunks of its own, in order; what became of them, by sid. `slices`: of recoverable ones."""


class PresenceRecords(Protocol):
    """What was announced of users, and devices in their grace."""

    def announced(self, user_id: str) -> Announced | None:
        """What was last announced; None of a user who never was online. One read."""

    def announced_of(self, user_ids: Sequence[str]) -> Mapping[str, Announced]:
        """The same of many, those who were online once. One read each, in one call for 100."""

    def announce(self, user_id: str, news: Announced, *, before: Announced | None) -> bool:
        """Note what is announced now; False if something else was since `before`. One write."""

    def told(self, user_id: str, news: Announced) -> None:
        """Note that an announcement has been told; no effect if another one was made since. One write."""

    def keep(self, user_id: str, device: Absent) -> None:
        """Let a device count for its grace, and a while longer if nobody ends that. One write."""

    def absent(self, user_id: str) -> Sequence[Absent]:
        """The user's devices in their grace. One query."""

    def forget(self, user_id: str, sid: str) -> None:
        """End the grace of a device. One write."""


class Reminders(Protocol):
    """What comes back after a while, at least once, to `Presence.remember`."""

    def remind(self, reminder: Reminder, after_s: int) -> None:
        """Send it. Raises on failure."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All that the rules need from outside."""

    directory: Directory
    rates: Rates
    conversations: Conversations
    streams: Streams
    workflow: Workflow
    room: Room
    presence: PresenceRecords
    reminders: Reminders
    subscriptions: Subscriptions
    push_queue: PushQueue
    clock: Clock
    relations: RelationModel
    models: Models
    notices: Notices
    deliveries: DeliveryQueue
