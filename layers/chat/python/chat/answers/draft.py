"""What came from a model and was not said yet: without its last line, and no more than an answer may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.agents.base import REPLY_MAX
from chat.answers.moods import MoodLine
from chat.pacing import REPLY_JSON_BYTES_MAX, fit, json_bytes

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
        """Whether anything waits."""
        return bool(self._waiting)

    def add(self, text: str) -> bool:
        """Take in what came; whether there was room for all of it."""
        return self._keep(text if self._mood_line is None else self._mood_line.show(text))

    def finish(self, sorry: str = "") -> None:
        """Take in that no more comes; `sorry` is to be read if nothing else is."""
        if self._mood_line is not None:
            rest, self.mood = self._mood_line.end()
            self._keep(rest)
        if self.is_blank:
            self._keep(sorry)

    def take(self) -> str:
        """What waits, to be said now."""
        taken, self._waiting = self._waiting, ""
        return taken

    def _keep(self, text: str) -> bool:
        fitting = fit(text, points=self._points, bytes_max=self._bytes)
        self._points -= len(fitting)
        self._bytes -= json_bytes(fitting) - len('""')
        self._waiting += fitting
        self.is_blank = self.is_blank and not fitting.strip()
        return len(fitting) == len(text)
