"""The last line in which a model tells how it feels: asked for, cut off, never shown.

A model that is asked to ends its answer with a line such as ``@@mood {"joy": 0.1}``. It may forget to, write
nonsense, or send the line in the smallest pieces; none of that reaches the reader.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.relations import REST, shifts

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "@@mood"
AFTER_A_LINE = re.compile(rf"\n[ \t]*{MARK}")
ON_ITS_LINE = re.compile(rf"(?:\A|\n)[ \t]*{MARK}")
TAIL_CHARS_MAX = 1_000  # what follows the mark; more than that is not a mood

REQUEST = (
    f"End every answer with one more line: {MARK} and a JSON object with the shift of each of your emotions that this "
    f"turn causes, from -1 to 1, none for no shift. Your emotions: {', '.join(REST)}. "
    f'Example: {MARK} {{"joy": 0.1, "trust": -0.2}}. Readers do not see that line; never mention it.'
)
"""What a model is told."""


class MoodLine:
    """Parts an answer that comes in pieces from its last line."""

    def __init__(self) -> None:
        self._held = ""  # may turn out to be the mark: the end of what came, from the last line break on
        self._is_inside_line = False  # of what was shown
        self._tail: str | None = None  # what follows the mark

    def show(self, piece: str) -> str:
        """What of the answer may be shown by now."""
        if self._tail is not None:
            self._tail = (self._tail + piece)[:TAIL_CHARS_MAX]
            return ""
        text = self._held + piece
        if mark := (AFTER_A_LINE if self._is_inside_line else ON_ITS_LINE).search(text):
            self._held, self._tail = "", text[mark.end() :][:TAIL_CHARS_MAX]
            return text[: mark.start()].rstrip()
        shown = text[: self._certain(text)]
        self._held = text[len(shown) :]
        if shown:
            self._is_inside_line = not shown.endswith("\n")
        return shown

    def end(self) -> tuple[str, Mapping[str, float]]:
        """The rest of the answer, and the mood: empty if there was none, or none that can be read."""
        held, self._held = self._held, ""
        return held, {} if self._tail is None else _mood(self._tail)

    def _certain(self, text: str) -> int:
        """How much of the text is certainly not the mark, nor the line break before it."""
        break_at = text.rfind("\n")
        if break_at < 0 and self._is_inside_line:
            return len(text)
        last = text[break_at + 1 :].lstrip(" \t")
        return len(text[: break_at + 1].rstrip()) if MARK.startswith(last) else len(text)


def _mood(tail: str) -> dict[str, float]:
    """The shifts of the emotions that there are, -1…1."""
    line = tail.strip().partition("\n")[0].strip("` ")
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return shifts(told) if isinstance(told, dict) else {}
