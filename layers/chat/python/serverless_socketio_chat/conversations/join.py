"""Joining a chat while an answer may be running, and catching up with one: without a gap.

A joiner reads the stream, writes its membership with the position it read, and reads again. Its writer, at its next
look, brings it from there to where the others are; if the answer ended meanwhile, the second reading says so, and the
history has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents import payloads
from serverless_socketio_chat.answers import lease
from serverless_socketio_chat.answers import sources as script
from serverless_socketio_chat.answers.chunks import json_bytes
from serverless_socketio_chat.answers.recipients import membership_data
from serverless_socketio_chat.conversations import history
from serverless_socketio_chat.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.answers.model import ChatState, FinishReason, Stream
    from serverless_socketio_chat.bag import Ports
    from serverless_socketio_chat.model import Chat, Sender

ACK_OVERHEAD_BYTES = 4_000  # what an ack holds beside messages and texts


@dataclass(frozen=True, slots=True)
class Resumed:
    """The text of an answer from a chunk on; `index` is the next chunk."""

    text: str
    index: int
    complete: bool
    finish_reason: FinishReason | None


class Joining:
    """Joins rooms and resumes answers. `frame_bytes` is the largest frame that may go out."""

    def __init__(self, ports: Ports, frame_bytes: int) -> None:
        self._ports = ports
        self._frame_bytes = frame_bytes

    def join(self, chat: Chat, sender: Sender, since: str | None) -> wire.Joined:
        """Enter a chat's room; returns the ack."""
        before = self._live(self._ports.conversations.state(chat))
        marked = membership_data(before.reply_id, before.position) if before else None
        self._ports.room.enter(chat, replace(sender, member=replace(sender.member, data=marked)))
        now_ms = self._ports.clock.now_ms()  # before the reading: if a stop comes after it, so much is said
        state = self._ports.conversations.state(chat)
        streams = self._in_flight(state, now_ms)
        room_bytes = self._frame_bytes - ACK_OVERHEAD_BYTES - sum(json_bytes(stream["text"]) for stream in streams)
        limit = history.JOIN_MESSAGES if since is None else None
        page = history.page(self._ports, chat, room_bytes=room_bytes, limit=limit, since=since)
        running = {stream["messageId"] for stream in streams}  # one may have ended since: its end is still to come
        return {
            "room": chat.room,
            "agentId": chat.agent_id,
            "messages": [message for message in page.messages if message["messageId"] not in running],
            "nextBefore": page.next_before,
            **payloads.relation_fields(state.relation),
            "streams": streams,
        }

    def resume(self, chat: Chat, reply_id: str, index: int) -> Resumed:
        """The text of an answer from chunk `index` on. Raises NotFound, Forbidden."""
        now_ms = self._ports.clock.now_ms()
        stream = self.owned(chat, reply_id)
        chunks = script.of(self._ports, stream)
        if stream.phase != "live":
            said = chunks.said(stream.position)
            start = min(len(chunks.text(0, index)), len(said))
            return Resumed(said[start:], stream.position, complete=True, finish_reason=stream.finish_reason)
        reached = lease.promised(stream, now_ms)
        return Resumed(chunks.text(index, reached), max(index, reached), complete=False, finish_reason=None)

    def owned(self, chat: Chat, reply_id: str) -> Stream:
        """An answer of this chat. Raises NotFound, and Forbidden for one of somebody else."""
        stream = self._ports.streams.read(reply_id)
        if stream is None:
            raise NotFound("There is no such answer.")
        if stream.chat.user_id != chat.user_id:
            raise Forbidden
        if stream.chat != chat:
            raise NotFound("There is no such answer in this chat.")
        return stream

    def _in_flight(self, state: ChatState, now_ms: int) -> list[wire.InFlight]:
        stream = self._live(state)
        if stream is None:
            return []
        index = lease.promised(stream, now_ms)
        return [{"messageId": stream.reply_id, "text": script.of(self._ports, stream).text(0, index), "index": index}]

    def _live(self, state: ChatState) -> Stream | None:
        stream = None if state.running is None else self._ports.streams.read(state.running)
        return stream if stream is not None and stream.phase == "live" else None
