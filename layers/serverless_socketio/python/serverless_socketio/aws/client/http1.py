"""HTTP/1.1 as far as AWS speaks it to a client (RFC 9112): a request as bytes, an answer from bytes.

the head of an answer says …     its body ends …                   the connection …
1xx                              (none: the answer is still to come)
204 or 304                       at once                           stays open
Transfer-Encoding: chunked       with the chunk of size 0          stays open
Content-Length: n                after n bytes                     stays open
none of these                    when the connection is closed     is closed
Connection: close, HTTP/1.0      as above                          is closed
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD_BYTES_MAX = 64 * 1024
NO_BODY = frozenset({204, 304})
STATUS_LINE = re.compile(r"HTTP/1\.([01]) (\d{3})(?: .*)?")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")


class BadAnswerError(ValueError):
    """What came is not an answer of HTTP/1.1, or not all of one."""


class Response(NamedTuple):
    """An answer. Names of headers are in lower case; `stays`: the connection can take another request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    stays: bool = True


def request_bytes(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a request as it goes over the wire. `headers` have all but the length of the body."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"{method} {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body


class AnswerReader:
    """Reads one answer, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._data = bytearray()  # not read yet
        self._status = 0  # 0: the head has not come
        self._headers: dict[str, str] = {}
        self._is_old = False
        self._chunks = bytearray()

    def feed(self, data: bytes) -> Response | None:
        """Take what came; return the answer once it is whole. Raises BadAnswerError."""
        self._data += data
        if not self._status and not self._read_head():
            return None
        if self._status in NO_BODY:
            return self._whole(b"")
        if self._headers.get("transfer-encoding", "").lower() == "chunked":
            return self._whole(bytes(self._chunks)) if self._read_chunks() else None
        length = self._headers.get("content-length")
        if length is None:
            return None
        if not length.isdecimal():
            raise BadAnswerError("Content-Length is not a number")
        size = int(length)
        return self._whole(self._take(size)) if len(self._data) >= size else None

    def closed(self) -> Response:
        """Return the answer that ends with its connection. Raises BadAnswerError if more of it was to come."""
        is_framed = self._headers.keys() & {"content-length", "transfer-encoding"}
        if not self._status or is_framed:
            raise BadAnswerError("The connection was closed before the answer was whole")
        return Response(self._status, self._headers, bytes(self._data), stays=False)

    def _read_head(self) -> bool:
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._take(end).decode("latin-1").split("\r\n")
            del self._data[:4]
            found = STATUS_LINE.fullmatch(first)
            if found is None:
                raise BadAnswerError("The answer does not begin with a status line")
            if found[2] >= "200":
                self._is_old = found[1] == "0"
                self._headers = _headers(lines)
                self._status = int(found[2])
                return True
        if len(self._data) > HEAD_BYTES_MAX:
            raise BadAnswerError("The head of the answer does not end")
        return False

    def _read_chunks(self) -> bool:
        """Move whole chunks to the body; return whether the last one has come."""
        while (end := self._data.find(b"\r\n")) >= 0:
            found = CHUNK.fullmatch(self._data[:end])
            if found is None:
                raise BadAnswerError("A chunk does not begin with its size")
            size = int(found[1], 16)
            if size == 0:
                return self._read_trailers(end)
            if len(self._data) < end + 2 + size + 2:
                return False
            self._chunks += self._data[end + 2 : end + 2 + size]
            del self._data[: end + 2 + size + 2]
        return False

    def _read_trailers(self, end: int) -> bool:
        """Leave out what follows the last chunk: nothing, or headers, and then an empty line."""
        stop = self._data.find(b"\r\n\r\n", end)
        if stop >= 0:
            del self._data[: stop + 4]
        return stop >= 0

    def _take(self, size: int) -> bytes:
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    def _whole(self, body: bytes) -> Response:
        wanted = self._headers.get("connection", "").lower()
        closes = wanted == "close" or (self._is_old and wanted != "keep-alive") or bool(self._data)
        return Response(self._status, self._headers, body, stays=not closes)


def _headers(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadAnswerError("A header has no colon")
        found[name.lower()] = value.strip()
    return found
