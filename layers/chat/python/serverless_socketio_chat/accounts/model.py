"""Users, their keys, and what tokens say of them. Times are integer milliseconds since the epoch, UTC, unless said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from serverless_socketio.exceptions import SocketIOError


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


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """What an accepted token says. The token itself is kept nowhere."""

    user_id: str
    plan: str | None  # None: the stored one
    issued_s: int | None  # in whole seconds; None: it does not say
    ends_ms: int  # when it counts no longer, leeway included


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """What is stored of the user of a token."""

    plan: str | None = None  # None: the user does not exist yet
    signed_out_s: int | None = None  # tokens that were issued until then are refused

    def refuses(self, issued_s: int | None) -> bool:
        """Whether the user was signed out since a token was issued; of one that does not say when: at any time."""
        return self.signed_out_s is not None and (issued_s is None or issued_s <= self.signed_out_s)


BadReason: TypeAlias = Literal["expired"]


class BadToken(Exception):  # noqa: N818 - an outcome
    """A token that is not accepted. `reason`: what a client may do about it; its message names no part of the token."""

    def __init__(self, message: str = "This token is not accepted.", reason: BadReason | None = None) -> None:
        super().__init__(message)
        self.reason = reason

    @classmethod
    def expired(cls) -> BadToken:
        """One that was good until its end."""
        return cls("This token is past its end.", "expired")


class KeysUnreadable(SocketIOError):  # noqa: N818 - an outcome
    """The issuer's keys cannot be read just now, so a token can be neither accepted nor refused."""
