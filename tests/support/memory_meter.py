"""`ports.Meter` in lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Metered:
    """What was metered at a time."""

    counts: Mapping[str, float]
    by: Mapping[str, str]
    times_ms: Mapping[str, Any]
    about: Mapping[str, object]


@dataclass
class MemoryMeter:
    """Keeps what is metered."""

    kept: list[Metered] = field(default_factory=list)

    def put(
        self,
        counts: Mapping[str, float],
        *,
        by: Mapping[str, str] = NOTHING,
        times_ms: Mapping[str, Any] = NOTHING,
        about: Mapping[str, object] = NOTHING,
    ) -> None:
        self.kept.append(Metered({**counts}, {**by}, {**times_ms}, {**about}))

    def add(
        self,
        counts: Mapping[str, float],
        *,
        by: Mapping[str, str] = NOTHING,
        times_ms: Mapping[str, float] = NOTHING,
        name: str | None = None,
    ) -> None:
        self.put(counts, by=by, times_ms=times_ms, about={"event": name})

    def settle(self) -> None:
        """Nothing waits."""

    def total(self, name: str, **by: str) -> float:
        """What a count came to."""
        return sum(each.counts.get(name, 0) for each in self.kept if each.by == by)

    def times(self, name: str) -> list[float]:
        """Every time of that name, in milliseconds."""
        return [each.times_ms[name] for each in self.kept if name in each.times_ms]
