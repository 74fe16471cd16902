"""What came from a model and was not said yet: without its last line, and no more than an answer may hold.

Nothing is said before there is something to read. White space that comes first waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

from serverless_socketio_chat.agents.model import REPLY_MAX
from serverless_socketio_chat.answers.chunks import REPLY_JSON_BYTES_MAX, fit, json_bytes
from serverless_socketio_chat.answers.live.moods import MoodLine

if TYPE_CHECKING:
    from collections.abc import Mapping


class Draft:
    """Text that waits for its window. `feels`: a last line with a mood is looked for."""

    def __init__(self, *, feels: bool) -> None:
        self._mood_line = MoodLine() if feels else None
        self._points, self._bytes = REPLY_MAX, REPLY_JSON_BYTES_MAX  # left of the longest answer
        self._waiting = ""
        self.mood: Mapping[str, float] = {}
        self.is_blank = True  # nothing to read has come

    def __bool__(self) -> bool:
        """Whether anything waits that may be said."""
        return bool(self._waiting) and not self.is_blank

    def add(self, text: str) -> bool:
        """Take in what came; whether there was room for all of it."""
        return self._keep(text if self._mood_line is None else self._mood_line.show(text))

    def finish(self) -> None:
        """Take in that no more comes."""
        if self._mood_line is not None:
            rest, self.mood = self._mood_line.end()
            self._keep(rest)

    def say_instead(self, sentence: str) -> None:
        """Let this be the answer, in which there is nothing to read."""
        self._waiting, self.is_blank = sentence, False

    def take(self) -> str:
        """What waits, to be said now."""
        taken, self._waiting = self._waiting, ""
        return taken

    def _keep(self, text: str) -> bool:
        fitting = fit(text, points=self._points, bytes_max=self._bytes)
        self._points -= len(fitting)
        self._bytes -= json_bytes(fitting) - len('""')
        self._waiting += fitting
        self.is_blank = self.is_blank and not is_readable(fitting)
        return len(fitting) == len(text)


def is_readable(text: str) -> bool:
    """Whether there is anything to read in a text."""
    return any(map(_is_visible, text))


def _is_visible(character: str) -> bool:
    """Whether there is something to see of it: no space, no control, nothing of no width."""
    return category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
