"""Agents of one's own: functions of a `Turn`, installed beside the chat and asked where a model would be.

| what a function does | becomes |
|---|---|
| returns a text or a `Reply` | a stored answer, paced |
| yields a text | a piece of a live answer; an empty one is a sign of life |
| yields a mapping | the mood; the last one holds |
| comes to its end | the end, ``stop`` |
| raises `ModelFailed` | that failure, as a model's: ``busy`` and ``down`` are tried again before the first word |
| raises anything else; returns or yields anything else | the failure ``broken`` |
| is not allowed; cannot be imported | the failure ``refused`` |

Which function answers is said by a row of a table, so only those are imported that the deployment allows: by the
setting `agent_functions`, or by an entry point of an installed package.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeAlias

from serverless_socketio_chat.agents.model import REPLY_MAX, End, ModelFailed, Reply
from serverless_socketio_chat.agents.relations import shifts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from serverless_socketio_chat.agents.model import Turn

    AgentFunction: TypeAlias = Callable[[Turn], str | Reply | Iterator[str | Mapping[str, float]]]

GROUP = "serverless_socketio.agents"
"""Entry points of this group allow their functions: ``greeter = "greeter:greet"``."""


class Functions:
    """The functions that may answer. `allowed`: beside those with an entry point, as ``package.module:function``."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = allowed

    def answer(self, name: str, turn: Turn) -> FunctionReading:
        """An answer of a function, which is found and called once it is read."""
        return FunctionReading(lambda: self.find(name), turn)

    def find(self, name: str) -> AgentFunction:
        """The function of a name. Raises ModelFailed."""
        if name not in self._allowed and name not in self._installed:
            raise ModelFailed("refused", f"{name} is in neither agent_functions nor an entry point of {GROUP}")
        try:
            found: AgentFunction = resolve_name(name)
        except Exception as error:
            raise ModelFailed("refused", f"{name} cannot be imported: {_what(error)}") from error
        return found

    @cached_property
    def _installed(self) -> frozenset[str]:
        return frozenset(point.value for point in entry_points(group=GROUP))


class FunctionReading:
    """One answer: `agents.ports.Reading`."""

    def __init__(self, find: Callable[[], AgentFunction], turn: Turn) -> None:
        self._find = find
        self._turn = turn
        self._is_closed = False

    def __iter__(self) -> Iterator[str | Reply | End]:
        """Call the function, and read what comes. Raises ModelFailed."""
        try:
            yield from self._read(self._find()(self._turn))
        except (GeneratorExit, ModelFailed):
            raise
        except BaseException as error:  # also SystemExit: it would end the thread without a word
            raise ModelFailed("broken", _what(error)) from error

    def close(self) -> None:
        """Want no more: a function that yields is closed at its next word, and one that returns is not waited for."""
        self._is_closed = True

    def _read(self, answer: object) -> Iterator[str | Reply | End]:
        if isinstance(answer, str):
            yield _reply(answer, {})
        elif isinstance(answer, Reply):
            yield _reply(answer.text, answer.mood)
        elif isinstance(answer, Iterator):
            yield from self._pieces(answer)
        else:
            raise ModelFailed("broken", f"it returned {_kind(answer)}")

    def _pieces(self, values: Iterator[object]) -> Iterator[str | End]:
        """Text, and the end with the mood; no more text than an answer has room for."""
        mood: Mapping[str, float] = {}
        left = REPLY_MAX
        try:
            for value in values:
                if self._is_closed:
                    return
                if isinstance(value, Mapping):
                    mood = shifts(value)
                    continue
                if not isinstance(value, str):
                    raise ModelFailed("broken", f"it yielded {_kind(value)}")
                yield value
                left -= len(value)
                if left < 0:
                    break
        finally:
            _close(values)
        yield End("length" if left < 0 else "stop", mood=mood)


def _reply(text: object, mood: object) -> Reply:
    if not isinstance(text, str) or not isinstance(mood, Mapping):
        raise ModelFailed("broken", f"it replied with {_kind(text)} and {_kind(mood)}")
    return Reply(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"), shifts(mood))


def _close(values: Any) -> None:
    """Let a generator's ``finally`` and ``with`` end what it holds, such as a model's connection."""
    if hasattr(values, "close"):
        values.close()


def _kind(value: object) -> str:
    return type(value).__name__


def _what(error: BaseException) -> str:
    """An error for the log, without its message, which may hold what a user has written: its name and its place."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    return f"{_kind(error)} in {Path(frame.filename).name}, line {frame.lineno}"
