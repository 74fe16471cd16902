"""`answers.ports.Streams` over the conversations table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio.model import Member
from serverless_socketio_chat.answers.model import Stream, Taken, Text
from serverless_socketio_chat.model import Chat, Sender
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from serverless_socketio.aws.ports import Item

ENDED_TTL_S = 2 * 86_400  # an ended answer can be resumed for 24 h at least
TEXT_TTL_S = 5 * 86_400  # the slowest answer, a minute a chunk, takes 33 h

MINE = "#phase = :live AND #epoch = :mine"  # false for a missing item too: no ghost is revived
UNENDED = "#phase <> :ended AND attribute_exists(pk)"


class TableStreams(InTable):
    """Control records and texts in a table.

    A control record stays under 1 KB, so that each change costs one write unit.
    """

    def read(self, reply_id: str) -> Stream | None:
        """The control record. One small read."""
        item = self._table.get(keys.stream(reply_id))
        return None if item is None else stream_of(item)

    def take(self, reply_id: str, *, epoch: int, lease_until_ms: int) -> Stream:
        """Become the writer as the continuation of `epoch`."""
        return self._update(
            reply_id,
            "SET #epoch = :next, #lease_until = :until",
            f"{UNENDED} AND #epoch = :given",
            {":next": epoch + 1, ":given": epoch, ":until": lease_until_ms, ":ended": "ended"},
        )

    def take_over(self, seen: Stream, *, lease_until_ms: int) -> Stream:
        """Become the writer in place of one that is not there, if nothing changed since `seen`."""
        return self._update(
            seen.reply_id,
            "SET #epoch = :next, #lease_until = :until",
            f"{UNENDED} AND #epoch = :given AND #lease_until = :seen",
            {
                ":next": seen.epoch + 1,
                ":given": seen.epoch,
                ":seen": seen.lease_until_ms,
                ":until": lease_until_ms,
                ":ended": "ended",
            },
        )

    def begin(self, stream: Stream, *, chunks: int, starts_ms: int, relayed: bool = False) -> Stream:
        """Note the schedule, at first or anew; or that the answer is relayed."""
        values = {":chunks": chunks, ":starts": starts_ms, ":relayed": relayed}
        return self._mine(stream, "SET #chunks = :chunks, #starts = :starts, #relayed = :relayed", values)

    def hold(self, stream: Stream, *, position: int, lease_until_ms: int) -> Stream:
        """Keep the lease and note how far the answer is."""
        values = {":position": position, ":until": lease_until_ms}
        return self._mine(stream, "SET #position = :position, #lease_until = :until", values)

    def release(self, stream: Stream, *, position: int, due_ms: int) -> Stream:
        """Give the lease up until `due_ms`."""
        values = {":position": position, ":free": 0, ":due": due_ms}
        return self._mine(stream, "SET #position = :position, #lease_until = :free, #due = :due", values)

    def request_stop(self, reply_id: str) -> Stream:
        """Ask the writer to stop."""
        return self._update(reply_id, "SET #stop = :true", "#phase = :live", {":true": True, ":live": "live"})

    def claim_complete(self, stream: Stream, *, lease_until_ms: int) -> None:
        """Become the one that posts ``complete``: this writer may say so again, a later one finds it said."""
        values = {":true": True, ":until": lease_until_ms, ":ending": "ending", ":mine": stream.epoch}
        expression = "SET #complete_claimed = :true, #lease_until = :until"
        self._update(stream.reply_id, expression, "#phase = :ending AND #epoch = :mine", values)

    def complete_posted(self, stream: Stream) -> None:
        """Note that ``complete`` was posted, where what follows it failed."""
        values = {":true": True, ":ending": "ending"}
        self._update(stream.reply_id, "SET #complete_posted = :true", "#phase = :ending", values)

    def announced(self, stream: Stream) -> None:
        """Note that the end has been said; the record leaves the index of live answers."""
        self._update(
            stream.reply_id,
            "SET #phase = :ended, #expires = :expires REMOVE #live",
            "#phase = :ending",
            {":ended": "ended", ":ending": "ending", ":expires": self._expires(ENDED_TTL_S)},
        )

    def write_text(self, reply_id: str, text: Text) -> Text:
        """Store what an answer says, once."""
        item: Item = {
            **keys.text(reply_id),
            "text": text.text,
            "mood": dict(text.mood),
            "cut": text.cut,
            "expires": self._expires(TEXT_TTL_S),
        }
        try:
            self._table.put(item, condition="attribute_not_exists(pk)")
        except ConditionFailed as failure:
            return _text(dict(failure.item)) if failure.item else text
        return text

    def text(self, reply_id: str) -> Text | None:
        """What an answer says. One read."""
        item = self._table.get(keys.text(reply_id))
        return None if item is None else _text(item)

    def log(self, reply_id: str, index: int, chunk: str) -> None:
        """Store a chunk of a relayed answer, once and before any socket hears it. Raises Taken if another stands there.

        No condition on the epoch: only its first writer relays an answer, and what a writer adds that was replaced
        meanwhile lies behind the position at which the answer ended.
        """
        item = {**keys.logged(reply_id, index), "text": chunk, "expires": self._expires(TEXT_TTL_S)}
        try:
            self._table.put(item, condition="attribute_not_exists(pk)")
        except ConditionFailed as failure:
            if not failure.item or failure.item["text"] != chunk:
                raise Taken(self.read(reply_id)) from failure

    def logged(self, reply_id: str) -> Sequence[str]:
        """All chunks of a relayed answer that may have been heard, consistently. One query."""
        return [item["text"] for item in self._table.query(keys.stream(reply_id)["pk"], begins_with=keys.LOG)]

    def count_try(self, stream: Stream) -> Stream:
        """Count an attempt to bring an answer back."""
        values = {":one": 1, ":mine": stream.epoch, ":seen": stream.tries, ":ended": "ended"}
        condition = f"{UNENDED} AND #epoch = :mine AND #tries = :seen"
        return self._update(stream.reply_id, "SET #tries = #tries + :one", condition, values)

    def stale(self, created_before_ms: int) -> Iterator[str]:
        """Ids of answers that have not ended, by age. A query for each shard of the index."""
        for shard in range(keys.LIVE_SHARDS):
            for item in self._table.query(f"LIVE#{shard}", below=created_before_ms, index=keys.LIVE_INDEX):
                yield item["pk"].removeprefix("STREAM#")

    def _mine(self, stream: Stream, expression: str, values: dict[str, Any]) -> Stream:
        return self._update(stream.reply_id, expression, MINE, {**values, ":live": "live", ":mine": stream.epoch})

    def _update(self, reply_id: str, expression: str, condition: str, values: dict[str, Any]) -> Stream:
        try:
            return stream_of(self._table.update(keys.stream(reply_id), expression, condition=condition, values=values))
        except ConditionFailed as failure:
            raise Taken(stream_of(dict(failure.item)) if failure.item else None) from failure

    def _expires(self, ttl_s: int) -> int:
        return self._clock.now_ms() // 1000 + ttl_s


def _text(item: Item) -> Text:
    return Text(item["text"], item["mood"], item["cut"])


def stream_item(stream: Stream) -> Item:
    """The control record of an answer, in the index of live ones."""
    return {
        **keys.stream(stream.reply_id),
        "live": f"LIVE#{crc32(stream.reply_id.encode()) % keys.LIVE_SHARDS}",
        "created": stream.created_ms,
        "message_id": stream.message_id,
        "user_id": stream.chat.user_id,
        "agent_id": stream.chat.agent_id,
        "phase": stream.phase,
        "epoch": stream.epoch,
        "lease_until": stream.lease_until_ms,
        "chunk_size": stream.chunk_size,
        "chunk_delay": stream.chunk_delay_ms,
        "due": stream.due_ms,
        "position": stream.position,
        "chunks": stream.chunks,
        "starts": stream.starts_ms,
        "relayed": stream.relayed,
        "tries": stream.tries,
        "sender": None if stream.sender is None else _sender_item(stream.sender),
        "notice": stream.notice,
        **({} if stream.replaces is None else {"replaces": stream.replaces}),
    }


def stream_of(item: Item) -> Stream:
    """`stream_item` undone."""
    return Stream(
        reply_id=item["pk"].removeprefix("STREAM#"),
        message_id=item["message_id"],
        chat=Chat(item["user_id"], item["agent_id"]),
        created_ms=item["created"],
        lease_until_ms=item["lease_until"],
        chunk_size=item["chunk_size"],
        chunk_delay_ms=item["chunk_delay"],
        due_ms=item["due"],
        sender=_sender_of(item["sender"]) if item.get("sender") else None,
        replaces=item.get("replaces"),
        phase=item["phase"],
        epoch=item["epoch"],
        position=item["position"],
        chunks=item["chunks"],
        starts_ms=item["starts"],
        relayed=item.get("relayed", False),
        stop=item.get("stop", False),
        tries=item["tries"],
        finish_reason=item.get("finish_reason"),
        notice=item.get("notice"),
        complete_claimed=item.get("complete_claimed", False),
        complete_posted=item.get("complete_posted", False),
    )


def _sender_item(sender: Sender) -> dict[str, Any]:
    member = sender.member
    return {
        "sid": member.sid,
        "address": member.address,
        "namespace": member.namespace,
        "form": member.form,
        "place": sender.order,
    }


def _sender_of(item: dict[str, Any]) -> Sender:
    return Sender(Member(item["sid"], item["address"], item["namespace"], item["form"]), item["place"])
