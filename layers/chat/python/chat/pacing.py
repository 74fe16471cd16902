"""How a stored answer is cut into chunks and when each is due. Pure.

Words lie between U+0020 spaces; all other white space stays inside the chunk. The chunks joined are the text, to the
letter.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from chat.agents.base import REPLY_MAX

REPLY_JSON_BYTES_MAX = 100_000  # so that `complete` and a page of history fit the largest outgoing frame


@dataclass(frozen=True, slots=True)
class Chunks:
    """A text in chunks of `size` words."""

    words: tuple[str, ...]
    size: int

    @classmethod
    def of(cls, text: str, size: int) -> Chunks:
        """Cut a text; an empty one has no chunks."""
        return cls(tuple(text.split(" ")) if text else (), size)

    def __len__(self) -> int:
        return -(-len(self.words) // self.size)

    def __getitem__(self, index: int) -> str:
        """Chunk `index`, with the space that parts it from the next."""
        words = self.words[index * self.size : (index + 1) * self.size]
        return " ".join(words) + (" " if (index + 1) * self.size < len(self.words) else "")

    def text(self, start: int, end: int) -> str:
        """Chunks `start` to `end` - 1, joined."""
        return "".join(self[index] for index in range(start, min(end, len(self))))

    def said(self, position: int) -> str:
        """The text as it stands after `position` chunks.

        Without the space that would part it from what was not said.
        """
        return " ".join(self.words[: position * self.size])


def due_ms(starts_ms: int, delay_ms: int, index: int) -> int:
    """When chunk `index` is due: against the start, so that nothing drifts."""
    return starts_ms + index * delay_ms


def due_by(starts_ms: int, delay_ms: int, chunks: int, now_ms: int) -> int:
    """How many chunks are due by a time."""
    if now_ms < starts_ms:
        return 0
    return chunks if delay_ms == 0 else min(chunks, (now_ms - starts_ms) // delay_ms + 1)


def fit(text: str) -> str:
    """A text cut to the longest answer, between two characters."""
    text = text[:REPLY_MAX]
    if json_bytes(text) <= REPLY_JSON_BYTES_MAX:
        return text
    fitting = bisect_right(range(len(text)), REPLY_JSON_BYTES_MAX, key=lambda length: json_bytes(text[:length]))
    return text[: fitting - 1]


def json_bytes(value: Any) -> int:
    """The size of a value as JSON in UTF-8, a text's quotes and escapes counted."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
