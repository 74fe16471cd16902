"""Pages of a chat that fit a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat import views
from chat.pacing import json_bytes

if TYPE_CHECKING:
    from chat.ports import Chat, Message, Ports

JOIN_MESSAGES = 50
PAGE_MAX = 100
MESSAGE_OVERHEAD_BYTES = (
    1_200  # keys, ids and time stamps around a message's text, three ids of 128 escaped characters at worst
)


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in time order. `next_before`: the id that an older page ends before, None on the last."""

    messages: list[dict[str, Any]]
    next_before: str | None


def page(
    ports: Ports, chat: Chat, *, room_bytes: int, limit: int | None, before: str | None = None, since: str | None = None
) -> Page:
    """The newest messages between two ids: `limit` at most, None for as many as fit `room_bytes`."""
    newest_first = ports.conversations.history(chat, before=before, since=since)
    chosen: list[Message] = []
    left = room_bytes
    for message in newest_first:
        left -= json_bytes(message.text) + MESSAGE_OVERHEAD_BYTES
        if left < 0 or (limit is not None and len(chosen) == limit):
            oldest = chosen[-1].message_id if chosen else message.message_id + "~"
            return Page(_shown(chat, chosen), oldest)
        chosen.append(message)
    return Page(_shown(chat, chosen), None)


def _shown(chat: Chat, newest_first: list[Message]) -> list[dict[str, Any]]:
    return [views.message(chat, message) for message in reversed(newest_first)]
