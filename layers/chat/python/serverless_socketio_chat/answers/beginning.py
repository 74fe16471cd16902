"""The first step of an answer: show the message to the user's other devices, ask the agent, set the schedule.

Meanwhile the agent types. That it has stopped is said before the schedule is set: a writer that comes after a lost
one and finds no schedule says both again, and one that finds a schedule has nothing to take back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.model import AgentRecord, Line, Turn, is_placeholder
from serverless_socketio_chat.answers import payloads
from serverless_socketio_chat.answers.chunks import StoredChunks, fit
from serverless_socketio_chat.answers.model import Text
from serverless_socketio_chat.answers.ports import HISTORY_EXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.agents.model import Reply
    from serverless_socketio_chat.agents.ports import AgentRecords
    from serverless_socketio_chat.answers.model import Message, Stream
    from serverless_socketio_chat.answers.ports import Streams, Transcript
    from serverless_socketio_chat.ports import Room

HISTORY_LINES = 20  # what an agent is told of what was said before
REPLACED_MAX = 200  # answers that are read past, in all: what lies behind more of them is not told


def say_typing(room: Room, stream: Stream, members: Sequence[Member], now_ms: int, *, is_typing: bool) -> None:
    """Say that the agent types, or has stopped."""
    if members:
        room.emit(members, "chat:typing", payloads.typing(stream.chat, is_typing=is_typing, at_ms=now_ms))


def answering_agent(records: AgentRecords, stream: Stream) -> AgentRecord:
    """The agent that answers; one that was removed since is known by its id."""
    agent_id = stream.chat.agent_id
    return records.agent(agent_id) or AgentRecord(agent_id, agent_id, agent_id)


def earlier(transcript: Transcript, stream: Stream, expected: int = HISTORY_EXPECTED) -> Iterator[Message]:
    """What was said before, newest first, as it holds: without answers in whose place another was given.

    `expected`: how many lines will be looked at.
    """
    left = REPLACED_MAX
    for line in transcript.history(stream.chat, before=stream.message_id, expected=expected):
        if line.replaced_by is None:
            yield line
        elif left == 0:
            return
        else:
            left -= 1


def turn_of(transcript: Transcript, stream: Stream, message: Message) -> Turn:
    """What an agent is told: the message, and what was said before it, without what was said in an agent's place."""
    before = list(islice(earlier(transcript, stream, HISTORY_LINES), HISTORY_LINES))
    return Turn(
        user_id=stream.chat.user_id,
        agent_id=stream.chat.agent_id,
        text=message.text,
        history=[
            Line(line.role, line.text)
            for line in reversed(before)
            if line.role == "user" or not is_placeholder(line.text)
        ],
        relation=transcript.state(stream.chat).relation,
        replaces=stream.replaces,
    )


def store(streams: Streams, stream: Stream, reply: Reply) -> Text:
    """Store what an agent replied, cut to the longest answer; returns what was stored first."""
    text = fit(reply.text)
    return streams.write_text(stream.reply_id, Text(text, dict(reply.mood), cut=len(text) < len(reply.text)))


@dataclass(frozen=True, slots=True)
class Beginning:
    """Begins answers."""

    transcript: Transcript
    streams: Streams
    room: Room
    clock: Clock

    def show(self, stream: Stream, message: Message) -> list[Member]:
        """See that the sender is in the room, show its message to the others there; the agent types. Who is there.

        A message that is answered again was shown before.
        """
        members = list(self.room.members(stream.chat))
        sender = stream.sender
        if sender is not None and all(member.sid != sender.member.sid for member in members):
            self.room.enter(stream.chat, sender)
            members.append(sender.member)
        others = [member for member in members if sender is None or member.sid != sender.member.sid]
        if others and stream.replaces is None:
            self.room.emit(others, "chat:message", payloads.message(stream.chat, message))
        say_typing(self.room, stream, members, self.clock.now_ms(), is_typing=True)
        return members

    def compose(self, stream: Stream, message: Message, provider: str) -> Text:
        """Ask the agent, and store what it says: once, however often it is asked."""
        return store(self.streams, stream, agents.get(provider).reply(turn_of(self.transcript, stream, message)))

    def schedule(self, stream: Stream, text: Text) -> Stream:
        """Set the schedule: the first chunk is due now."""
        chunks = StoredChunks.of(text.text, stream.chunk_size)
        return self.streams.begin(stream, chunks=len(chunks), starts_ms=self.clock.now_ms())
