"""`conversations.ports.Conversations` over the conversations table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws.ports import Item, Put, Update
from serverless_socketio.exceptions import TransactionRefused
from serverless_socketio_chat.agents.relations import FRESH, Relation
from serverless_socketio_chat.answers.model import ChatState, Message, Taken
from serverless_socketio_chat.answers.ports import HISTORY_EXPECTED
from serverless_socketio_chat.answers.table import stream_item, stream_of
from serverless_socketio_chat.conversations.model import Behind, Contended, Ids, Known, Passed, Running
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_socketio.aws.ports import Write
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.model import Chat

CLIENT_ID_TTL_S = 26 * 3600  # repeats are known for 24 h at least
PREFIX, AFTER_PREFIX = "MSG#", "MSG$"  # "$" follows "#": the ends of a chat's messages among its items


class TableConversations(InTable):
    """Messages and chats in a table. One item a message; one for each chat with its newest id, lock and relation."""

    def accept(self, chat: Chat, message: Message, stream: Stream) -> None:
        """Store a message with the answer it asks for: one transaction of three or four items."""
        comes_last = "(attribute_not_exists(#last) OR #last < :id)"
        lock = self._lock(chat, stream, comes_last, {":id": message.message_id})
        try:
            self._begin(chat, stream, lock, Put(message_item(chat, message)), message.client_message_id)
        except TransactionRefused as refusal:
            stood = _in_the_way(refusal)
            raise (Behind(stood["last"]) if stood else Contended()) from refusal

    def regenerate(self, chat: Chat, stream: Stream, client_message_id: str | None) -> None:
        """Store an answer in place of another, whose line then says so: one transaction of three or four items."""
        former = stream.replaces or ""
        lock = self._lock(chat, stream, "#last = :former", {":former": former})
        replaced = Update(
            keys.message(chat, former),
            "SET #replaced_by = :reply",
            condition="attribute_exists(pk)",
            values={":reply": stream.reply_id},
        )
        try:
            self._begin(chat, stream, lock, replaced, client_message_id)
        except TransactionRefused as refusal:
            is_passed = _in_the_way(refusal) or refusal.failures[1]
            raise (Passed() if is_passed else Contended()) from refusal

    def known(self, chat: Chat, client_message_id: str) -> Ids | None:
        """The ids under which a client's id was accepted before. One read."""
        item = self._table.get(keys.client_message(chat, client_message_id))
        return _ids(item) if item is not None and item["expires"] > self._clock.now_ms() // 1000 else None

    def history(
        self, chat: Chat, *, before: str | None = None, since: str | None = None, expected: int = HISTORY_EXPECTED
    ) -> Iterator[Message]:
        """Messages strictly between two ids, newest first. One query for as many as are `expected` to be looked at."""
        above = PREFIX if since is None else PREFIX + since
        below = AFTER_PREFIX if before is None else PREFIX + before
        size = expected + 2  # the bounds themselves are read, too
        for item in self._table.query(keys.chat_pk(chat), above=above, below=below, forward=False, page_size=size):
            yield message_of(item)

    def message(self, chat: Chat, message_id: str) -> Message | None:
        """One message. One read."""
        item = self._table.get(keys.message(chat, message_id))
        return None if item is None else message_of(item)

    def state(self, chat: Chat) -> ChatState:
        """What a chat remembers. One read."""
        item = self._table.get(keys.chat(chat)) or {}
        stored = item.get("relation")
        relation = FRESH if stored is None else Relation(stored["emotions"], stored["level"], stored["state"])
        return ChatState(item.get("running"), relation, item.get("last"), item.get("asked"))

    def complete(self, stream: Stream, reply: Message, relation: Relation) -> None:
        """End an answer: one transaction of three items. Raises Taken."""
        writes: list[Write] = [
            Update(
                keys.stream(stream.reply_id),
                "SET #phase = :ending, #position = :position, #finish_reason = :reason, #lease_until = :until, "
                "#notice = :notice",
                condition="#phase = :live AND #epoch = :mine",
                values={
                    ":ending": "ending",
                    ":live": "live",
                    ":mine": stream.epoch,
                    ":position": stream.position,
                    ":reason": stream.finish_reason,
                    ":until": stream.lease_until_ms,
                    ":notice": stream.notice,
                },
            ),
            Put(message_item(stream.chat, reply)),
            Update(
                keys.chat(stream.chat),
                "SET #relation = :relation REMOVE #running",
                condition="#running = :reply",
                values={":relation": asdict(relation), ":reply": reply.message_id},
            ),
        ]
        try:
            self._table.transact(writes)
        except TransactionRefused as refusal:
            item = refusal.failures[0].item if refusal.failures[0] else None
            raise Taken(stream_of(dict(item)) if item else None) from refusal

    def _begin(self, chat: Chat, stream: Stream, lock: Update, line: Write, client_message_id: str | None) -> None:
        """Store an answer that begins, with the chat's lock and a line of it."""
        writes = [lock, line, Put(stream_item(stream))]
        if client_message_id is not None:
            writes.append(self._claim(chat, stream, client_message_id))
        self._table.transact(writes)

    @staticmethod
    def _lock(chat: Chat, stream: Stream, is_next: str, values: Mapping[str, str]) -> Update:
        """Take the chat for this answer, if none runs and it is the next."""
        return Update(
            keys.chat(chat),
            "SET #running = :reply, #last = :reply, #asked = :asked",
            condition=f"attribute_not_exists(#running) AND {is_next}",
            values={":reply": stream.reply_id, ":asked": stream.message_id, **values},
        )

    def _claim(self, chat: Chat, stream: Stream, client_message_id: str) -> Put:
        """Take the client's id for this answer."""
        now_s = self._clock.now_ms() // 1000
        item = {
            **keys.client_message(chat, client_message_id),
            "message_id": stream.message_id,
            "reply_id": stream.reply_id,
            "timestamp": stream.created_ms,
            "expires": now_s + CLIENT_ID_TTL_S,
        }
        return Put(item, condition="attribute_not_exists(pk) OR #expires <= :now", values={":now": now_s})


def _ids(claim: Mapping[str, Any]) -> Ids:
    return Ids(claim["message_id"], claim["reply_id"], claim["timestamp"])


def _in_the_way(refusal: TransactionRefused) -> Mapping[str, Any] | None:
    """The chat whose newest id was in the way, if it was. Raises Known, before anything else, and Running."""
    lock, _, _, *claim = refusal.failures
    if claim and claim[0] is not None and claim[0].item:
        raise Known(_ids(claim[0].item)) from refusal
    stood = lock.item if lock is not None else None
    if stood and stood.get("running"):
        raise Running(stood["running"]) from refusal
    return stood


def message_item(chat: Chat, message: Message) -> Item:
    """A line of a chat."""
    return {
        **keys.message(chat, message.message_id),
        "role": message.role,
        "text": message.text,
        "timestamp": message.timestamp,
        "client_message_id": message.client_message_id,
        **({} if message.finish_reason is None else {"finish_reason": message.finish_reason}),
        **({"refused": True} if message.refused else {}),
        **({} if message.replaces is None else {"replaces": message.replaces}),
        **({} if message.replaced_by is None else {"replaced_by": message.replaced_by}),
    }


def message_of(item: Item) -> Message:
    """`message_item` undone."""
    return Message(
        item["sk"].removeprefix("MSG#"),
        item["role"],
        item["text"],
        item["timestamp"],
        item.get("client_message_id"),
        item.get("finish_reason"),
        item.get("refused", False),
        item.get("replaces"),
        item.get("replaced_by"),
    )
