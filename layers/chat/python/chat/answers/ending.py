"""The end of an answer: decided once, kept, and then said to everybody; how its user is notified is part of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from chat import views
from chat.agents.base import Reply
from chat.answers import lease
from chat.answers import script as scripts
from chat.answers.audience import Audience
from chat.answers.news import News
from chat.live import is_placeholder
from chat.ports import Message, Taken
from chat.push.notifier import Notifier, Verdict
from serverless_socketio.insisting import insist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chat.pacing import Script
    from chat.ports import FinishReason, Ports, Stream
    from chat.relations import Relation
    from serverless_socketio.ports import Clock


def end(
    ports: Ports,
    stream: Stream,
    reply: Reply,
    audience: Audience,
    *,
    said: int,
    reason: FinishReason,
    refused: bool = False,
) -> None:
    """End an answer after `said` chunks: history, relation and lock in one transaction, then the announcement.

    `reply`: what those chunks say, and the mood. `refused`: a provider did not take what it answers. Does nothing if
    somebody else has ended it. The user is notified by how things are before that, unless it was the user who ended it.
    """
    now_ms = ports.clock.now_ms()
    until_ms = now_ms + lease.ANNOUNCE_MS
    verdict = Verdict() if reason == "stopped" else Notifier(ports).weigh(stream.chat)
    stream = replace(stream, position=said, finish_reason=reason, lease_until_ms=until_ms, notice=verdict.notice)
    asked = ports.conversations.message(stream.chat, stream.message_id)
    before = ports.conversations.state(stream.chat).relation
    felt = Reply("") if is_placeholder(reply.text) else reply
    after = ports.relations.after_turn(before, asked.text if asked else "", felt)
    line = Message(stream.reply_id, "agent", reply.text, now_ms, finish_reason=reason, refused=refused)
    try:
        ports.conversations.complete(stream, line, after)
    except Taken:
        return
    announce(ports, stream, reply.text, after, audience, verdict)


def announce(
    ports: Ports, stream: Stream, words: str, relation: Relation, audience: Audience, verdict: Verdict
) -> None:
    """Say the end to everybody. The phase is set by now: whoever joins from here on finds the answer in the history.

    ``complete`` comes once: whatever fails after it is made up for without it.
    """
    news = News(ports, stream, words, verdict)
    news.before()
    now_ms = ports.clock.now_ms()
    if not stream.complete_posted:
        audience.look()
        audience.hear_all(stream.position)
        audience.close("chat:message:complete", views.complete(stream, words, now_ms), stream.position)
    try:
        ports.room.emit(audience.members, "relation:updated", views.relation_updated(stream.chat, relation, now_ms))
        news.after(audience.members)
    except Exception:
        _note(ports.clock, ports.streams.complete_posted, stream)
        raise
    _note(ports.clock, ports.streams.announced, stream)


def _note(clock: Clock, note: Callable[[Stream], None], stream: Stream) -> None:
    """Note something without which ``complete`` would be said again."""
    with suppress(Taken):  # somebody else has said it too, and noted that
        insist(lambda: note(stream), clock.sleep, but=(Taken,))


def announce_again(ports: Ports, stream: Stream, script: Script) -> None:
    """Say the end of an answer whose writer was lost between deciding it and saying it."""
    audience = Audience(ports, stream, script)
    audience.open(ports.room.members(stream.chat), stream.position, replay=True)
    relation = ports.conversations.state(stream.chat).relation
    verdict = Notifier(ports).recall(stream.chat, stream.notice)
    announce(ports, stream, script.said(stream.position), relation, audience, verdict)


def rest(ports: Ports, reply_id: str, index: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The chunks of an answer that has ended, from one on: for a socket that comes back to hear its end."""
    stream = ports.streams.read(reply_id)
    if stream is None:
        return
    lines, now_ms = scripts.of(ports, stream), ports.clock.now_ms()
    for at in range(index, stream.position):
        yield "chat:message:stream", views.chunk(stream, lines[at], at, now_ms)
