"""The first step of an answer: show the message to the user's other devices, ask the agent, set the schedule.

Meanwhile the agent types. That it has stopped is said before the schedule is set: whoever comes after a lost writer and
finds no schedule says both again, and whoever finds one has nothing to take back.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.base import Turn
from serverless_socketio_chat.agents.live import Line
from serverless_socketio_chat.agents.model import AgentRecord
from serverless_socketio_chat.answers import payloads
from serverless_socketio_chat.answers.chunks import Chunks, fit
from serverless_socketio_chat.answers.model import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio_chat.answers.model import Message, Stream
    from serverless_socketio_chat.bag import Ports

HISTORY_LINES = 20  # what an agent is told of what was said before


def show(ports: Ports, stream: Stream, message: Message) -> list[Member]:
    """See that the sender is in the room, show its message to the others there; the agent types. Who is there."""
    members = list(ports.room.members(stream.chat))
    sender = stream.sender
    if sender is not None and all(member.sid != sender.member.sid for member in members):
        ports.room.enter(stream.chat, sender)
        members.append(sender.member)
    others = [member for member in members if sender is None or member.sid != sender.member.sid]
    if others:
        ports.room.emit(others, "chat:message", payloads.message(stream.chat, message))
    say_typing(ports, stream, members, is_typing=True)
    return members


def say_typing(ports: Ports, stream: Stream, members: Sequence[Member], *, is_typing: bool) -> None:
    """Say that the agent types, or has stopped."""
    if members:
        now_ms = ports.clock.now_ms()
        ports.room.emit(members, "chat:typing", payloads.typing(stream.chat, is_typing=is_typing, at_ms=now_ms))


def agent(ports: Ports, stream: Stream) -> AgentRecord:
    """Who answers; an agent that was removed since is known by its id."""
    agent_id = stream.chat.agent_id
    return ports.directory.agent(agent_id) or AgentRecord(agent_id, agent_id, agent_id)


def compose(ports: Ports, stream: Stream, message: Message, provider: str) -> Text:
    """Ask the agent, and store what it says: once, whoever asks again."""
    earlier = islice(ports.conversations.history(stream.chat, before=stream.message_id), HISTORY_LINES)
    turn = Turn(
        user_id=stream.chat.user_id,
        agent_id=stream.chat.agent_id,
        message=message.text,
        history=[Line(line.role, line.text) for line in reversed(list(earlier))],
        relation=ports.conversations.state(stream.chat).relation,
    )
    reply = agents.get(provider).reply(turn)
    text = fit(reply.text)
    return ports.streams.write_text(stream.reply_id, Text(text, dict(reply.mood), cut=len(text) < len(reply.text)))


def schedule(ports: Ports, stream: Stream, text: Text) -> Stream:
    """Set the schedule: the first chunk is due now."""
    chunks = Chunks.of(text.text, stream.chunk_size)
    return ports.streams.begin(stream, chunks=len(chunks), starts_ms=ports.clock.now_ms())
