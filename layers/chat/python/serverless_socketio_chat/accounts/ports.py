"""What the rules of accounts need from outside. Times are integer milliseconds since the epoch, UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from serverless_socketio_chat.accounts.gcra import Rate
    from serverless_socketio_chat.accounts.model import User
    from serverless_socketio_chat.accounts.plans import Plan


class UserRecords(Protocol):
    """Who keys belong to."""

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key, by the key's SHA-256; None if unknown or revoked. One read."""


class PlanRecords(Protocol):
    """What plans allow."""

    def plan(self, name: str) -> Plan:
        """A plan; the smallest for a name that is not known. One read, or none in a warm function."""


class Rates(Protocol):
    """The token bucket of each user's messages, and what functions count together."""

    def take(self, user_id: str, rate: Rate, now_us: int) -> int:
        """Take a token; returns 0, or the microseconds until one is there. One write, as a rule."""

    def count(self, name: str, more: int, minute: int) -> int:
        """Add to what was counted of a name in a minute of the clock; returns the sum. One write."""
