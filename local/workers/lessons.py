"""What workers have learned, kept for the zygotes of the next version of a function and of the next run.

A function's workers import most of what they need at their first calls. A zygote that knows that from before has it
from the beginning. What it knows may be out of date: then it is left out, or the zygote does without.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from local.home import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

News = dict[str, list[str]]
"""Names of modules."""


class Lessons:
    """The lessons of every function, by its key."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, News] = _read(file)

    def of(self, key: str) -> News:
        """Return what a function's workers have learned so far."""
        with self._lock:
            return {kind: list(names) for kind, names in self._known.get(key, {}).items()}

    def add(self, key: str, news: Mapping[str, list[str]]) -> News:
        """Keep what is new in `news`, and return it."""
        with self._lock:
            known = self._known.setdefault(key, {})
            fresh = {kind: [name for name in names if name not in known.get(kind, [])] for kind, names in news.items()}
            for kind, names in fresh.items():
                known.setdefault(kind, []).extend(names)
            if any(fresh.values()):
                write_private(self._file, json.dumps(self._known))
            return fresh


def _read(file: Path) -> dict[str, News]:
    try:
        found: dict[str, News] = json.loads(file.read_text())
    except (OSError, ValueError):  # none yet, or not ours
        return {}
    return found
