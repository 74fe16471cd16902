"""The end of an answer: decided once, kept, and then said to everybody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from chat import views
from chat.agents.base import Reply
from chat.answers import lease
from chat.answers.audience import Audience
from chat.pacing import Chunks
from chat.ports import Message, Taken, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chat.ports import FinishReason, Ports, Stream
    from chat.relations import Relation


def end(ports: Ports, stream: Stream, text: Text, audience: Audience, *, said: int, reason: FinishReason) -> None:
    """End an answer after `said` chunks: history, relation and lock in one transaction, then the announcement.

    Does nothing if somebody else has ended it.
    """
    now_ms = ports.clock.now_ms()
    until_ms = now_ms + lease.ANNOUNCE_MS
    stream = replace(stream, position=said, finish_reason=reason, lease_until_ms=until_ms)
    words = Chunks.of(text.text, stream.chunk_size).said(said)
    asked = ports.conversations.message(stream.chat, stream.message_id)
    before = ports.conversations.state(stream.chat).relation
    after = ports.relations.after_turn(before, asked.text if asked else "", Reply(words, text.mood))
    try:
        ports.conversations.complete(stream, Message(stream.reply_id, "agent", words, now_ms), after)
    except Taken:
        return
    announce(ports, stream, words, after, audience)


def announce(ports: Ports, stream: Stream, words: str, relation: Relation, audience: Audience) -> None:
    """Say the end to everybody. The phase is set by now: whoever joins from here on finds the answer in the history."""
    audience.look()
    audience.hear_all(stream.position)
    chat, now_ms = stream.chat, ports.clock.now_ms()
    audience.close("chat:message:complete", views.complete(stream, words, now_ms), stream.position)
    ports.room.emit(audience.members, "relation:updated", views.relation_updated(chat, relation, now_ms))
    with suppress(Taken):  # somebody else has said it too, and noted that
        ports.streams.announced(stream)


def announce_again(ports: Ports, stream: Stream, text: Text) -> None:
    """Say the end of an answer whose writer was lost between deciding it and saying it."""
    chunks = Chunks.of(text.text, stream.chunk_size)
    audience = Audience(ports, stream, chunks)
    audience.open(ports.room.members(stream.chat), stream.position, replay=True)
    relation = ports.conversations.state(stream.chat).relation
    announce(ports, stream, chunks.said(stream.position), relation, audience)


def rest(ports: Ports, reply_id: str, index: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The chunks of an answer that has ended, from one on: for a socket that comes back to hear its end."""
    stream = ports.streams.read(reply_id)
    text = ports.streams.text(reply_id)
    if stream is None or text is None:
        return
    chunks, now_ms = Chunks.of(text.text, stream.chunk_size), ports.clock.now_ms()
    for at in range(index, stream.position):
        yield "chat:message:stream", views.chunk(stream, chunks[at], at, now_ms)
