"""Any endpoint that streams chat completions as OpenAI does: OpenAI itself, vLLM, Ollama and many more.

This is the wire: one request, or a second one without what a server does not know. `completions` reads what comes.
"""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.agents import refusals
from serverless_socketio_chat.agents.completions import CompletionStream, body
from serverless_socketio_chat.agents.endpoints import completions_url
from serverless_socketio_chat.agents.model import ModelFailed
from serverless_socketio_chat.agents.sse import EventReader, EventTooLargeError
from serverless_socketio_chat.retry_after import asked_for_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    import httpx

    from serverless_socketio_chat.agents.model import End, Prompt

CONNECT_S = 5.0
READ_S = 300.0  # the relay's patience ends earlier and closes; this is for a close that went wrong
CONNECTED = {"connection.connect_tcp.complete", "connection.start_tls.complete"}  # of httpcore's trace
REFUSAL_BYTES_MAX = 65_536  # of the body of a refusal: the reason is at its beginning


class OpenAI:
    """Streams chat completions. Every answer has a connection of its own, so that closing one ends one answer."""

    def __init__(self) -> None:
        self._uncounted: set[tuple[str | None, str]] = set()  # models whose server refuses ``stream_options``

    def answer(self, prompt: Prompt, key: str | None) -> OpenAIReading:
        """An answer that is asked for once it is read."""
        return OpenAIReading(self, prompt, key)

    def counts(self, prompt: Prompt) -> bool:
        """Whether to ask for the count of tokens."""
        return (prompt.model.url, prompt.model.name) not in self._uncounted

    def note_uncounted(self, prompt: Prompt) -> None:
        """Remember, while this process is warm, that this model is answered without ``stream_options`` only."""
        self._uncounted.add((prompt.model.url, prompt.model.name))

    @cached_property
    def client(self) -> httpx.Client:
        """An HTTP client that follows no redirect and takes no settings from the environment."""
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

    def __iter__(self) -> Iterator[str | End]:
        """Ask, and read what comes. Raises ModelFailed."""
        stream, failure = CompletionStream(), None
        try:
            with self._failures(), ExitStack() as open_responses:
                response = self._ask(open_responses)
                self._has_begun = True
                yield from _read(stream, response.iter_bytes())
        except ModelFailed as failed:
            failure = failed
        yield stream.close(failure)

    def close(self) -> None:
        """Shut the connection down: closing alone would not wake a thread that reads from it."""
        with self._lock:
            self._is_closed = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _ask(self, open_responses: ExitStack) -> httpx.Response:
        """The answer of the server, which is 200: to what OpenAI takes, or else to the least that every server does."""
        counted = self._provider.counts(self._prompt)
        response = open_responses.enter_context(self._request(counted=counted))
        if response.status_code == 200:
            return response
        failure, words = _refusal(response)
        if not (counted and (response.status_code == 422 or "stream_options" in words)):
            raise failure
        response.close()
        response = open_responses.enter_context(self._request(counted=False))
        if response.status_code != 200:
            raise _refusal(response)[0]
        self._provider.note_uncounted(self._prompt)
        return response

    def _request(self, *, counted: bool) -> AbstractContextManager[httpx.Response]:
        model = self._prompt.model
        return self._provider.client.stream(
            "POST",
            completions_url(model.url, allow_http=model.allow_http),
            json=body(self._prompt, counted=counted),
            headers={
                "Accept-Encoding": "identity",
                **({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            },
            extensions={"trace": self._trace},
        )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What can go wrong on the wire, as ModelFailed."""
        import httpx

        try:
            yield
        except (httpx.HTTPError, OSError) as error:
            raise ModelFailed("broken" if self._has_begun else "down", type(error).__name__) from error
        except EventTooLargeError as error:
            raise ModelFailed("broken", "an event without an end") from error
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


def _read(stream: CompletionStream, received: Iterator[bytes]) -> Iterator[str | End]:
    """What the events say, until the last one; a comment, or a part of an event, is a sign of life."""
    reader = EventReader()
    for piece in received:
        events = reader.feed(piece)
        if not events:
            yield ""
        for event in events:
            yield from stream.read(event)
            if stream.is_done:
                return


def _refusal(response: httpx.Response) -> tuple[ModelFailed, str]:
    """What a response other than 200 means, and the words that it says so in, which are for no log."""
    words = _beginning(response).decode("utf-8", "replace")
    status = response.status_code
    kind = refusals.refusal(status, words)
    after_s = asked_for_s(response.headers, time.time())
    return ModelFailed(kind, f"HTTP {status}", retry_after_s=after_s), words


def _beginning(response: httpx.Response) -> bytes:
    """As much of a body as comes and is worth to be read."""
    import httpx

    said = b""
    with suppress(httpx.HTTPError):
        for piece in response.iter_bytes():
            said += piece
            if len(said) >= REFUSAL_BYTES_MAX:
                break
    return said[:REFUSAL_BYTES_MAX]
