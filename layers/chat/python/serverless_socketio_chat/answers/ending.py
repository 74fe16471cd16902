"""The end of an answer: decided once, kept, and then sent to all recipients; how its user is notified is part of it.

``complete`` comes to no connection twice. A post cannot be taken back, and the answer to one may be lost, so who is
about to post it claims it first; who may have missed it is disconnected, comes back, and finds the answer in the
history (a recoverable socket: the event in its log).

::

    a writer fails or is killed        the next one            a connection got complete
    before the end is decided          goes on writing         once, from the next one
    before complete is claimed         claims and posts it     once, from the next one
    before it has been posted to all   disconnects them        once or never, and comes back
    before that is noted               disconnects them        once, and comes back
    while it does what follows         does what follows       once

A post that surely did nothing is made again; one that may have arrived ends its connection, in the same way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serverless_socketio.insisting import insist
from serverless_socketio_chat.agents.model import Reply, is_placeholder
from serverless_socketio_chat.answers import lease, payloads
from serverless_socketio_chat.answers.chunks import chunks_of
from serverless_socketio_chat.answers.model import Message, Taken
from serverless_socketio_chat.answers.notification import AnswerNotification
from serverless_socketio_chat.answers.recipients import Recipients
from serverless_socketio_chat.notifications.decide import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock, Meter
    from serverless_socketio_chat.agents.ports import AgentRecords
    from serverless_socketio_chat.agents.relations import Relation, RelationModel
    from serverless_socketio_chat.answers.chunks import ChunkSource
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.ports import AnswerRoom, Streams, Transcript
    from serverless_socketio_chat.literals import FinishReason
    from serverless_socketio_chat.notifications.decide import Notifier


@dataclass(frozen=True, slots=True)
class Endings:
    """Ends answers."""

    transcript: Transcript
    streams: Streams
    room: AnswerRoom
    agents: AgentRecords
    relations: RelationModel
    notifier: Notifier
    clock: Clock
    meter: Meter

    def end(
        self,
        stream: Stream,
        reply: Reply,
        recipients: Recipients,
        *,
        position: int,
        reason: FinishReason,
        refused: bool = False,
    ) -> None:
        """End an answer after `position` chunks: history, relation and lock in one transaction, then the announcement.

        `reply`: what those chunks say, and the mood. `refused`: a provider did not take what it answers. Does nothing
        if another writer has ended it. The user is notified by how things are before that, unless it was the user who
        ended it.
        """
        now_ms = self.clock.now_ms()
        until_ms = now_ms + lease.ANNOUNCE_MS
        verdict = Verdict() if reason == "stopped" else self.notifier.weigh(stream.chat)
        stream = replace(
            stream, position=position, finish_reason=reason, lease_until_ms=until_ms, notice=verdict.notice
        )
        asked = self.transcript.message(stream.chat, stream.message_id)
        before = self.transcript.state(stream.chat).relation
        felt = Reply("") if is_placeholder(reply.text) else reply
        after = before
        if not self._was_felt(stream):
            after = self.relations.after_turn(before, asked.text if asked else "", felt)
        line = Message(
            stream.reply_id,
            "agent",
            reply.text,
            now_ms,
            finish_reason=reason,
            refused=refused,
            replaces=stream.replaces,
        )
        try:
            self.transcript.complete(stream, line, after)
        except Taken:
            return
        about = {"reply_id": stream.reply_id}
        self.meter.put({"AnswersEnded": 1}, by={"reason": reason}, times_ms=recipients.take_first(), about=about)
        self._announce(stream, reply.text, after, recipients, verdict)

    def _was_felt(self, stream: Stream) -> bool:
        """Whether its turn has moved the relation: the answer in whose place this one is given said something."""
        former = None if stream.replaces is None else self.transcript.message(stream.chat, stream.replaces)
        return former is not None and not is_placeholder(former.text)

    def announce_again(self, stream: Stream, chunks: ChunkSource) -> None:
        """Say the end of an answer whose writer was lost between deciding it and saying it.

        If that had claimed ``complete`` and it is not known who got it, no other is sent: see the table above.
        """
        words, relation = chunks.text_until(stream.position), self.transcript.state(stream.chat).relation
        members, verdict = self.room.members(stream.chat), self.notifier.recall(stream.chat, stream.notice)
        if not stream.complete_claimed:
            recipients = Recipients(self.room, self.clock, stream, chunks)
            recipients.open(members, stream.position, replay=True)
            self._announce(stream, words, relation, recipients, verdict)
            return
        notification = self._notification(stream, words, verdict)
        notification.before()
        if not stream.complete_posted:
            self.room.disconnect(members, stream.reply_id)
            members = []
        self._follow_up(stream, relation, notification, members)

    def _announce(
        self, stream: Stream, words: str, relation: Relation, recipients: Recipients, verdict: Verdict
    ) -> None:
        """Say the end. The phase is set by now: a socket that joins from here on finds the answer in the history."""
        notification = self._notification(stream, words, verdict)
        notification.before()
        recipients.refresh()
        recipients.deliver_all(stream.position)
        try:
            self._claim(stream)
        except Taken:
            return  # another writer is about to say it, or has
        complete = payloads.complete(stream, words, self.clock.now_ms())
        recipients.close("chat:message:complete", complete, stream.position)
        self._follow_up(stream, relation, notification, recipients.members)

    def _notification(self, stream: Stream, words: str, verdict: Verdict) -> AnswerNotification:
        return AnswerNotification(self.notifier, self.agents, self.clock, stream, words, verdict)

    def _claim(self, stream: Stream) -> None:
        """Become the one that posts ``complete``. Raises Taken."""
        until_ms = self.clock.now_ms() + lease.ANNOUNCE_MS
        insist(lambda: self.streams.claim_complete(stream, lease_until_ms=until_ms), self.clock.sleep, but=(Taken,))

    def _follow_up(
        self, stream: Stream, relation: Relation, notification: AnswerNotification, members: Sequence[Member]
    ) -> None:
        """What comes after ``complete``: if it fails, it is made up for without another."""
        try:
            updated = payloads.relation_updated(stream.chat, relation, self.clock.now_ms())
            self.room.emit(members, "relation:updated", updated)
            notification.after(members)
        except Exception:
            self._note(self.streams.complete_posted, stream)
            raise
        self._note(self.streams.announced, stream)

    def _note(self, note: Callable[[Stream], None], stream: Stream) -> None:
        """Note something without which it would not be known that ``complete`` has been posted."""
        with suppress(Taken):  # another writer has followed up, and noted that
            insist(lambda: note(stream), self.clock.sleep, but=(Taken,))


def rest(streams: Streams, clock: Clock, reply_id: str, index: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The chunks of an answer that has ended, from one on: for a socket that comes back to hear its end."""
    stream = streams.read(reply_id)
    if stream is None:
        return
    lines, now_ms = chunks_of(streams, stream), clock.now_ms()
    for at in range(index, stream.position):
        yield "chat:message:stream", payloads.chunk(stream, lines[at], at, now_ms)
