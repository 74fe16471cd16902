"""Server-sent events out of bytes as they arrive, to the letter of WHATWG HTML, section 9.2.6. Pure.

| line | what it does |
|---|---|
| empty | the event is dispatched, unless it has no ``data`` line; type and data begin anew |
| ``:…`` | nothing: a comment |
| ``data: value`` | another line of the data, less one space behind the colon |
| ``event: value`` | the event's type |
| any other | nothing |

A line ends with LF, CR or CRLF, wherever the bytes were cut, and nowhere else: U+2028 may stand in JSON as it is. One
byte order mark may come first. The last event counts only once its empty line has come. `EventReader` keeps
no id and no ``retry``: an answer is never taken up again (decision 0025 says why no library does this).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EVENT_BYTES_MAX = 1_000_000  # more in one event, or in one line, is not an answer of a model
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\r|\n")


class EventTooLargeError(ValueError):
    """The sender does not speak this protocol."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event."""

    type: str
    data: str


class EventReader:
    """Collects events from pieces of a stream."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # the beginning of a line that has not ended
        self._is_after_cr = False  # a LF that comes next belongs to it
        self._is_first_line = True
        self._type = b""
        self._data: list[bytes] = []
        self._size = 0  # of what has come since the last event

    def feed(self, received: bytes) -> list[ServerSentEvent]:
        """The events that these bytes complete. Raises EventTooLargeError."""
        if not received:
            return []
        if self._is_after_cr:
            received = received.removeprefix(b"\n")
        self._is_after_cr = received.endswith(b"\r")
        *ended, rest = LINE_END.split(received)
        events = [event for line in ended if (event := self._take(line)) is not None]
        self._line.append(rest)
        self._grow(len(rest))
        return events

    def _take(self, end: bytes) -> ServerSentEvent | None:
        """Interpret a line, of which this is the end."""
        line = b"".join([*self._line, end])
        self._line.clear()
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(BYTE_ORDER_MARK)
        if not line:
            return self._dispatch()
        self._grow(len(end) + 1)
        field, _, value = line.partition(b":")  # a comment has the empty field
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._type = value.removeprefix(b" ")
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        kind, data = self._type or b"message", self._data
        self._type, self._data, self._size = b"", [], 0
        if not data:
            return None
        return ServerSentEvent(kind.decode("utf-8", "replace"), b"\n".join(data).decode("utf-8", "replace"))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > EVENT_BYTES_MAX:
            raise EventTooLargeError
