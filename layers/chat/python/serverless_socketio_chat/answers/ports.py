"""What the rules of answers need from outside. Tables and Step Functions stand behind it, dicts in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from serverless_socketio_chat.ports import Room

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serverless_socketio.model import Member, PostResult
    from serverless_socketio.recovery.state import RecoveryState, StreamSlice
    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.answers.model import ChatState, Message, Stream, Text
    from serverless_socketio_chat.model import Chat


class Streams(Protocol):
    """Control records and texts of answers.

    Every change is conditional on the writer's epoch; Taken if it has passed on.
    """

    def read(self, reply_id: str) -> Stream | None:
        """The control record. One small read."""

    def take(self, reply_id: str, *, epoch: int, lease_until_ms: int) -> Stream:
        """Become the writer as the continuation of `epoch`: the epoch rises. One small write."""

    def take_over(self, seen: Stream, *, lease_until_ms: int) -> Stream:
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
        """Store a chunk of a relayed answer, before any socket hears it. One write. Taken if it was another before."""

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


HISTORY_EXPECTED = 51  # a page of 50, and whether there is more


class Transcript(Protocol):
    """What was said in a chat, and what it remembers."""

    def history(
        self, chat: Chat, *, before: str | None = None, since: str | None = None, expected: int = HISTORY_EXPECTED
    ) -> Iterator[Message]:
        """Messages strictly between two ids, newest first. One query for as many as are `expected` to be looked at."""

    def message(self, chat: Chat, message_id: str) -> Message | None:
        """One message. One read."""

    def state(self, chat: Chat) -> ChatState:
        """What a chat remembers. One read."""

    def complete(self, stream: Stream, reply: Message, relation: Relation) -> None:
        """End an answer: phase, history, the chat's lock and the relation, in one transaction. Raises Taken.

        `stream` is as its writer holds it, with the position, finish reason and notice that it ended with, and the
        lease for announcing that.
        """


class AnswerRoom(Room, Protocol):
    """The sockets that hear an answer."""

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
        """Disconnect sockets that may or may not have been sent the event that ends an answer.

        A recoverable one finds that event when it comes back, if it was kept, else it is a new one.
        """

    def follow(self, member: Member, reply_id: str, index: int, seen: RecoveryState | None) -> RecoveryState | None:
        """How a recoverable socket stands, that is told an answer and has been told chunks below `index`.

        None if it has ended. One write, or one read while it is detached.
        """

    def emit_each(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Mapping[str, object]]]],
        slices: Mapping[str, StreamSlice],
    ) -> Mapping[str, PostResult]:
        """Send each socket chunks of its own, in order; what became of them, by sid. `slices`: of recoverable ones."""
