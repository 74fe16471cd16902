"""The payloads of the public contract that come from the server, as types: events, and acks of clients' events.

Nothing imports this while frames are handled. The type checker holds the wings' `payloads` and the handlers to it, and
`make events` writes the page of events and the web client's types from it. Times are integer milliseconds since the
epoch, UTC.
"""

from __future__ import annotations

from typing import Any, Literal, NewType, NotRequired, TypedDict

from serverless_socketio_chat.literals import AgentStatus, FinishReason, Role, Status  # noqa: TC001 - by get_type_hints

Code = NewType("Code", str)
"""Of an error of `errors`, which has them all."""


class MessagePayload(TypedDict):
    """A message of a chat, as it is said and as history has it.

    To the chat's room, less the sender's own connection. Ids sort in the order in which messages were accepted.
    `finishReason` is an agent's. An answer that was given again has `replacedBy`, the one in its place `replaces`: both
    are in the history.
    """

    agentId: str
    userId: str
    messageId: str
    clientMessageId: NotRequired[str]
    role: Role
    message: str
    timestamp: int
    finishReason: NotRequired[FinishReason]
    replaces: NotRequired[str]
    replacedBy: NotRequired[str]


class TypingPayload(TypedDict):
    """A user types, or has stopped. Without `userId` it is the agent. To the chat's room, less the sender.

    `timestamp` is in the order in which a user's frames were sent: ignore one that is older than the last.
    """

    agentId: str
    userId: NotRequired[str]
    isTyping: bool
    timestamp: int


class ChunkPayload(TypedDict):
    """A piece of an answer; `index` counts from 0 for each `messageId`, without a gap. To the chat's room.

    `replaces`: the answer in whose place this one is given.
    """

    agentId: str
    messageId: str
    replyTo: str
    chunk: str
    index: int
    timestamp: int
    replaces: NotRequired[str]


class CompletePayload(TypedDict):
    """The end of an answer: all of its text, after all of its chunks, exactly once. To the chat's room.

    `replaces`: the answer in whose place this one was given.
    """

    agentId: str
    messageId: str
    replyTo: str
    message: str
    chunks: int
    finishReason: FinishReason
    timestamp: int
    replaces: NotRequired[str]


class RelationPayload(TypedDict):
    """Where an agent and a user stand: strengths 0…1 by emotion, a level 0…100, and one word."""

    emotions: dict[str, float]
    relationLevel: int
    relationState: str


class RelationUpdatedPayload(RelationPayload):
    """Where the two stand after an answer, changed or not. To the chat's room."""

    agentId: str
    userId: str
    timestamp: int


class AgentUpdatedPayload(TypedDict):
    """An agent was changed, or its provider failed or came back. To those that subscribed to the agent."""

    agentId: str
    name: str
    status: AgentStatus
    timestamp: int


class PresencePayload(TypedDict):
    """How a user is: the best of the user's devices. `lastSeen` is null for one who never was here."""

    status: Status
    lastSeen: int | None


class PresenceUpdatedPayload(TypedDict):
    """How a user is from now on. `timestamp` rises per user: an older one is to be ignored.

    To the user's own devices and those that subscribed.
    """

    userId: str
    status: Status
    lastSeen: int
    timestamp: int


class ActionPayload(TypedDict):
    """A button of a notification; `url` is where it leads, the notification's own if there is none."""

    action: str
    title: str
    url: NotRequired[str]


class NotificationPayload(TypedDict):
    """What a push would have said, while a device is in the foreground. To the user, less devices in that chat."""

    title: str
    body: str
    icon: NotRequired[str]
    badge: NotRequired[str]
    url: NotRequired[str]
    tag: NotRequired[str]
    actions: NotRequired[list[ActionPayload]]
    timestamp: int


class IssuePayload(TypedDict):
    """What does not fit in a payload; `path` is dot-joined, empty for the whole."""

    path: str
    message: str


class RefusalPayload(TypedDict):
    """Why something was refused; what a code brings beside `code` and `message` is optional here."""

    code: Code
    message: str
    issues: NotRequired[list[IssuePayload]]
    retryAfterMs: NotRequired[int]
    limit: NotRequired[int]
    messageId: NotRequired[str]
    requestId: NotRequired[str]
    reason: NotRequired[Literal["expired"]]


class EventRefusedPayload(RefusalPayload):
    """An event that asked for no ack was refused. To the connection that sent it; `event` is null without a name."""

    event: str | None


class TokenEndPayload(TypedDict):
    """When the connection's token ends; a minute before, an event says so. After it the connection is closed."""

    expiresAt: int


class NothingPayload(TypedDict):
    """An ack that says no more than that it went well."""


class RoomPayload(TypedDict):
    """The room that was entered or left."""

    room: str


class InFlightPayload(TypedDict):
    """An answer that is being given: `text` is chunks 0…`index` - 1 joined. `replaces`: the answer in whose place."""

    messageId: str
    text: str
    index: int
    replaces: NotRequired[str]


class PagePayload(TypedDict):
    """Messages in time order. `nextBefore` is where the page before them goes on, null on the last."""

    messages: list[MessagePayload]
    nextBefore: str | None


class JoinedPayload(RoomPayload, PagePayload, RelationPayload):
    """A chat as it is when one enters: the newest messages, or those after `since`, and the answers in flight."""

    agentId: str
    streams: list[InFlightPayload]


class AcceptedPayload(TypedDict):
    """A message that is stored and will be answered (again). `duplicate`: it was known by its `clientMessageId`."""

    messageId: str
    replyId: str
    timestamp: int
    duplicate: bool


class ResumedPayload(TypedDict):
    """An answer's text from the chunk that was asked for on; `index` is the next one."""

    text: str
    index: int
    complete: bool
    finishReason: NotRequired[FinishReason]


class StatusSaidPayload(TypedDict):
    """What the device is now."""

    status: Status


class PresenceKnownPayload(TypedDict):
    """How users are, by their ids."""

    presence: dict[str, PresencePayload]


class PushSubscribedPayload(TypedDict):
    """A browser that may be pushed to; the same endpoint has the same id."""

    subscriptionId: str


class PushStatePayload(TypedDict):
    """Whether the browser is subscribed, and with which key one subscribes: null where push is not set up."""

    subscribed: bool
    vapidPublicKey: str | None


class QuietHoursPayload(TypedDict):
    """When a user is not to be disturbed: ``HH:MM`` to ``HH:MM``, perhaps over midnight."""

    start: str
    end: str


class PushPreferencesPayload(TypedDict):
    """How a user wants to be notified; `timeZone` is an IANA name."""

    quietHours: QuietHoursPayload | None
    timeZone: str
    mutedAgents: list[str]


EVENTS: dict[str, Any] = {
    "agent:updated": AgentUpdatedPayload,
    "auth:expiring": TokenEndPayload,
    "chat:message": MessagePayload,
    "chat:message:complete": CompletePayload,
    "chat:message:stream": ChunkPayload,
    "chat:typing": TypingPayload,
    "error": EventRefusedPayload,
    "notification": NotificationPayload,
    "presence:updated": PresenceUpdatedPayload,
    "relation:updated": RelationUpdatedPayload,
}
"""What the server sends, by event."""
