"""Users and their keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """Who a key belongs to, and on which plan."""

    user_id: str
    plan: str


FINGERPRINT_CHARS = 12  # of the digest: enough to tell a user's keys apart, useless to connect with


@dataclass(frozen=True, slots=True)
class Account:
    """A user as administrators see one."""

    user_id: str
    plan: str
    created_ms: int
    plan_expires_ms: int | None = None  # None: never


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A user's key as administrators see it: never the key."""

    digest: str
    created_ms: int

    @property
    def fingerprint(self) -> str:
        """What names the key among its user's."""
        return self.digest[:FINGERPRINT_CHARS]
