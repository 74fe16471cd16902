"""The chunks of an answer: how a stored text is cut into them, when each is due, and where they are kept.

Words lie between U+0020 spaces; all other white space stays inside the chunk. The chunks joined are the text, to the
letter.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from serverless_socketio.codec import jsontext
from serverless_socketio_chat.agents.model import REPLY_MAX
from serverless_socketio_chat.answers.model import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.ports import Streams

NOTHING = Text("")
REPLY_JSON_BYTES_MAX = 100_000  # so that `complete` and a page of history fit the largest outgoing frame


class ChunkSource(Protocol):
    """What an answer says, in chunks."""

    def __len__(self) -> int:
        """How many there are by now."""
        ...

    def __getitem__(self, index: int) -> str:
        """Chunk `index`."""
        ...

    def text(self, start: int, end: int) -> str:
        """Chunks `start` to `end` - 1, joined."""
        ...

    def text_until(self, position: int) -> str:
        """The text as it stands after `position` chunks."""
        ...


class LiveChunks:
    """The chunks of an answer that is relayed: as they came, and more may come."""

    def __init__(self, chunks: Iterable[str] = ()) -> None:
        self._chunks = list(chunks)

    def append(self, chunk: str) -> None:
        """One more has come."""
        self._chunks.append(chunk)

    def __len__(self) -> int:
        return len(self._chunks)

    def __getitem__(self, index: int) -> str:
        """Chunk `index`."""
        return self._chunks[index]

    def text(self, start: int, end: int) -> str:
        """Chunks `start` to `end` - 1, joined."""
        return "".join(self._chunks[start:end])

    def text_until(self, position: int) -> str:
        """The text as it stands after `position` chunks."""
        return self.text(0, position)


@dataclass(frozen=True, slots=True)
class StoredChunks:
    """A text in chunks of `size` words."""

    words: tuple[str, ...]
    size: int

    @classmethod
    def of(cls, text: str, size: int) -> StoredChunks:
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

    def text_until(self, position: int) -> str:
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


def fit(text: str, *, points: int = REPLY_MAX, bytes_max: int = REPLY_JSON_BYTES_MAX) -> str:
    """A text cut to the longest answer, or to what is left of it, between two characters."""
    text = text[:points]
    if json_bytes(text) <= bytes_max:
        return text
    fitting = bisect_right(range(len(text)), bytes_max, key=lambda length: json_bytes(text[:length]))
    return text[: fitting - 1]


def json_bytes(value: Any) -> int:
    """The size of a value as JSON in UTF-8, a text's quotes and escapes counted."""
    return len(jsontext.dumps(value).encode())


def chunks_of(streams: Streams, stream: Stream, text: Text | None = None) -> ChunkSource:
    """The chunks of an answer: a stored one's text, which may be given, or what is in the log of a relayed one."""
    if stream.relayed:
        return LiveChunks(streams.logged(stream.reply_id))
    return StoredChunks.of((text or stored_text(streams, stream)).text, stream.chunk_size)


def stored_text(streams: Streams, stream: Stream) -> Text:
    """The text and the mood of a stored answer; nothing for one that has not begun, or that is relayed."""
    return (None if stream.relayed else streams.text(stream.reply_id)) or NOTHING
