"""Bedrock's ConverseStream: botocore itself against a server that sends event streams as AWS documents them."""

from __future__ import annotations

import json
import struct
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from zlib import crc32

import boto3
import pytest
from botocore.config import Config

from serverless_socketio_chat.agents.bedrock import Bedrock
from serverless_socketio_chat.agents.model import End, Line, Model, ModelFailed, Prompt, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from serverless_socketio_chat.agents.bedrock import BedrockReading

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(30)]

PROMPT = Prompt(
    Model("anthropic.some-model", temperature=0.5, max_tokens=99),
    "Be kind.",
    [Line("user", "hi"), Line("agent", "hello")],
)
PATIENCE_S = 5.0
START: dict[str, Any] = {"messageStart": {"role": "assistant"}}
STOP: dict[str, Any] = {"messageStop": {"stopReason": "end_turn"}}
COST: dict[str, Any] = {
    "metadata": {"usage": {"inputTokens": 12, "outputTokens": 34, "totalTokens": 46}, "metrics": {"latencyMs": 5}}
}


def says(text: str) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}}


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """One message of ``application/vnd.amazon.eventstream``."""
    encoded = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(encoded) + len(payload), len(encoded))
    checked = prelude + struct.pack("!I", crc32(prelude)) + encoded + payload
    return checked + struct.pack("!I", crc32(checked))


def encoded(event: dict[str, Any]) -> bytes:
    ((name, body),) = event.items()
    kind = ("exception", ":exception-type") if name.endswith("Exception") else ("event", ":event-type")
    headers = {":message-type": kind[0], kind[1]: name, ":content-type": "application/json"}
    return message(headers, json.dumps(body).encode())


class Server(BaseHTTPRequestHandler):
    """Answers every request with `events`: a dict to send, a number of seconds to wait, bytes as they are."""

    protocol_version = "HTTP/1.1"
    events: Sequence[dict[str, Any] | float | bytes] = ()
    status, code, words = 200, "", "no"
    headers_of_refusal: dict[str, str] = {}  # noqa: RUF012 - never changed
    asked: list[tuple[str, dict[str, Any]]]
    hung_up: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        self.close_connection = True
        try:
            self._answer()
        except OSError:
            self.hung_up.set()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self) -> None:
        if self.status != 200:
            self._send(
                json.dumps({"message": self.words}).encode(),
                {"x-amzn-ErrorType": self.code, **self.headers_of_refusal},
            )
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in self.events:
            if isinstance(event, float):
                self._wait(event)
            else:
                self._chunk(event if isinstance(event, bytes) else encoded(event))
        self._chunk(b"")

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.connection.settimeout(0.02)
            try:
                if not self.connection.recv(1):
                    raise ConnectionResetError
            except TimeoutError:
                continue

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _send(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(self.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def answering(
    *events: dict[str, Any] | float | bytes,
    status: int = 200,
    code: str = "",
    words: str = "no",
    headers: dict[str, str] | None = None,
    prompt: Prompt = PROMPT,
) -> Iterator[tuple[BedrockReading, type[Server]]]:
    """A question to a Bedrock that answers so."""

    class Handler(Server):
        asked: list[tuple[str, dict[str, Any]]] = []  # noqa: RUF012 - one for each server
        hung_up = threading.Event()

    Handler.events, Handler.status, Handler.code = events, status, code
    Handler.words, Handler.headers_of_refusal = words, headers or {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    try:
        yield Bedrock(client).answer(prompt, None), Handler
    finally:
        client.close()
        server.shutdown()
        server.server_close()
        thread.join()


def said(reading: BedrockReading) -> tuple[str, End]:
    """All text, and the last end."""
    came = list(reading)
    (end,) = (each for each in came if isinstance(each, End) and each.more_within_s == 0)
    return "".join(each for each in came if isinstance(each, str)), end


def test_an_answer_comes_in_pieces_and_ends_with_what_it_cost() -> None:
    stop = {"contentBlockStop": {"contentBlockIndex": 0}}
    with answering(START, says("Hello "), says("there"), stop, STOP, COST) as (reading, _):
        assert said(reading) == ("Hello there", End("stop", Usage(12, 34)))


def test_what_is_sent_is_a_conversation() -> None:
    with answering(START, STOP) as (reading, server):
        assert said(reading) == ("", End("stop"))
    ((path, body),) = server.asked
    assert path == "/model/anthropic.some-model/converse-stream"
    assert body == {
        "messages": [
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [{"text": "hello"}]},
        ],
        "system": [{"text": "Be kind."}],
        "inferenceConfig": {"temperature": 0.5, "maxTokens": 99},
    }


def test_without_settings_nothing_of_them_is_sent() -> None:
    with answering(START, STOP, prompt=Prompt(Model("m"), "", [Line("user", "hi")])) as (reading, server):
        list(reading)
    assert server.asked[0][1].keys() == {"messages"}


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("guardrail_intervened", "rejected"),
        ("content_filtered", "rejected"),
        ("malformed_model_output", "broken"),
        ("malformed_tool_use", "broken"),
        ("tool_use", "unanswered"),
        ("a reason of tomorrow", "unanswered"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
    ],
)
def test_a_model_stops_for_a_reason(reason: str, end: str) -> None:
    with answering(START, says("x"), {"messageStop": {"stopReason": reason}}) as (reading, _):
        assert said(reading) == ("x", End(end))  # type: ignore[arg-type]


def test_thinking_is_a_sign_of_life() -> None:
    thought = {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "hm"}}, "contentBlockIndex": 0}}
    with answering(START, thought, says("x"), STOP) as (reading, _):
        assert list(reading)[1:3] == ["", "x"]


def test_the_end_is_told_at_once_and_again_with_its_cost() -> None:
    with answering(START, says("x"), STOP, COST) as (reading, _):
        ends = [came for came in reading if isinstance(came, End)]
    assert ends == [End("stop", more_within_s=1.0), End("stop", Usage(12, 34))]


def test_what_fails_behind_the_end_costs_no_answer() -> None:
    failing: list[dict[str, Any] | bytes] = [
        {"internalServerException": {"message": "no"}},
        b"this is no event stream, not at all",
    ]
    for late in failing:
        with answering(START, says("x"), STOP, late) as (reading, _):
            assert said(reading) == ("x", End("stop"))


@pytest.mark.parametrize(
    "words",
    [
        "Input is too long for requested model.",
        "The model returned the following errors: prompt is too long: 200049 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 1 + 2 > 3",
        "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
        "This model's maximum context length is 32768 tokens. Please reduce the length of the prompt",
    ],
)
def test_a_context_that_is_too_long_is_told_from_other_refusals(words: str) -> None:
    refused = answering(status=400, code="ValidationException", words=words)
    with refused as (reading, _), pytest.raises(ModelFailed) as failed:
        list(reading)
    assert (failed.value.kind, str(failed.value)) == ("too_long", "too_long: ValidationException")
    broken = answering(START, {"validationException": {"message": words}})
    with broken as (reading, _), pytest.raises(ModelFailed, match="too_long"):
        list(reading)


def test_a_busy_bedrock_says_when_to_come_back() -> None:
    busy = answering(status=429, code="ThrottlingException", headers={"Retry-After": "7"})
    with busy as (reading, _), pytest.raises(ModelFailed) as failed:
        list(reading)
    assert failed.value.retry_after_s == 7


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([START, says("x")], "broken"),
        ([START, {"modelStreamErrorException": {"message": "no"}}], "down"),
        ([START, {"internalServerException": {"message": "no"}}], "down"),
        ([START, {"serviceUnavailableException": {"message": "no"}}], "down"),
        ([START, {"throttlingException": {"message": "no"}}], "busy"),
        ([START, {"validationException": {"message": "no"}}], "rejected"),
        ([START, b"this is no event stream, not at all"], "broken"),
    ],
)
def test_each_fault_of_a_stream_has_its_name(events: list[dict[str, Any] | bytes], kind: str) -> None:
    with answering(*events) as (reading, _), pytest.raises(ModelFailed) as failed:
        list(reading)
    assert failed.value.kind == kind


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "ThrottlingException", "busy"),
        (429, "ModelNotReadyException", "busy"),
        (500, "InternalServerException", "down"),
        (503, "ServiceUnavailableException", "down"),
        (408, "ModelTimeoutException", "down"),
        (424, "ModelErrorException", "down"),
        (400, "ValidationException", "rejected"),
        (403, "AccessDeniedException", "refused"),
        (404, "ResourceNotFoundException", "refused"),
    ],
)
def test_each_refusal_has_its_name_and_is_not_tried_again_here(status: int, code: str, kind: str) -> None:
    with answering(status=status, code=code) as (reading, server), pytest.raises(ModelFailed) as failed:
        list(reading)
    assert (failed.value.kind, failed.value.detail) == (kind, code)
    assert len(server.asked) == 1


def test_settings_that_cannot_be_sent_are_a_failure() -> None:
    with answering(prompt=Prompt(Model("m", max_tokens=0), "", [Line("user", "hi")])) as (reading, server):
        with pytest.raises(ModelFailed, match="refused"):
            list(reading)
        assert server.asked == []


def test_closing_wakes_the_reader_and_ends_the_connection_at_once() -> None:
    with answering(START, says("x"), 20.0) as (reading, server):
        pieces = iter(reading)
        assert [next(pieces), next(pieces)] == ["", "x"]
        threading.Timer(0.2, reading.close).start()
        began = time.monotonic()
        with pytest.raises(ModelFailed):
            next(pieces)
        assert time.monotonic() - began < 2
        assert server.hung_up.wait(2)


def test_closing_before_bedrock_has_answered_reads_nothing() -> None:
    with answering(START, says("x"), STOP) as (reading, _):
        reading.close()
        assert list(reading) == []
