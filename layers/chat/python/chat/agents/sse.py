"""Server-sent events out of bytes as they arrive. Pure; the standard is WHATWG HTML, section 9.2.6."""

from __future__ import annotations

EVENT_BYTES_MAX = 1_000_000  # more in one event is no answer of a model


class EventTooLargeError(ValueError):
    """The sender does not speak this protocol."""


class Events:
    """Collects the data of events. Lines end with LF, CR or CRLF wherever the bytes were cut, and nowhere else.

    (`str.splitlines`, and httpx's `iter_lines` with it, would also cut at U+2028, which JSON may hold as it is.)
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._after_cr = False  # a LF that comes next belongs to it

    def feed(self, received: bytes) -> list[str]:
        """The data of each event that these bytes complete. Raises EventTooLargeError."""
        if not received:
            return []
        if self._after_cr:
            received = received.removeprefix(b"\n")
        *lines, self._rest = _lines(self._rest + received)
        self._after_cr = received.endswith(b"\r")
        events = [data for line in lines if (data := self._take(line)) is not None]
        if self._size + len(self._rest) > EVENT_BYTES_MAX:
            raise EventTooLargeError
        return events

    def end(self) -> list[str]:
        """The data of an event that the stream ended in: some servers leave the last empty line out."""
        self._take(self._rest)
        self._rest = b""
        data = self._take(b"")
        return [] if data is None else [data]

    def _take(self, line: bytes) -> str | None:
        if not line:
            event = b"\n".join(self._data)
            had_data, self._data, self._size = bool(self._data), [], 0
            return event.decode("utf-8", "replace") if had_data else None
        field, _, value = line.partition(b":")  # a comment has the empty field
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        return None


def _lines(received: bytes) -> list[bytes]:
    return received.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
