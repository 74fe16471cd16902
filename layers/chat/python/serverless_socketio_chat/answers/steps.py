"""The steps of an answer, as its workflow calls them, and what brings an answer back that lost its workflow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.base import Reply
from serverless_socketio_chat.agents.live import SORRY
from serverless_socketio_chat.answers import beginning, ending, lease
from serverless_socketio_chat.answers import sources as script
from serverless_socketio_chat.answers.burst import Burst, Outcome
from serverless_socketio_chat.answers.chunks import Pieces, due_ms
from serverless_socketio_chat.answers.live import step as relaying
from serverless_socketio_chat.answers.live.model_call import Patience
from serverless_socketio_chat.answers.model import Taken
from serverless_socketio_chat.answers.recipients import Audience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio_chat.answers.chunks import Script
    from serverless_socketio_chat.answers.model import FinishReason, Message, Stream, Text
    from serverless_socketio_chat.bag import Ports

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
class Taking:
    """A stream that was just taken. `replay`: its last writer was lost; `said`: chunks that it may have said."""

    stream: Stream
    said: int
    replay: bool = False


class Answers:
    """Carries answers on. Each call is one function invocation. `patience`: with models."""

    def __init__(self, ports: Ports, patience: Patience | None = None) -> None:
        self._ports = ports
        self._patience = patience or Patience()

    def step(self, reply_id: str, epoch: int, *, started_ms: int, held: int = 0) -> Step:
        """Take the stream as the continuation of `epoch` and write for a while.

        `started_ms`: when the workflow's execution started.
        """
        try:
            taking = self._take(reply_id, epoch)
        except Taken as taken:
            return self._elsewhere(taken.stream, epoch, held)
        if taking.stream.phase == "ending":
            ending.announce_again(self._ports, taking.stream, self._script(taking.stream))
            return Step("done", taking.stream.epoch)
        try:
            return self._write(taking, started_ms)
        except Taken as taken:  # it was slow, and lost its place: the next writer finds out what was said
            return self._elsewhere(taken.stream, epoch, 0)

    def fail(self, reply_id: str) -> None:
        """End an answer whose workflow gave up: what was said is kept. Raises Taken while somebody writes."""
        stream = self._ports.streams.read(reply_id)
        if stream is not None and stream.phase != "ended":
            self._end_unwritten(stream, "error")

    def stop(self, reply_id: str) -> None:
        """Ask for the end of an answer, and end it here if nobody writes at this moment.

        No effect on one that has ended.
        """
        try:
            self._end_unwritten(self._ports.streams.request_stop(reply_id), "stopped")
        except Taken:
            return  # its writer looks several times a second, or has ended it

    def recover(self, reply_id: str) -> bool:
        """Bring back an answer that nobody carries on; True if there was anything to do."""
        stream = self._ports.streams.read(reply_id)
        if stream is None or stream.phase == "ended" or not lease.abandoned(stream, self._now_ms()):
            return False
        try:
            stream = self._ports.streams.count_try(stream)
            if stream.tries > lease.TRIES_MAX:
                self._end_unwritten(stream, "error")
            else:
                self._ports.workflow.start(reply_id, lease.NOBODY)
        except Taken:
            return False
        return True

    def _take(self, reply_id: str, epoch: int) -> Taking:
        try:
            stream = self._ports.streams.take(reply_id, epoch=epoch, lease_until_ms=self._now_ms() + lease.LEASE_MS)
        except Taken as taken:
            if (
                taken.stream is None
                or taken.stream.phase == "ended"
                or not lease.abandoned(taken.stream, self._now_ms())
            ):
                raise
            return self._seize(taken.stream)
        return Taking(stream, stream.position)

    def _seize(self, seen: Stream) -> Taking:
        now_ms = self._now_ms()
        stream = self._ports.streams.seize(seen, lease_until_ms=now_ms + lease.LEASE_MS)
        return Taking(stream, lease.reached(seen, now_ms), replay=lease.crashed(seen, now_ms))

    def _write(self, taking: Taking, started_ms: int) -> Step:
        if taking.stream.relayed:  # begun by a writer that was lost, and the model's answer with it
            self._conclude(taking, "stopped" if taking.stream.stop else "error")
            return Step("done", taking.stream.epoch)
        if taking.stream.starts_ms == 0:
            return self._begin(taking, started_ms)
        text = script.stored(self._ports, taking.stream)
        stream = self._catch_up(taking.stream, taking.said)
        members = self._ports.room.members(stream.chat)
        return self._speak(replace(taking, stream=stream), text, members, started_ms)

    def _begin(self, taking: Taking, started_ms: int) -> Step:
        """Show the message and ask the agent: for the whole answer, or for what comes."""
        agent = beginning.agent(self._ports, taking.stream)
        is_live = agents.is_live(agent.provider)
        if is_live and self._now_ms() - started_ms > LATE_BEGINNING_MS:
            return Step("successor", taking.stream.epoch)
        asked = self._asked(taking.stream)
        members = beginning.show(self._ports, taking.stream, asked)
        if is_live:
            patience, until_ms = self._patience, started_ms + EXECUTION_MS
            relaying.relay(self._ports, taking.stream, agent, asked, members, patience=patience, until_ms=until_ms)
            return Step("done", taking.stream.epoch)
        text = self._compose(taking.stream, asked, agent.provider)
        lease.confirm(self._ports.streams, taking.stream)  # it took a while: nobody types after the end
        beginning.say_typing(self._ports, taking.stream, members, is_typing=False)
        stream = beginning.schedule(self._ports, taking.stream, text)
        return self._speak(replace(taking, stream=stream), text, members, started_ms)

    def _speak(self, taking: Taking, text: Text, members: Sequence[Member], started_ms: int) -> Step:
        """A burst of a stored answer, and what comes after it."""
        stream, lines = taking.stream, self._script(taking.stream, text)
        audience = Audience(self._ports, stream, lines)
        audience.open(members, stream.position, replay=taking.replay)
        burst = Burst(self._ports, stream, audience, taking.said)
        outcome = burst.run()
        if outcome is Outcome.LOST:
            raise Taken(self._ports.streams.read(stream.reply_id))
        if outcome in {Outcome.PAUSED, Outcome.SPENT}:
            self._pause(burst, audience, paused=outcome is Outcome.PAUSED)
            if not burst.stream.stop:
                return self._next(burst, started_ms)
            outcome = Outcome.STOPPED  # asked for while the lease was being given up: nobody else would see it
        audience.hear_all(burst.said)
        reply = Reply(lines.said(burst.said), text.mood)
        ending.end(self._ports, burst.stream, reply, audience, said=burst.said, reason=_reason(outcome, text))
        return Step("done", burst.stream.epoch)

    def _catch_up(self, stream: Stream, said: int) -> Stream:
        """Move the schedule of an answer that is late: what was lost is said again at once, the rest keeps its pace."""
        now_ms = self._now_ms()
        if now_ms - due_ms(stream.starts_ms, stream.chunk_delay_ms, said) < LATE_MS:
            return stream
        return self._ports.streams.begin(stream, chunks=stream.chunks, starts_ms=now_ms - said * stream.chunk_delay_ms)

    def _compose(self, stream: Stream, asked: Message, provider: str) -> Text:
        """Ask the agent. If that fails, the workflow's next try need not wait for the lease: nothing was said."""
        try:
            return beginning.compose(self._ports, stream, asked, provider)
        except Exception:
            self._ports.streams.hold(stream, position=0, lease_until_ms=lease.RUN_OUT_MS)
            raise

    def _pause(self, burst: Burst, audience: Audience, *, paused: bool) -> None:
        """Hand over to the workflow: with the lease for the next burst at once, without it for a Wait.

        Whoever joins after `hold` is told of this position; whoever joined before is seen now, while nobody else may
        speak.
        """
        burst.hold(burst.said)
        audience.look()
        audience.hear_all(burst.said)
        audience.settle()
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
        """Somebody else writes, or wrote: wait for the lease to run out, once or twice, then leave it to them."""
        if stream is None or stream.phase == "ended" or stream.lease_until_ms == 0 or held >= HELD_MAX:
            return Step("done", epoch)
        left_ms = stream.lease_until_ms + lease.GRACE_MS - self._now_ms()
        return Step("wait", epoch, max(1, left_ms // 1000 + 1), held + 1)

    def _end_unwritten(self, seen: Stream, reason: FinishReason) -> None:
        """End an answer after what may have been said. Raises Taken if somebody writes."""
        if not lease.free(seen, self._now_ms()):
            raise Taken(seen)
        taking = self._seize(seen)
        if taking.stream.phase == "ending":
            ending.announce_again(self._ports, taking.stream, self._script(taking.stream))
        else:
            self._conclude(taking, reason)

    def _conclude(self, taking: Taking, reason: FinishReason) -> None:
        """End an answer that was just taken where it is: after all that anybody may have heard, or a sentence."""
        stream, text = taking.stream, script.stored(self._ports, taking.stream)
        lines = self._script(stream, text)
        said = len(lines) if stream.relayed else taking.said
        members = self._members(stream)
        if stream.relayed and not said:
            beginning.say_typing(self._ports, stream, members, is_typing=False)
        if reason == "error" and not said:
            stream, lines = self._say_instead(stream, SORRY["broken"])
            text, said = script.NOTHING, 1
        audience = Audience(self._ports, stream, lines)
        audience.open(members, stream.position, replay=taking.replay)
        audience.hear_all(said)
        ending.end(self._ports, stream, Reply(lines.said(said), text.mood), audience, said=said, reason=reason)

    def _say_instead(self, stream: Stream, sentence: str) -> tuple[Stream, Script]:
        """Let a sentence be an answer of which nobody has heard a word: a relayed one of one chunk."""
        stream = self._ports.streams.begin(stream, chunks=0, starts_ms=self._now_ms(), relayed=True)
        self._ports.streams.log(stream.reply_id, 0, sentence)
        return stream, Pieces([sentence])

    def _members(self, stream: Stream) -> list[Member]:
        """Who hears the end of an answer; if it never began, they are shown the message first."""
        asked = self._ports.conversations.message(stream.chat, stream.message_id) if stream.starts_ms == 0 else None
        if asked is None:
            return list(self._ports.room.members(stream.chat))
        members = beginning.show(self._ports, stream, asked)
        beginning.say_typing(self._ports, stream, members, is_typing=False)
        return members

    def _script(self, stream: Stream, text: Text | None = None) -> Script:
        return script.of(self._ports, stream, text)

    def _asked(self, stream: Stream) -> Message:
        asked = self._ports.conversations.message(stream.chat, stream.message_id)
        if asked is None:
            raise LookupError("An answer has lost the message that it answers")
        return asked

    def _now_ms(self) -> int:
        return self._ports.clock.now_ms()


def _reason(outcome: Outcome, text: Text) -> FinishReason:
    if outcome is Outcome.STOPPED:
        return "stopped"
    return "length" if text.cut else "stop"
