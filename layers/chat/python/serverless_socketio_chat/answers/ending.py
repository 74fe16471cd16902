"""The end of an answer: decided once, kept, and then said to everybody; how its user is notified is part of it.

``complete`` comes to no connection twice. A post cannot be taken back, and the answer to one may be lost, so who is
about to post it claims it first; who may have missed it is disconnected, comes back, and finds the answer in the
history (a recoverable socket: the event in its log).

::

    a writer fails or is killed        the next one            a connection got complete
    before the end is decided          goes on writing         once, from the next one
    before complete is claimed         claims and posts it     once, from the next one
    before it has been posted to all   disconnects them        once or never, and comes back
    before that is noted               disconnects them        once, and comes back
    while it does what follows         does what follows       once

A post that surely did nothing is made again; one that may have arrived ends its connection, in the same way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_socketio.insisting import insist
from serverless_socketio_chat.agents.base import Reply
from serverless_socketio_chat.agents.live import is_placeholder
from serverless_socketio_chat.answers import lease, payloads
from serverless_socketio_chat.answers import sources as scripts
from serverless_socketio_chat.answers.model import Message, Taken
from serverless_socketio_chat.answers.notification import News
from serverless_socketio_chat.answers.recipients import Audience
from serverless_socketio_chat.notifications.decide import Notifier, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.answers.chunks import Script
    from serverless_socketio_chat.answers.model import FinishReason, Stream
    from serverless_socketio_chat.bag import Ports


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
    """Say the end to everybody. The phase is set by now: whoever joins from here on finds the answer in the history."""
    news = News(ports, stream, words, verdict)
    news.before()
    audience.look()
    audience.hear_all(stream.position)
    try:
        _claim(ports, stream)
    except Taken:
        return  # another writer is about to say it, or has
    audience.close("chat:message:complete", payloads.complete(stream, words, ports.clock.now_ms()), stream.position)
    _follow_up(ports, stream, relation, news, audience.members)


def announce_again(ports: Ports, stream: Stream, script: Script) -> None:
    """Say the end of an answer whose writer was lost between deciding it and saying it.

    If that had claimed ``complete`` and nobody knows who got it, nobody is sent another: see the table above.
    """
    words, relation = script.said(stream.position), ports.conversations.state(stream.chat).relation
    members, verdict = ports.room.members(stream.chat), Notifier(ports).recall(stream.chat, stream.notice)
    if not stream.complete_claimed:
        audience = Audience(ports, stream, script)
        audience.open(members, stream.position, replay=True)
        announce(ports, stream, words, relation, audience, verdict)
        return
    news = News(ports, stream, words, verdict)
    news.before()
    if not stream.complete_posted:
        ports.room.disconnect(members, stream.reply_id)
        members = []
    _follow_up(ports, stream, relation, news, members)


def _claim(ports: Ports, stream: Stream) -> None:
    """Become the one that posts ``complete``. Raises Taken."""
    until_ms = ports.clock.now_ms() + lease.ANNOUNCE_MS
    insist(lambda: ports.streams.claim_complete(stream, lease_until_ms=until_ms), ports.clock.sleep, but=(Taken,))


def _follow_up(ports: Ports, stream: Stream, relation: Relation, news: News, members: Sequence[Member]) -> None:
    """What comes after ``complete``: if it fails, it is made up for without another."""
    try:
        updated = payloads.relation_updated(stream.chat, relation, ports.clock.now_ms())
        ports.room.emit(members, "relation:updated", updated)
        news.after(members)
    except Exception:
        _note(ports.clock, ports.streams.complete_posted, stream)
        raise
    _note(ports.clock, ports.streams.announced, stream)


def _note(clock: Clock, note: Callable[[Stream], None], stream: Stream) -> None:
    """Note something without which nobody would know that ``complete`` has been posted."""
    with suppress(Taken):  # another writer has followed up, and noted that
        insist(lambda: note(stream), clock.sleep, but=(Taken,))


def rest(ports: Ports, reply_id: str, index: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The chunks of an answer that has ended, from one on: for a socket that comes back to hear its end."""
    stream = ports.streams.read(reply_id)
    if stream is None:
        return
    lines, now_ms = scripts.of(ports, stream), ports.clock.now_ms()
    for at in range(index, stream.position):
        yield "chat:message:stream", payloads.chunk(stream, lines[at], at, now_ms)
