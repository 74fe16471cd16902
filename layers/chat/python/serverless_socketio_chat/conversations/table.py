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
from serverless_socketio_chat.conversations.model import Behind, Contended, Ids, Known, Running
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
        writes: list[Write] = [
            self._lock(chat, message, stream),
            Put(message_item(chat, message)),
            Put(stream_item(stream)),
        ]
        if message.client_message_id is not None:
            writes.append(self._claim(chat, message, stream))
        try:
            self._table.transact(writes)
        except TransactionRefused as refusal:
            raise _reason(refusal) from refusal

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
        return ChatState(item.get("running"), relation)

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

    @staticmethod
    def _lock(chat: Chat, message: Message, stream: Stream) -> Update:
        """Take the chat for this answer, if none runs and the id comes after all others."""
        return Update(
            keys.chat(chat),
            "SET #running = :reply, #last = :reply",
            condition="attribute_not_exists(#running) AND (attribute_not_exists(#last) OR #last < :id)",
            values={":reply": stream.reply_id, ":id": message.message_id},
        )

    def _claim(self, chat: Chat, message: Message, stream: Stream) -> Put:
        """Take the client's id for this message."""
        now_s = self._clock.now_ms() // 1000
        item = {
            **keys.client_message(chat, message.client_message_id or ""),
            "message_id": message.message_id,
            "reply_id": stream.reply_id,
            "timestamp": message.timestamp,
            "expires": now_s + CLIENT_ID_TTL_S,
        }
        return Put(item, condition="attribute_not_exists(pk) OR #expires <= :now", values={":now": now_s})


def _ids(claim: Mapping[str, Any]) -> Ids:
    return Ids(claim["message_id"], claim["reply_id"], claim["timestamp"])


def _reason(refusal: TransactionRefused) -> Exception:
    """Why a message was not accepted: a known client id before anything else."""
    lock, *_, claim = refusal.failures
    if len(refusal.failures) > 3 and claim is not None and claim.item:
        return Known(_ids(claim.item))
    item = lock.item if lock is not None else None
    if item is None:
        return Contended()
    return Running(item["running"]) if item.get("running") else Behind(item["last"])


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
    )
