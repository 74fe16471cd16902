"""Sign-in by JWT: from a token to the user that it stands for.

Signature, then claims, then what is stored of the user: whatever is said of a token was said by its issuer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.accounts import claims
from serverless_socketio_chat.accounts.model import BadToken, TokenIdentity, User

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from serverless_socketio.model import Connection
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.accounts.claims import Policy
    from serverless_socketio_chat.accounts.key_sets import KeySets
    from serverless_socketio_chat.accounts.ports import PlanRecords, Signatures, SignInRecords

FITTING = {"RS256": {"kty": "RSA"}, "ES256": {"kty": "EC", "crv": "P-256"}, "EdDSA": {"kty": "OKP"}}
"""Algorithms (RFC 7518, 8037), and what a key for each must be. HS256 would take a public key for a secret."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Judges tokens of one issuer."""

    policy: Policy
    keys: KeySets
    signatures: Signatures
    records: SignInRecords
    plans: PlanRecords
    clock: Clock

    def identify(self, token: str) -> TokenIdentity:
        """What a token says, if it is good. Raises BadToken, KeysUnreadable.

        No call in a warm function; see `KeySets.key`.
        """
        if not claims.is_jwt(token):
            raise BadToken
        algorithm, kid = self.signatures.header(token)
        if algorithm not in FITTING or not claims.is_addressed(token, self.policy):
            raise BadToken
        key = self.keys.key(kid)
        wanted = {"use": "sig", "alg": algorithm} | FITTING[algorithm]
        if any(key.get(name, value) != value for name, value in wanted.items()):
            raise BadToken
        return claims.read(self.signatures.payload(token, key, algorithm), self.policy, self.clock.now_ms())

    def user(self, identity: TokenIdentity) -> User:
        """The user, who is made when first seen. Raises BadToken for one who was signed out since, or a late token.

        One read of two items; one write for a new user.
        """
        if identity.ends_ms <= self.clock.now_ms():
            raise BadToken.expired()
        record = self.records.signed_in(identity.user_id)
        if record.refuses(identity.issued_s):
            raise BadToken("This user was signed out.")
        if record.plan is None:
            record = self.records.add_user(identity.user_id)
        plan = record.plan if identity.plan is None else identity.plan
        return User(identity.user_id, self.plans.plan(str(plan)).name)


def session_of(user: User, identity: TokenIdentity) -> dict[str, Any]:
    """What a socket's session says of its user, and until when."""
    return {
        "userId": user.user_id,
        "plan": user.plan,
        "key": None,  # as a recoverable socket that comes back with a key has it, and then no end
        "ends": identity.ends_ms,
        "issued": identity.issued_s,
    }


def ends_of(session: Mapping[str, Any]) -> int | None:
    """When a socket's token ends, in milliseconds; None for one that came by an API key."""
    ends: int | None = session.get("ends") if session.get("key") is None else None
    return ends


def may_cache(connection: Connection) -> bool:
    """Whether what is known of a connection may be kept: not of one by a token, whose plan may be refreshed.

    A plan that was refreshed holds from then on, in every function: a read for each of its frames.
    """
    return ends_of(connection.sessions.get("/", {})) is None


def to_environ(identity: TokenIdentity) -> dict[str, Any]:
    """An identity as a connection keeps it between its handshake and CONNECT."""
    return {"user": identity.user_id, "plan": identity.plan, "issued": identity.issued_s, "ends": identity.ends_ms}


def from_environ(kept: Mapping[str, Any]) -> TokenIdentity:
    """`to_environ` undone."""
    return TokenIdentity(kept["user"], kept["plan"], kept["issued"], kept["ends"])
