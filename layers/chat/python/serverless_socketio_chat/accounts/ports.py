"""What the rules of accounts need from outside. Times are integer milliseconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio_chat.accounts.gcra import Rate
    from serverless_socketio_chat.accounts.model import SignInRecord, User
    from serverless_socketio_chat.accounts.plans import Plan


class UserRecords(Protocol):
    """Who keys belong to."""

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key, by the key's SHA-256; None if unknown or revoked. One read."""

    def signed_out_s(self, user_id: str) -> int | None:
        """When a user was signed out, in whole seconds; None: never. One read."""


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


Jwk: TypeAlias = "Mapping[str, Any]"
"""A public key as JSON (RFC 7517)."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """An issuer's keys, by their ids; a key without an id has None."""

    keys: Mapping[str | None, Jwk]
    read_ms: int  # 0: never
    failed: bool = False  # the last reading failed


class Issuer(Protocol):
    """Who signs tokens."""

    def keys(self, now_ms: int) -> KeySet:
        """The key set, read at `now_ms`, within 3 s. Raises KeysUnreadable."""


class KeySetRecords(Protocol):
    """The key set that all functions share."""

    def key_set(self) -> KeySet | None:
        """The set that was read last; None if none was, nor tried to. One read."""

    def claim_reading(self, now_ms: int, before_ms: int) -> bool:
        """Whether the caller may read the issuer's set: it has been claimed before, or never. One write."""

    def put_key_set(self, fresh: KeySet) -> None:
        """Store a set that was read. One write."""

    def note_failure(self, now_ms: int) -> None:
        """Store that the reading that was claimed at this time failed. One write."""


class Signatures(Protocol):
    """Signed tokens: JSON Web Signatures."""

    def header(self, token: str) -> tuple[str, str | None]:
        """Algorithm and key id, as the token says them: nothing of it is proven. Raises BadToken."""

    def payload(self, token: str, key: Jwk, algorithm: str) -> bytes:
        """What was signed by a key, by an algorithm and no other. Raises BadToken."""


class SignInRecords(Protocol):
    """Users who come by tokens."""

    def signed_in(self, user_id: str) -> SignInRecord:
        """What is stored of a user. One consistent read of two items."""

    def add_user(self, user_id: str) -> SignInRecord:
        """Make a user who is not there yet, on the plan `free`. One write."""


@dataclass(frozen=True, slots=True)
class TokenLook:
    """That a socket's token is to be looked at, in a slot of ten seconds since the epoch."""

    sid: str
    slot: int


class TokenLooks(Protocol):
    """Sockets whose tokens are to be looked at, by slots. A look is added, never moved: what it finds decides."""

    def add(self, look: TokenLook) -> None:
        """Have a token looked at. One write."""

    def due(self, slot: int) -> Sequence[TokenLook]:
        """The looks of a slot, by an index: one just added may come late. One query."""

    def remove(self, looks: Sequence[TokenLook]) -> None:
        """Forget looks that were made. A write for each."""
