"""Any endpoint that streams chat completions as OpenAI does: OpenAI itself, vLLM, Ollama and many more.

Reference: platform.openai.com/docs/api-reference/chat-streaming. What it leaves open is taken from those servers: a
stream may end without ``[DONE]``, errors may come as an event, and a thinking model sends deltas without content.
"""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager, suppress
from functools import cached_property
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from chat.agents.endpoints import completions_url
from chat.agents.sse import Events, EventTooLargeError
from chat.live import End, ModelFailed, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from chat.live import Failure, Prompt

CONNECT_S = 5.0
READ_S = 300.0  # the relay's patience ends earlier and closes; this is for a close that went wrong
LINGER_S = 1.0  # how long the count of tokens and ``[DONE]`` may take after the last piece
ROLES = {"user": "user", "agent": "assistant"}
CONNECTED = {"connection.connect_tcp.complete", "connection.start_tls.complete"}  # of httpcore's trace
STATUSES: Mapping[int, Failure] = {400: "rejected", 408: "down", 413: "rejected", 422: "rejected", 429: "busy"}


class OpenAI:
    """Streams chat completions. Every answer has a connection of its own, so that closing one ends one answer."""

    def answer(self, prompt: Prompt, key: str | None) -> OpenAIReading:
        """An answer that is asked for once it is read."""
        return OpenAIReading(self, prompt, key)

    @cached_property
    def client(self) -> httpx.Client:
        """An HTTP client that follows nobody and takes no settings from the environment."""
        import httpx

        return httpx.Client(
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )


class OpenAIReading:
    """One answer."""

    def __init__(self, provider: OpenAI, prompt: Prompt, key: str | None) -> None:
        self._provider = provider
        self._prompt = prompt
        self._key = key
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._is_closed = False
        self._has_begun = False
        self._end: End | None = None

    def __iter__(self) -> Iterator[str | End]:
        """Ask, and read what comes. Raises ModelFailed."""
        with self._failures():
            model = self._prompt.model
            request = self._provider.client.stream(
                "POST",
                completions_url(model.url, allow_http=model.allow_http),
                json=_body(self._prompt),
                headers={
                    "Accept-Encoding": "identity",
                    **({"Authorization": f"Bearer {self._key}"} if self._key else {}),
                },
                extensions={"trace": self._trace},
            )
            with request as response:
                _check(response)
                self._has_begun = True
                yield from self._pieces(response.iter_bytes())
        if self._end is None:
            raise ModelFailed("broken", "the stream ended without an end")
        yield self._end

    def close(self) -> None:
        """Shut the connection down: closing alone would not wake a thread that reads from it."""
        with self._lock:
            self._is_closed = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What can go wrong on the wire, as ModelFailed; nothing any more once all text has come."""
        import httpx

        try:
            yield
        except (httpx.HTTPError, OSError) as error:
            if self._end is None:
                raise ModelFailed("broken" if self._has_begun else "down", type(error).__name__) from error
        except EventTooLargeError as error:
            raise ModelFailed("broken", "an event without an end") from error
        except (json.JSONDecodeError, TypeError, AttributeError, RecursionError) as error:
            raise ModelFailed("broken", "no chat completion") from error
        except (ValueError, httpx.InvalidURL) as error:
            raise ModelFailed("refused", "the endpoint's URL, or the key") from error

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take hold of the socket as soon as there is one: headers may be as slow as the first token."""
        if event not in CONNECTED:
            return
        connection = info["return_value"]
        with self._lock:
            self._socket = connection.get_extra_info("socket")
            if self._is_closed:
                connection.close()
                raise ConnectionAbortedError

    def _pieces(self, received: Iterator[bytes]) -> Iterator[str]:
        linger = Timer(LINGER_S, self.close)
        linger.daemon = True
        try:
            for data in _events(received):
                if data == "[DONE]":
                    self._end = self._end or End("stop")
                    return
                yield from self._piece(_parsed(data))
                if self._end is not None and not linger.ident:
                    linger.start()
        finally:
            linger.cancel()

    def _piece(self, chunk: Mapping[str, Any]) -> Iterator[str]:
        """The text of one chunk; notes a finish, and the count of tokens, which comes after it."""
        if chunk.get("error") or chunk.get("object") == "error":
            raise ModelFailed("down", "an error in the stream")
        for choice in chunk.get("choices") or ():
            yield (choice.get("delta") or {}).get("content") or ""
            if choice.get("finish_reason"):
                self._end = _end(choice["finish_reason"])
        if (usage := chunk.get("usage")) and self._end is not None:
            used = Usage(usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)
            self._end = End(self._end.reason, used)


def _events(received: Iterator[bytes]) -> Iterator[str]:
    events = Events()
    for chunk in received:
        yield from events.feed(chunk)
    yield from events.end()


def _body(prompt: Prompt) -> dict[str, Any]:
    model = prompt.model
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    return {
        "model": model.name,
        "messages": [*system, *({"role": ROLES[line.role], "content": line.text} for line in prompt.lines)],
        "stream": True,
        "stream_options": {"include_usage": True},
        **({} if model.temperature is None else {"temperature": model.temperature}),
        **({} if model.max_tokens is None else {"max_tokens": model.max_tokens}),
    }


def _check(response: httpx.Response) -> None:
    """Raises ModelFailed for any status but 200; the body is not read, since it may repeat the prompt or the key."""
    status = response.status_code
    if status == 200:
        return
    kind = STATUSES.get(status) or ("down" if status >= 500 else "refused")
    raise ModelFailed(kind, f"HTTP {status}", retry_after_s=_seconds(response.headers.get("retry-after")))


def _seconds(header: str | None) -> float | None:
    """``Retry-After`` in seconds; as a date it is not worth the reading."""
    return float(header) if header is not None and header.strip().isdecimal() else None


def _parsed(data: str) -> dict[str, Any]:
    chunk = json.loads(data)
    if not isinstance(chunk, dict):
        raise TypeError
    return chunk


def _end(finish_reason: str) -> End:
    if finish_reason == "content_filter":
        raise ModelFailed("rejected", finish_reason)
    return End("length" if finish_reason == "length" else "stop")
