"""Pages of a chat that fit a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.answers import payloads
from serverless_socketio_chat.answers.chunks import json_bytes

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.answers.ports import Transcript
    from serverless_socketio_chat.model import Chat

JOIN_MESSAGES = 50
PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in time order. `next_before`: the id that an older page ends before, None on the last."""

    messages: list[wire.MessagePayload]
    next_before: str | None


def page(
    transcript: Transcript,
    chat: Chat,
    *,
    room_bytes: int,
    limit: int | None,
    before: str | None = None,
    since: str | None = None,
) -> Page:
    """The newest messages between two ids: `limit` at most, None for as many as fit `room_bytes`."""
    expected = {} if limit is None else {"expected": limit + 1}  # and whether there is more
    newest_first = transcript.history(chat, before=before, since=since, **expected)
    chosen: list[wire.MessagePayload] = []
    left = room_bytes
    for message in newest_first:
        shown = payloads.message(chat, message)
        left -= json_bytes(shown) + len(",")
        if left < 0 or (limit is not None and len(chosen) == limit):
            return Page(chosen[::-1], chosen[-1]["messageId"] if chosen else message.message_id + "~")
        chosen.append(shown)
    return Page(chosen[::-1], None)
