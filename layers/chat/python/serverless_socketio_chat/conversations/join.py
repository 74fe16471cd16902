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
from serverless_socketio_chat.answers.chunks import chunks_of, json_bytes
from serverless_socketio_chat.answers.payloads import in_flight
from serverless_socketio_chat.answers.recipients import membership_data
from serverless_socketio_chat.conversations import history
from serverless_socketio_chat.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.answers.model import ChatState, Stream
    from serverless_socketio_chat.answers.ports import Streams, Transcript
    from serverless_socketio_chat.model import Chat, Sender
    from serverless_socketio_chat.ports import Room

ACK_OVERHEAD_BYTES = 4_000  # what an ack holds beside messages and texts


@dataclass(frozen=True, slots=True)
class Joining:
    """Joins rooms and resumes answers. `frame_bytes` is the largest frame that may go out."""

    transcript: Transcript
    streams: Streams
    room: Room
    clock: Clock
    frame_bytes: int

    def join(self, chat: Chat, sender: Sender, since: str | None) -> wire.JoinedPayload:
        """Enter a chat's room; returns the ack."""
        before = self._live(self.transcript.state(chat))
        marked = membership_data(before.reply_id, before.position) if before else None
        self.room.enter(chat, replace(sender, member=replace(sender.member, data=marked)))
        now_ms = self.clock.now_ms()  # before the reading: if a stop comes after it, so much is said
        state = self.transcript.state(chat)
        streams = self._in_flight(state, now_ms)
        room_bytes = self.frame_bytes - ACK_OVERHEAD_BYTES - sum(json_bytes(stream["text"]) for stream in streams)
        limit = history.JOIN_MESSAGES if since is None else None
        page = history.page(self.transcript, chat, room_bytes=room_bytes, limit=limit, since=since)
        running = {stream["messageId"] for stream in streams}  # one may have ended since: its end is still to come
        return {
            "room": chat.room,
            "agentId": chat.agent_id,
            "messages": [message for message in page.messages if message["messageId"] not in running],
            "nextBefore": page.next_before,
            **payloads.relation_fields(state.relation),
            "streams": streams,
        }

    def resume(self, chat: Chat, reply_id: str, index: int) -> wire.ResumedPayload:
        """The text of an answer from chunk `index` on; the ack. Raises NotFound, Forbidden."""
        now_ms = self.clock.now_ms()
        stream = self.owned(chat, reply_id)
        chunks = chunks_of(self.streams, stream)
        if stream.phase == "live":
            reached = lease.promised(stream, now_ms)
            return {"text": chunks.text(index, reached), "index": max(index, reached), "complete": False}
        text = chunks.text_until(stream.position)
        start = min(len(chunks.text(0, index)), len(text))
        resumed: wire.ResumedPayload = {"text": text[start:], "index": stream.position, "complete": True}
        if stream.finish_reason is not None:
            resumed["finishReason"] = stream.finish_reason
        return resumed

    def owned(self, chat: Chat, reply_id: str) -> Stream:
        """An answer of this chat. Raises NotFound, and Forbidden for another user's."""
        stream = self.streams.read(reply_id)
        if stream is None:
            raise NotFound("This answer does not exist.")
        if stream.chat.user_id != chat.user_id:
            raise Forbidden
        if stream.chat != chat:
            raise NotFound("This answer does not exist in this chat.")
        return stream

    def _in_flight(self, state: ChatState, now_ms: int) -> list[wire.InFlightPayload]:
        stream = self._live(state)
        if stream is None:
            return []
        index = lease.promised(stream, now_ms)
        return [in_flight(stream, chunks_of(self.streams, stream).text(0, index), index)]

    def _live(self, state: ChatState) -> Stream | None:
        stream = None if state.running is None else self.streams.read(state.running)
        return stream if stream is not None and stream.phase == "live" else None
