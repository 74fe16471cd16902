"""The one step of a live answer: ask the model, relay what comes, end, and tell how the agent's provider does.

A function of the deployment's own is asked in the same way. What it returns as a whole is a stored answer's text.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents import is_function, payloads
from serverless_socketio_chat.agents.model import OUTAGES, REFUSALS, Model, Reply
from serverless_socketio_chat.answers.beginning import earlier, store, turn_of
from serverless_socketio_chat.answers.chunks import LiveChunks
from serverless_socketio_chat.answers.lease import WriterLease
from serverless_socketio_chat.answers.live.draft import Draft
from serverless_socketio_chat.answers.live.model_call import ModelCall
from serverless_socketio_chat.answers.live.prompting import PromptContext
from serverless_socketio_chat.answers.live.relay import Relay
from serverless_socketio_chat.answers.recipients import Recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock, Meter
    from serverless_socketio_chat.agents.model import AgentRecord, Failure
    from serverless_socketio_chat.agents.ports import AgentRecords, Models, PendingAnswer
    from serverless_socketio_chat.answers.ending import Endings
    from serverless_socketio_chat.answers.live.model_call import ModelCallEnd, Patience
    from serverless_socketio_chat.answers.model import Message, Stream, Text
    from serverless_socketio_chat.answers.ports import AnswerRoom, Streams, Transcript
    from serverless_socketio_chat.literals import AgentStatus

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveAnswers:
    """Carries live answers. `patience`: with models."""

    transcript: Transcript
    streams: Streams
    room: AnswerRoom
    agents: AgentRecords
    models: Models
    endings: Endings
    clock: Clock
    meter: Meter
    patience: Patience

    def relay(
        self, stream: Stream, agent: AgentRecord, asked: Message, members: Sequence[Member], *, until_ms: int
    ) -> Text | None:
        """Carry a live answer from its question to its end, which is at `until_ms` at the latest. Raises Taken.

        What was replied as a whole is stored, and returned: it is still to be said.
        """
        stream = self.streams.begin(stream, chunks=0, starts_ms=self.clock.now_ms(), relayed=True)
        chunks = LiveChunks()
        recipients = Recipients(self.room, self.clock, stream, chunks)
        recipients.open(members, 0, replay=False)
        writer_lease = WriterLease(self.streams, self.clock, stream, recipients)
        model = Model() if is_function(agent.provider) else agent.model or Model()
        ask, shorten = self._question(stream, agent.provider, model, asked)
        model_call = ModelCall(
            self.clock,
            ask,
            shorten,
            patience=self.patience,
            until=writer_lease.at(until_ms),
            about=stream.reply_id,
        )
        draft = Draft(feels=model.feels)
        came = Relay(
            self.streams,
            self.room,
            self.clock,
            writer_lease=writer_lease,
            model_call=model_call,
            draft=draft,
            chunks=chunks,
            recipients=recipients,
        ).run()
        position = len(chunks)
        if isinstance(came, Reply):
            text = store(self.streams, stream, came)
            self._tell_status(agent, "available")
            return text
        reply = Reply(chunks.text_until(position), draft.mood or came.mood)
        refused = came.failure in REFUSALS
        self.endings.end(writer_lease.stream, reply, recipients, position=position, reason=came.reason, refused=refused)
        _log(writer_lease.stream, agent, model, came, position)
        if came.failure in OUTAGES:
            self.meter.put({"ModelFailures": 1}, about={"agent": agent.agent_id, "failure": came.failure})
        if came.status is not None:
            self._tell_status(agent, came.status)
        return None

    def _tell_status(self, agent: AgentRecord, status: AgentStatus) -> None:
        """Tell those who follow an agent that its provider fails or is back; once for each change."""
        if self.agents.note_status(agent.agent_id, status):
            payload = payloads.agent_updated(agent, status, self.clock.now_ms())
            self.room.emit(self.room.members(agent), "agent:updated", payload)

    def _question(
        self, stream: Stream, provider: str, model: Model, asked: Message
    ) -> tuple[Callable[[], PendingAnswer], Callable[[Failure], bool]]:
        """What asks, and what lets the question be shorter: a function says itself how much of the chat it takes."""
        if is_function(provider):
            turn = turn_of(self.transcript, stream, asked)
            return lambda: self.models.ask(provider, turn), lambda _: False
        relation = self.transcript.state(stream.chat).relation
        context = PromptContext(model, relation, earlier(self.transcript, stream), asked.text)
        return lambda: self.models.ask(provider, context.prompt), context.shorten


def _log(stream: Stream, agent: AgentRecord, model: Model, came: ModelCallEnd, chunks: int) -> None:
    """One line for each answer: what it was and cost, nothing of what was said."""
    about = {"reply_id": stream.reply_id, "agent_id": agent.agent_id, "provider": agent.provider, "model": model.name}
    used = {} if came.usage is None else asdict(came.usage)
    extra = {**about, "reason": came.reason, "failure": came.failure, "chunks": chunks, **used}
    logger.info("A live answer has ended", extra=extra)
