"""The one step of a live answer: ask the model, relay what comes, end, and tell how the agent's provider does."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents import payloads
from serverless_socketio_chat.agents.base import Reply
from serverless_socketio_chat.agents.live import REFUSALS, Model
from serverless_socketio_chat.answers import ending
from serverless_socketio_chat.answers.chunks import Pieces
from serverless_socketio_chat.answers.live.draft import Draft
from serverless_socketio_chat.answers.live.model_call import Inquiry
from serverless_socketio_chat.answers.live.prompting import PromptContext
from serverless_socketio_chat.answers.live.relay import Relay
from serverless_socketio_chat.answers.recipients import Audience
from serverless_socketio_chat.answers.writer_lease import Tenure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio_chat.agents.model import AgentRecord, AgentStatus
    from serverless_socketio_chat.answers.live.model_call import Ending, Patience
    from serverless_socketio_chat.answers.model import Message, Stream
    from serverless_socketio_chat.bag import Ports

logger = logging.getLogger(__name__)


def relay(
    ports: Ports,
    stream: Stream,
    agent: AgentRecord,
    asked: Message,
    members: Sequence[Member],
    *,
    patience: Patience,
    until_ms: int,
) -> None:
    """Carry a live answer from its question to its end, which is at `until_ms` at the latest. Raises Taken."""
    stream = ports.streams.begin(stream, chunks=0, starts_ms=ports.clock.now_ms(), relayed=True)
    pieces = Pieces()
    audience = Audience(ports, stream, pieces)
    audience.open(members, 0, replay=False)
    tenure = Tenure(ports, stream, audience)
    model = agent.model or Model()
    context = _context(ports, stream, model, asked)
    inquiry = Inquiry(
        ports.clock,
        lambda: ports.models.ask(agent.provider, context.prompt),
        context.shorten,
        patience=patience,
        until=tenure.at(until_ms),
        about=stream.reply_id,
    )
    draft = Draft(feels=model.feels)
    came = Relay(ports, tenure, inquiry, draft, pieces, audience).run()
    said = len(pieces)
    reply = Reply(pieces.said(said), draft.mood)
    refused = came.failure in REFUSALS
    ending.end(ports, tenure.stream, reply, audience, said=said, reason=came.reason, refused=refused)
    _log(tenure.stream, agent, model, came, said)
    if came.status is not None:
        tell_status(ports, agent, came.status)


def tell_status(ports: Ports, agent: AgentRecord, status: AgentStatus) -> None:
    """Tell those who follow an agent that its provider fails or is back; once for each change."""
    if ports.directory.note_status(agent.agent_id, status):
        payload = payloads.agent_updated(agent, status, ports.clock.now_ms())
        ports.room.emit(ports.room.members(agent), "agent:updated", payload)


def _context(ports: Ports, stream: Stream, model: Model, asked: Message) -> PromptContext:
    earlier = ports.conversations.history(stream.chat, before=stream.message_id)
    relation = ports.conversations.state(stream.chat).relation
    return PromptContext(model, relation, earlier, asked.text)


def _log(stream: Stream, agent: AgentRecord, model: Model, came: Ending, chunks: int) -> None:
    """One line for each answer: what it was and cost, nothing of what was said."""
    about = {"reply_id": stream.reply_id, "agent_id": agent.agent_id, "provider": agent.provider, "model": model.name}
    used = {} if came.usage is None else asdict(came.usage)
    extra = {**about, "reason": came.reason, "failure": came.failure, "chunks": chunks, **used}
    logger.info("A live answer has ended", extra=extra)
