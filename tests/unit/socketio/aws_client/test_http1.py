"""Answers of HTTP/1.1: whole, in pieces of any size, and what is not an answer. The standard library is the judge."""

from __future__ import annotations

import http.client
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.client.http1 import HEAD_BYTES_MAX, AnswerReader, BadAnswerError, Response, request_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

BODIES = st.binary(max_size=200)
STATUSES = st.sampled_from([200, 202, 204, 400, 410, 429, 500, 503])


def read(pieces: Iterable[bytes], *, then_closed: bool = False) -> Response | None:
    """The answer in pieces; None if it is not whole."""
    reader = AnswerReader()
    for piece in pieces:
        if answer := reader.feed(piece):
            return answer
    return reader.closed() if then_closed else None


def sized(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Some Phrase", "X-Amzn-RequestId: R1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(status: int, body: bytes, size: int = 7, *trailers: str) -> bytes:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    head = f"HTTP/1.1 {status} OK\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    text = b"".join(b"%X;ext=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head + text + "\r\n".join(["0", *trailers, "", ""]).encode()


def judged(wire: bytes) -> tuple[int, bytes]:
    class Socket:
        def makefile(self, *_: Any) -> io.BytesIO:
            return io.BytesIO(wire)

    answer = http.client.HTTPResponse(Socket(), method="POST")  # type: ignore[arg-type]
    answer.begin()
    return answer.status, answer.read()


@given(STATUSES, BODIES, st.booleans(), st.integers(1, 40))
def test_an_answer_is_the_same_in_pieces_of_any_size(status: int, body: bytes, in_chunks: bool, step: int) -> None:
    if status == 204:
        body, in_chunks = b"", False
    wire = chunked(status, body) if in_chunks else sized(status, body)
    answer = read(wire[start : start + step] for start in range(0, len(wire), step))
    assert answer is not None
    assert (answer.status, answer.body) == judged(wire) == (status, body)
    assert answer.stays


@given(STATUSES.filter(lambda status: status != 204), BODIES.filter(len), st.booleans(), st.data())
def test_half_an_answer_is_none(status: int, body: bytes, in_chunks: bool, data: st.DataObject) -> None:
    wire = chunked(status, body) if in_chunks else sized(status, body)
    half = wire[: data.draw(st.integers(0, len(wire) - 1))]
    assert read([half]) is None
    with pytest.raises(BadAnswerError):
        read([half], then_closed=True)


@given(st.binary(max_size=300))
def test_whatever_comes_is_an_answer_or_a_bad_one(wire: bytes) -> None:
    for head in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        try:
            read([head + wire], then_closed=True)
        except BadAnswerError:
            continue


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    answer = read([b"HTTP/1.1 200 OK\r\n\r\n", b"all ", b"of it"], then_closed=True)
    assert answer == Response(200, {}, b"all of it", stays=False)


def test_what_comes_before_an_answer_is_left_out() -> None:
    wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + sized(200, b"x")
    answer = read([wire])
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"x")


@pytest.mark.parametrize(
    ("wire", "stays"),
    [
        (sized(200, b"x"), True),
        (sized(200, b"x", "Connection: close"), False),
        (sized(200, b"x", "Connection: keep-alive"), True),
        (sized(200, b"x").replace(b"1.1", b"1.0"), False),
        (sized(200, b"x", "Connection: Keep-Alive").replace(b"1.1", b"1.0"), True),
        (sized(200, b"x") + b"more than was asked for", False),
        (chunked(200, b"x", 7, "X-Trailer: y"), True),
    ],
)
def test_whether_a_connection_stays(wire: bytes, stays: bool) -> None:
    answer = read([wire])
    assert answer is not None
    assert answer.stays is stays


def test_names_of_headers_are_in_lower_case_and_values_bare() -> None:
    answer = read([b"HTTP/1.1 204 No Content\r\nX-Amzn-ErrorType:  Gone:x \r\n\r\n"])
    assert answer is not None
    assert answer.headers == {"x-amzn-errortype": "Gone:x"}


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"x" * (HEAD_BYTES_MAX + 1),
    ],
)
def test_what_is_no_answer_is_refused(wire: bytes) -> None:
    with pytest.raises(BadAnswerError):
        read([wire])


def test_a_request_has_its_length() -> None:
    wire = request_bytes("POST", "/a%20b", {"host": "h", "x-amz-target": "T"}, "é".encode())
    assert wire == b"POST /a%20b HTTP/1.1\r\nhost: h\r\nx-amz-target: T\r\ncontent-length: 2\r\n\r\n\xc3\xa9"
