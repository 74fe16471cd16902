"""What the workers of a function have in common: modules that they import at their first calls.

These take a worker's first invocation most of its time. A worker tells the news after it, the zygote catches up, and
the next worker finds it done.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.workers.inside.messages import Message


class Learned:
    """What this process has imported."""

    def __init__(self) -> None:
        self._modules: set[str] = set()

    def news(self) -> Message | None:
        """Return what is new since the last time, or `None`."""
        if len(sys.modules) == len(self._modules):
            return None
        modules = [name for name in sys.modules if name not in self._modules and _can_be_imported(name)]
        self._modules = set(sys.modules)
        return {"modules": modules}

    def catch_up(self, news: Message) -> None:
        """Import what workers have."""
        for name in news.get("modules", ()):
            with contextlib.suppress(ImportError):  # a module that only its importer can make
                importlib.import_module(name)
        self.news()


def _can_be_imported(name: str) -> bool:
    return getattr(sys.modules[name], "__spec__", None) is not None
