"""Amazon Bedrock by ConverseStream, which speaks one language with all its models.

Reference: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. It needs
``bedrock:InvokeModelWithResponseStream`` on the model, and on the models behind an inference profile.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.agents import finish_reasons, refusals
from serverless_socketio_chat.agents.model import End, ModelFailed, Usage
from serverless_socketio_chat.retry_after import asked_for_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from botocore.exceptions import ClientError
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

    from serverless_socketio_chat.agents.model import Failure, Prompt

CONNECT_S, READ_S = 5, 300  # the relay's patience ends earlier and closes
ROLES = {"user": "user", "agent": "assistant"}
LINGER_S = 1.0  # how long the count of tokens may take after the end
FAILURES: Mapping[str, Failure] = {
    "throttlingexception": "busy",
    "modelnotreadyexception": "busy",
    "servicequotaexceededexception": "busy",
    "validationexception": "rejected",
    "accessdeniedexception": "refused",
    "resourcenotfoundexception": "refused",
    "unrecognizedclientexception": "refused",
}
"""Error codes in small letters: in the stream they begin with one, in a response with a capital. Others: down."""


class Bedrock:
    """Streams from Bedrock in the function's own region, by the function's own role."""

    def __init__(self, client: BedrockRuntimeClient | None = None) -> None:
        self._given = client

    def answer(self, prompt: Prompt, key: str | None) -> BedrockReading:  # noqa: ARG002 - of others
        """An answer that is asked for once it is read; a key is not needed."""
        return BedrockReading(self, prompt)

    @cached_property
    def client(self) -> BedrockRuntimeClient:
        """A client that tries once: the relay knows when it is worth to try again."""
        if self._given is not None:
            return self._given
        import boto3
        from botocore.config import Config

        config = Config(connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"total_max_attempts": 1})
        return boto3.client("bedrock-runtime", config=config)


class BedrockReading:
    """One answer."""

    def __init__(self, provider: Bedrock, prompt: Prompt) -> None:
        self._provider = provider
        self._prompt = prompt
        self._lock = Lock()
        self._stream: Any = None  # botocore's EventStream
        self._is_closed = False

    def __iter__(self) -> Iterator[str | End]:
        """Ask, and read what comes. Raises ModelFailed."""
        from botocore.eventstream import ParserError
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
        from urllib3.exceptions import HTTPError

        try:
            yield from self._read()
        except ClientError as error:  # EventStreamError is one
            raise _failure(error) from error
        except ParamValidationError as error:
            raise ModelFailed("refused", "the agent's settings") from error
        except (HTTPError, ParserError) as error:  # of the stream itself, which botocore hands on as it is
            raise ModelFailed("broken", type(error).__name__) from error
        except (BotoCoreError, OSError) as error:
            raise ModelFailed("down", type(error).__name__) from error

    def close(self) -> None:
        """End it; while Bedrock has not answered at all, as soon as it does."""
        with self._lock:
            self._is_closed = True
            if self._stream is not None:
                _wake(self._stream)

    def _read(self) -> Iterator[str | End]:
        stream = self._provider.client.converse_stream(**_request(self._prompt))["stream"]
        with self._lock:
            self._stream = stream
            if self._is_closed:
                stream.close()
                return
        try:
            yield from _pieces(stream)
        finally:
            stream.close()


def _pieces(stream: Iterable[Mapping[str, Any]]) -> Iterator[str | End]:
    """Text, and the end: at once, and again with the count of tokens, which comes after it.

    What fails behind the end fails no answer.
    """
    end: End | None = None
    try:
        for event in stream:
            if stop := event.get("messageStop"):
                end = End(finish_reasons.outcome(stop.get("stopReason")), more_within_s=LINGER_S)
                yield end
            elif (metadata := event.get("metadata")) and end is not None:
                usage = metadata.get("usage", {})
                end = replace(end, usage=Usage(usage.get("inputTokens", 0), usage.get("outputTokens", 0)))
            else:
                yield event.get("contentBlockDelta", {}).get("delta", {}).get("text") or ""  # or a sign of life
    except Exception:
        if end is None:
            raise
    if end is None:
        raise ModelFailed("broken", "the stream ended without an end")
    yield replace(end, more_within_s=0)


def _failure(error: ClientError) -> ModelFailed:
    """What an error of Bedrock's means: its code, and of a validation the words, which are for no log."""
    told = error.response.get("Error", {})
    code = str(told.get("Code", ""))
    kind = FAILURES.get(code.lower(), "down")
    if kind == "rejected":
        kind = refusals.refusal(400, str(told.get("Message", "")))
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return ModelFailed(kind, code, retry_after_s=asked_for_s(headers, time.time()))


def _request(prompt: Prompt) -> Any:
    model = prompt.model
    limits = {"temperature": model.temperature, "maxTokens": model.max_tokens}
    given = {name: value for name, value in limits.items() if value is not None}
    return {
        "modelId": model.name,
        "messages": [{"role": ROLES[line.role], "content": [{"text": line.text}]} for line in prompt.lines],
        **({"system": [{"text": prompt.system}]} if prompt.system else {}),
        **({"inferenceConfig": given} if given else {}),
    }


def _wake(stream: Any) -> None:
    """Shut the connection down under a thread that reads from it; that thread then closes the stream.

    Closing alone would wait for the read. urllib3 can do it from 2.3 on; before that the socket has to be asked.
    """
    raw = getattr(stream, "_raw_stream", None)
    with suppress(OSError, ValueError, AttributeError):
        if shutdown := getattr(raw, "shutdown", None):
            shutdown()
        else:
            raw.connection.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
