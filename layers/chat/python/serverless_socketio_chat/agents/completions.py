"""The events of a streamed chat completion, as pieces of text and ends. Pure.

Reference: platform.openai.com/docs/api-reference/chat-streaming. What it leaves open is taken from the servers that
speak it: `finish_reasons` has their words for an end; a finish reason may stand in every chunk, or in none before
``[DONE]``; contents may be lists of parts, roles missing, thinking beside the text; errors may come as an event or
inside a choice.

| state | what comes | becomes | what it means |
|---|---|---|---|
| open | text, thinking, nothing | open | it goes on |
| open | a finish reason, alone, behind text | ended | the end; the count of tokens comes within a second |
| open | a finish reason before text, or with it | ended | the end, unless more comes as long as a model may be silent |
| ended | text | early | this provider speaks of an end in the middle, so that only the stream's own end is one |
| ended | an error, garbage, a lost connection | closed | the end that was told: the answer was whole before that |
| open, early | an error, garbage, a lost connection | closed | a failure |
| any | ``[DONE]``, the last byte | closed | the end that was told; with ``[DONE]`` and nothing told, ``stop`` |
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.agents import finish_reasons, refusals
from serverless_socketio_chat.agents.model import End, ModelFailed, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_socketio_chat.agents.model import FinishOutcome, Prompt
    from serverless_socketio_chat.agents.sse import ServerSentEvent

LINGER_S = 1.0  # how long the count of tokens and ``[DONE]`` may take after the last piece
DONE = "[DONE]"
ROLES = {"user": "user", "agent": "assistant"}
TEXT_PARTS = ("text", "output_text")  # other parts of a list are thinking, or nothing to read


def body(prompt: Prompt, *, counted: bool) -> dict[str, Any]:
    """A request. `counted`: for the count of tokens, which not all servers know."""
    model = prompt.model
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    return {
        "model": model.name,
        "messages": [*system, *({"role": ROLES[line.role], "content": line.text} for line in prompt.lines)],
        "stream": True,
        **({"stream_options": {"include_usage": True}} if counted else {}),
        **({} if model.temperature is None else {"temperature": model.temperature}),
        **({} if model.max_tokens is None else {"max_tokens": model.max_tokens}),
    }


class CompletionStream:
    """One answer, event by event."""

    def __init__(self) -> None:
        self._outcome: FinishOutcome | None = None  # None: open
        self._is_early = False
        self._is_refused = False  # in the model's own words
        self._has_text = False
        self._usage: Usage | None = None
        self.is_done = False

    def read(self, event: ServerSentEvent) -> Iterator[str | End]:
        """The text of an event, and the end if it tells one. Raises ModelFailed."""
        data = event.data.strip()
        if data == DONE:
            self.is_done = True
            self._outcome = self._outcome or "stop"
        elif event.type == "error":
            raise ModelFailed(refusals.breakage(data), "an error event")
        elif data:
            yield from self._chunk(_parsed(data))

    def close(self, failure: ModelFailed | None = None) -> End:
        """The end, now that no more comes. Raises ModelFailed: `failure`, unless it came behind a whole answer."""
        if failure is not None and (self._outcome is None or self._is_early):
            raise failure
        if self._outcome is None:
            raise ModelFailed("broken", "the stream ended without an end")
        return self._end(self._outcome, more_within_s=0)

    def _chunk(self, chunk: Mapping[str, Any]) -> Iterator[str | End]:
        _raise_error_in(chunk)
        self._usage = _usage(chunk.get("usage")) or self._usage
        for choice in chunk.get("choices") or ():
            _raise_error_in(choice)
            text = self._text(choice["delta"] if "delta" in choice else choice.get("message"))
            yield text
            if reason := choice.get("finish_reason"):
                self._outcome = finish_reasons.worse(self._outcome, finish_reasons.outcome(reason))
                is_last = self._has_text and not text and not self._is_early
                yield self._end(self._outcome, more_within_s=LINGER_S if is_last else None)

    def _text(self, delta: Mapping[str, Any] | None) -> str:
        if not delta:
            return ""
        refusal = text_of(delta.get("refusal"))
        text = text_of(delta.get("content")) + refusal
        self._is_refused = self._is_refused or bool(refusal)
        self._is_early = self._is_early or (bool(text) and self._outcome is not None)
        self._has_text = self._has_text or bool(text)
        return text

    def _end(self, outcome: FinishOutcome, *, more_within_s: float | None) -> End:
        said = finish_reasons.worse(outcome, "rejected") if self._is_refused else outcome
        return End(said, self._usage, more_within_s)


def text_of(content: object) -> str:
    """The text of a content: a string, or parts, of which thinking is none."""
    if isinstance(content, list):
        return "".join(text_of(part) for part in content)
    if isinstance(content, dict):
        return text_of(content.get("text")) if content.get("type", "text") in TEXT_PARTS else ""
    return content if isinstance(content, str) else ""


def _parsed(data: str) -> dict[str, Any]:
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelFailed("broken", "no JSON") from error
    if not isinstance(chunk, dict) or not _is_list_of_objects(chunk.get("choices") or []):
        raise ModelFailed("broken", "no chat completion")
    return chunk


def _is_list_of_objects(choices: object) -> bool:
    return isinstance(choices, list) and all(
        isinstance(choice, dict) and all(isinstance(choice.get(name) or {}, dict) for name in ("delta", "message"))
        for choice in choices
    )


def _raise_error_in(said: Mapping[str, Any]) -> None:
    """Raises ModelFailed for a chunk or a choice with an error in it."""
    groq = said.get("x_groq")
    error = said.get("error") or (isinstance(groq, dict) and groq.get("error"))
    if error or said.get("object") == "error":
        raise ModelFailed(refusals.breakage(json.dumps(error or said)), "an error in the stream")


def _usage(told: object) -> Usage | None:
    """The count of tokens, if it is one."""
    if not isinstance(told, dict):
        return None
    counts = (told.get("prompt_tokens"), told.get("completion_tokens"))
    given, made = (count if isinstance(count, int) else 0 for count in counts)
    return Usage(given, made) if given or made else None
