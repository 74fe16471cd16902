"""Asks models and functions in threads, so that a caller waits only as long as it wants: `agents.ports.Models`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeAlias

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.functions import Functions
from serverless_socketio_chat.agents.model import End, ModelFailed, Reply, Turn
from serverless_socketio_chat.agents.thinking import ThinkingFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_socketio_chat.agents.model import Prompt
    from serverless_socketio_chat.agents.ports import Reading

Came: TypeAlias = str | Reply | End | ModelFailed

PIECES_MAX = 1_000  # that are taken at once: one that never stops cannot hold up its reader


@dataclass(frozen=True, slots=True)
class ThreadedModels:
    """`secret` reads a secret by its name; it may block, and raises LookupError if it cannot."""

    secret: Callable[[str], str]
    functions: Functions = field(default_factory=Functions)

    def ask(self, provider: str, question: Prompt | Turn) -> ThreadedCall:
        """Begin to ask; returns at once."""
        return ThreadedCall(lambda: self._answer(provider, question))

    def _answer(self, provider: str, question: Prompt | Turn) -> Reading:
        if isinstance(question, Turn):
            return self.functions.answer(provider, question)
        name = question.model.secret
        return agents.provider(provider).answer(question, self._read_secret(name) if name else None)

    def _read_secret(self, name: str) -> str:
        try:
            return self.secret(name)
        except LookupError as error:
            raise ModelFailed("refused", "its secret cannot be read") from error


class ThreadedCall:
    """One question, read by a thread of its own until its end, or until it is closed."""

    def __init__(self, answer: Callable[[], Reading]) -> None:
        self._answer = answer
        self._came: SimpleQueue[Came] = SimpleQueue()
        self._next: Reply | End | ModelFailed | None = None  # came behind the text that was taken last
        self._half = ""  # of a character that came in two
        self._lock = Lock()
        self._reading: Reading | None = None
        self._is_closed = False
        Thread(target=self._read, daemon=True, name="model").start()

    def receive(self, within_s: float) -> str | Reply | End | None:
        """All text that has come, a whole answer, or an end; None if nothing came in time. Raises ModelFailed."""
        came: Came | None = self._next
        self._next = None
        if came is None:
            with suppress(Empty):
                came = self._came.get(timeout=max(0.0, within_s))
        if isinstance(came, ModelFailed):
            raise came
        return self._whole(came + self._more()) if isinstance(came, str) else came

    def close(self) -> None:
        """Want no more of it: the connection ends at once."""
        with self._lock:
            self._is_closed = True
            reading = self._reading
        if reading is not None:
            reading.close()

    def _more(self) -> str:
        """The text that is there besides."""
        pieces: list[str] = []
        while not self._came.empty() and len(pieces) < PIECES_MAX:
            came = self._came.get()
            if not isinstance(came, str):
                self._next = came
                break
            pieces.append(came)
        return "".join(pieces)

    def _whole(self, text: str) -> str:
        """The text without a half character at its end, which is kept for the next, and with no lone half within."""
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text.removesuffix(self._half)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _read(self) -> None:
        try:
            reading = self._answer()
            with self._lock:
                self._reading = reading
                is_closed = self._is_closed
            if not is_closed:
                self._read_answer(reading)
        except ModelFailed as failure:
            self._came.put(failure)
        except Exception as error:  # a defect; its message may hold the prompt, so its name has to do
            self._came.put(ModelFailed("down", type(error).__name__))

    def _read_answer(self, reading: Reading) -> None:
        """Hand on what comes; of thinking, that it comes."""
        thinking = ThinkingFilter()
        try:
            for came in reading:
                if isinstance(came, str):
                    self._came.put(thinking.answer(came))
                    continue
                if isinstance(came, End) and came.more_within_s == 0:
                    self._put_text(thinking.end())
                self._came.put(came)
        except ModelFailed:
            self._put_text(thinking.end())
            raise

    def _put_text(self, text: str) -> None:
        if text:
            self._came.put(text)
