"""A transport that records what it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..model import PostResult

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class MemoryTransport:
    """A `ports.Transport` that records; `gone` addresses answer as API Gateway's 410 does."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)

    def post(self, address: str, frame: str) -> PostResult:
        """Record one frame."""
        if address in self.gone:
            return PostResult.GONE
        self.sent.append((address, frame))
        return PostResult.SENT

    def post_all(
        self,
        frames: Sequence[tuple[str, Sequence[str]]],
        *,
        repeatable: bool = False,  # noqa: ARG002 - nothing is lost here
    ) -> list[PostResult]:
        """Record frames for many."""
        return [
            PostResult.GONE if any(self.post(address, text) is PostResult.GONE for text in texts) else PostResult.SENT
            for address, texts in frames
        ]

    def close(self, address: str) -> None:
        """Record that a connection was closed."""
        self.closed.append(address)
        self.gone.add(address)
