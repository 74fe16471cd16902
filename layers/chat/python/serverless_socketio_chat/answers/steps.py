"""The steps of an answer, as its workflow calls them, and what brings an answer back that lost its workflow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from serverless_socketio_chat import agents as providers
from serverless_socketio_chat.agents.model import SORRY, Reply
from serverless_socketio_chat.answers import lease
from serverless_socketio_chat.answers.beginning import Beginning, answering_agent, say_typing
from serverless_socketio_chat.answers.burst import Burst, BurstEnd
from serverless_socketio_chat.answers.chunks import NOTHING, LiveChunks, chunks_of, due_ms, stored_text
from serverless_socketio_chat.answers.ending import Endings
from serverless_socketio_chat.answers.live.model_call import Patience
from serverless_socketio_chat.answers.live.step import LiveAnswers
from serverless_socketio_chat.answers.model import Taken
from serverless_socketio_chat.answers.recipients import Recipients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock, Meter
    from serverless_socketio_chat.agents.ports import AgentRecords, Models
    from serverless_socketio_chat.agents.relations import RelationModel
    from serverless_socketio_chat.answers.chunks import ChunkSource
    from serverless_socketio_chat.answers.model import Message, Stream, Text
    from serverless_socketio_chat.answers.ports import AnswerRoom, Streams, Transcript, Workflow
    from serverless_socketio_chat.literals import FinishReason
    from serverless_socketio_chat.notifications.decide import Notifier

Next: TypeAlias = Literal["again", "wait", "successor", "done"]

EXECUTION_MS = 240_000  # an Express execution ends at 5 minutes: at 4 it starts its successor
LATE_BEGINNING_MS = 60_000  # a live answer ends with its execution: this late, it begins in a fresh one
LATE_MS = 1_000  # later than this, a schedule is moved rather than caught up with
HELD_MAX = 2  # times to wait for another writer, before leaving the answer to it and to the sweeper


@dataclass(frozen=True, slots=True)
class Step:
    """What the workflow does next. `wait`: whole seconds; `held`: how often another writer was in the way."""

    next: Next
    epoch: int
    wait: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Takeover:
    """A stream that was just taken.

    `position`: chunks that may have been delivered; `replay`: the last writer was lost.
    """

    stream: Stream
    position: int
    replay: bool = False


class Answers:
    """Carries answers on. Each call is one function invocation. `patience`: with models."""

    def __init__(
        self,
        *,
        transcript: Transcript,
        streams: Streams,
        room: AnswerRoom,
        workflow: Workflow,
        agents: AgentRecords,
        models: Models,
        relations: RelationModel,
        notifier: Notifier,
        clock: Clock,
        meter: Meter,
        patience: Patience | None = None,
    ) -> None:
        self._transcript = transcript
        self._streams = streams
        self._room = room
        self._workflow = workflow
        self._agents = agents
        self._clock = clock
        self._meter = meter
        self._beginning = Beginning(transcript, streams, room, clock)
        self._endings = Endings(transcript, streams, room, agents, relations, notifier, clock, meter)
        self._live = LiveAnswers(
            transcript, streams, room, agents, models, self._endings, clock, meter, patience or Patience()
        )

    def step(self, reply_id: str, epoch: int, *, started_ms: int, held: int = 0) -> Step:
        """Take the stream as the continuation of `epoch` and write for a while.

        `started_ms`: when the workflow's execution started.
        """
        try:
            takeover = self._take(reply_id, epoch)
        except Taken as taken:
            return self._elsewhere(taken.stream, epoch, held)
        if takeover.stream.phase == "ending":
            self._endings.announce_again(takeover.stream, self._chunks(takeover.stream))
            return Step("done", takeover.stream.epoch)
        try:
            return self._write(takeover, started_ms)
        except Taken as taken:  # it was slow, and lost its place: the next writer finds out what was said
            return self._elsewhere(taken.stream, epoch, 0)

    def fail(self, reply_id: str) -> None:
        """End an answer whose workflow gave up: what was said is kept. Raises Taken while a writer is at it."""
        stream = self._streams.read(reply_id)
        if stream is not None and stream.phase != "ended":
            self._end_unwritten(stream, "error")

    def stop(self, reply_id: str) -> None:
        """Ask for the end of an answer, and end it here if no writer is at it.

        No effect on one that has ended.
        """
        try:
            self._end_unwritten(self._streams.request_stop(reply_id), "stopped")
        except Taken:
            return  # its writer looks several times a second, or has ended it

    def recover(self, reply_id: str) -> bool:
        """Bring back an answer that no writer carries on; True if there was anything to do."""
        stream = self._streams.read(reply_id)
        if stream is None or stream.phase == "ended" or not lease.abandoned(stream, self._now_ms()):
            return False
        try:
            stream = self._streams.count_try(stream)
            self._meter.put({"AnswersStuck": 1}, about={"reply_id": reply_id, "tries": stream.tries})
            if stream.tries > lease.TRIES_MAX:
                self._end_unwritten(stream, "error")
            else:
                self._workflow.start(reply_id, lease.NO_WRITER)
        except Taken:
            return False
        return True

    def _take(self, reply_id: str, epoch: int) -> Takeover:
        try:
            stream = self._streams.take(reply_id, epoch=epoch, lease_until_ms=self._now_ms() + lease.LEASE_MS)
        except Taken as taken:
            if (
                taken.stream is None
                or taken.stream.phase == "ended"
                or not lease.abandoned(taken.stream, self._now_ms())
            ):
                raise
            return self._take_over(taken.stream)
        return Takeover(stream, stream.position)

    def _take_over(self, seen: Stream) -> Takeover:
        now_ms = self._now_ms()
        stream = self._streams.take_over(seen, lease_until_ms=now_ms + lease.LEASE_MS)
        return Takeover(stream, lease.reached(seen, now_ms), replay=lease.crashed(seen, now_ms))

    def _write(self, takeover: Takeover, started_ms: int) -> Step:
        if takeover.stream.relayed:
            return self._follow(takeover, started_ms)
        if takeover.stream.starts_ms == 0:
            return self._begin(takeover, started_ms)
        text = stored_text(self._streams, takeover.stream)
        stream = self._catch_up(takeover.stream, takeover.position)
        members = self._room.members(stream.chat)
        return self._speak(replace(takeover, stream=stream), text, members, started_ms)

    def _follow(self, takeover: Takeover, started_ms: int) -> Step:
        """Go on after a writer that was lost, and a model's answer with it; not one that was there as a whole."""
        reply_id = takeover.stream.reply_id
        text = None if self._streams.logged(reply_id) else self._streams.text(reply_id)
        if text is not None and not takeover.stream.stop:
            return self._begin_to_speak(takeover, text, started_ms)
        self._conclude(takeover, "stopped" if takeover.stream.stop else "error")
        return Step("done", takeover.stream.epoch)

    def _begin(self, takeover: Takeover, started_ms: int) -> Step:
        """Show the message and ask the agent: for the whole answer, or for what comes."""
        agent = answering_agent(self._agents, takeover.stream)
        is_live = providers.is_live(agent.provider) or providers.is_function(agent.provider)
        if is_live and self._now_ms() - started_ms > LATE_BEGINNING_MS:
            return Step("successor", takeover.stream.epoch)
        asked = self._asked(takeover.stream)
        members = self._beginning.show(takeover.stream, asked)
        if is_live:
            whole = self._live.relay(takeover.stream, agent, asked, members, until_ms=started_ms + EXECUTION_MS)
            if whole is None:
                return Step("done", takeover.stream.epoch)
            return self._begin_to_speak(takeover, whole, started_ms)
        text = self._compose(takeover.stream, asked, agent.provider)
        lease.confirm(self._streams, takeover.stream)  # it took a while: no typing after the end
        self._stop_typing(takeover.stream, members)
        return self._begin_to_speak(takeover, text, started_ms, members)

    def _begin_to_speak(
        self, takeover: Takeover, text: Text, started_ms: int, members: Sequence[Member] | None = None
    ) -> Step:
        """Pace a text that is stored, from now on; `members`: who is there, if that is known."""
        stream = self._beginning.schedule(takeover.stream, text)
        there = self._room.members(stream.chat) if members is None else members
        return self._speak(replace(takeover, stream=stream), text, there, started_ms)

    def _speak(self, takeover: Takeover, text: Text, members: Sequence[Member], started_ms: int) -> Step:
        """A burst of a stored answer, and what comes after it."""
        stream, lines = takeover.stream, self._chunks(takeover.stream, text)
        recipients = Recipients(self._room, self._clock, stream, lines)
        recipients.open(members, stream.position, replay=takeover.replay)
        burst = Burst(self._streams, self._clock, stream, recipients, takeover.position)
        outcome = burst.run()
        if outcome is BurstEnd.LOST:
            raise Taken(self._streams.read(stream.reply_id))
        if outcome in {BurstEnd.PAUSED, BurstEnd.SPENT}:
            self._pause(burst, recipients, paused=outcome is BurstEnd.PAUSED)
            if not burst.stream.stop:
                return self._next(burst, started_ms)
            outcome = BurstEnd.STOPPED  # asked for while the lease was being given up: no other writer would see it
        recipients.deliver_all(burst.position)
        reply = Reply(lines.text_until(burst.position), text.mood)
        self._endings.end(burst.stream, reply, recipients, position=burst.position, reason=_reason(outcome, text))
        return Step("done", burst.stream.epoch)

    def _catch_up(self, stream: Stream, position: int) -> Stream:
        """Move the schedule of an answer that is late: what was lost is said again at once, the rest keeps its pace."""
        now_ms = self._now_ms()
        if now_ms - due_ms(stream.starts_ms, stream.chunk_delay_ms, position) < LATE_MS:
            return stream
        return self._streams.begin(stream, chunks=stream.chunks, starts_ms=now_ms - position * stream.chunk_delay_ms)

    def _compose(self, stream: Stream, asked: Message, provider: str) -> Text:
        """Ask the agent. If that fails, the workflow's next try need not wait for the lease: nothing was said."""
        try:
            return self._beginning.compose(stream, asked, provider)
        except Exception:
            self._streams.hold(stream, position=0, lease_until_ms=lease.RUN_OUT_MS)
            raise

    def _pause(self, burst: Burst, recipients: Recipients, *, paused: bool) -> None:
        """Hand over to the workflow: with the lease for the next burst at once, without it for a Wait.

        A socket that joins after `hold` is told of this position; one that joined before is seen now, while no other
        writer may post.
        """
        if first := recipients.take_first():
            self._meter.put({}, times_ms=first)
        burst.hold(burst.position)
        recipients.refresh()
        recipients.deliver_all(burst.position)
        recipients.store_positions()
        if paused:
            burst.release()

    def _next(self, burst: Burst, started_ms: int) -> Step:
        stream, now_ms = burst.stream, self._now_ms()
        due = due_ms(stream.starts_ms, stream.chunk_delay_ms, stream.position)
        wait = max(0, due - now_ms) // 1000
        if now_ms + wait * 1000 - started_ms > EXECUTION_MS:
            return Step("successor", stream.epoch)
        return Step("wait", stream.epoch, wait) if wait else Step("again", stream.epoch)

    def _elsewhere(self, stream: Stream | None, epoch: int, held: int) -> Step:
        """Another writer is, or was, at it: wait for the lease to run out, once or twice, then leave it to them."""
        if stream is None or stream.phase == "ended" or stream.lease_until_ms == 0 or held >= HELD_MAX:
            return Step("done", epoch)
        left_ms = stream.lease_until_ms + lease.GRACE_MS - self._now_ms()
        return Step("wait", epoch, max(1, left_ms // 1000 + 1), held + 1)

    def _end_unwritten(self, seen: Stream, reason: FinishReason) -> None:
        """End an answer after what may have been said. Raises Taken if a writer is at it."""
        if not lease.free(seen, self._now_ms()):
            raise Taken(seen)
        takeover = self._take_over(seen)
        if takeover.stream.phase == "ending":
            self._endings.announce_again(takeover.stream, self._chunks(takeover.stream))
        else:
            self._conclude(takeover, reason)

    def _conclude(self, takeover: Takeover, reason: FinishReason) -> None:
        """End an answer that was just taken where it is: after all that sockets may have heard, or a sentence."""
        stream, text = takeover.stream, stored_text(self._streams, takeover.stream)
        lines = self._chunks(stream, text)
        position = len(lines) if stream.relayed else takeover.position
        members = self._members(stream)
        if stream.relayed and not position:
            self._stop_typing(stream, members)
        if reason == "error" and not position:
            stream, lines = self._say_instead(stream, SORRY["broken"])
            text, position = NOTHING, 1
        recipients = Recipients(self._room, self._clock, stream, lines)
        recipients.open(members, stream.position, replay=takeover.replay)
        recipients.deliver_all(position)
        self._endings.end(
            stream, Reply(lines.text_until(position), text.mood), recipients, position=position, reason=reason
        )

    def _say_instead(self, stream: Stream, sentence: str) -> tuple[Stream, ChunkSource]:
        """Let a sentence be an answer of which no chunk was delivered: a relayed one of one chunk."""
        stream = self._streams.begin(stream, chunks=0, starts_ms=self._now_ms(), relayed=True)
        self._streams.log(stream.reply_id, 0, sentence)
        return stream, LiveChunks([sentence])

    def _members(self, stream: Stream) -> list[Member]:
        """Who hears the end of an answer; if it never began, they are shown the message first."""
        asked = self._transcript.message(stream.chat, stream.message_id) if stream.starts_ms == 0 else None
        if asked is None:
            return list(self._room.members(stream.chat))
        members = self._beginning.show(stream, asked)
        self._stop_typing(stream, members)
        return members

    def _chunks(self, stream: Stream, text: Text | None = None) -> ChunkSource:
        return chunks_of(self._streams, stream, text)

    def _asked(self, stream: Stream) -> Message:
        asked = self._transcript.message(stream.chat, stream.message_id)
        if asked is None:
            raise LookupError("An answer has lost the message that it answers")
        return asked

    def _stop_typing(self, stream: Stream, members: Sequence[Member]) -> None:
        say_typing(self._room, stream, members, self._now_ms(), is_typing=False)

    def _now_ms(self) -> int:
        return self._clock.now_ms()


def _reason(outcome: BurstEnd, text: Text) -> FinishReason:
    if outcome is BurstEnd.STOPPED:
        return "stopped"
    return "length" if text.cut else "stop"
