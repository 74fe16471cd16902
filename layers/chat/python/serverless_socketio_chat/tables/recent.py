"""What a warm function read a moment ago, and need not read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from serverless_socketio_chat.bounded import Bounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_socketio.ports import Clock

RECENT_S = 30.0  # so much later, a warm function sees what an operator changed
ENTRIES_MAX = 1_000

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by name, each trusted for `RECENT_S`. None, for what is not there, is never remembered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: Bounded[str, tuple[float, Value]] = Bounded(ENTRIES_MAX)

    def get(self, name: str, read: Callable[[str], Value]) -> Value:
        """The value as it was read lately, or else as `read` finds it now."""
        now = self._clock.monotonic()
        entry = self._entries.get(name)
        if entry is not None and now < entry[0]:
            return entry[1]
        value = read(name)
        if value is not None:
            self._entries[name] = (now + RECENT_S, value)
        return value

    def forget(self, name: str) -> None:
        """Read it anew next time."""
        self._entries.pop(name, None)
