"""What the claims of a token come to, once its signature is known to be good. Pure.

==================  =============================================================================  ================
claim               is accepted                                                                    else
==================  =============================================================================  ================
``iss``             as the very text that is `Policy.issuer`                                       a bad token
``aud``             if it is, or lists, one of `Policy.audience`                                   a bad token
``client_id``       in its place, where ``token_use`` is ``access``: Cognito's access tokens
``nbf``, ``iat``    if not later than now, or not there                                            a bad token
``exp``             if later than now; it must be there                                            ``expired``
the user's          a text that is not empty                                                       a bad token
the plan's          a text; not there: the stored plan                                             the plan `FALLBACK`
==================  =============================================================================  ================

Times are NumericDates (RFC 7519 section 2) with `LEEWAY_S` for clocks that differ. ``expired`` is said only of a token
that is good otherwise.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from serverless_socketio_chat.accounts.model import BadToken, TokenIdentity
from serverless_socketio_chat.accounts.plans import FALLBACK
from serverless_socketio_chat.model import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping

LEEWAY_S = 60
LATEST_S = 10**11  # the year 5138: ends are stored and sent as exact milliseconds, whatever a token says
HASHED = "~"  # begins the id of a user whose own name cannot be one
JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)  # RFC 7515 section 7.1; API keys have no dot


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose tokens are accepted, and what they are read for."""

    issuer: str
    audience: frozenset[str]
    user_claim: str = "sub"
    plan_claim: str = ""  # empty: tokens say nothing of plans


def is_jwt(token: str) -> bool:
    """Whether a token has the form of a signed JWT, and not that of an API key."""
    return JWS.fullmatch(token) is not None


def is_addressed(token: str, policy: Policy) -> bool:
    """Whether a token says that it is this issuer's, and for this audience; its signature is not known yet.

    One that is not is a bad token whichever key signed it, and no reason to read keys. Raises BadToken.
    """
    claims = _claims(urlsafe_b64decode(f"{token.split('.')[1]}=="))
    return claims.get("iss") == policy.issuer and _is_meant_for(claims, policy.audience)


def read(payload: bytes, policy: Policy, now_ms: int) -> TokenIdentity:
    """What a token says whose payload this is. Raises BadToken."""
    claims = _claims(payload)
    if claims.get("iss") != policy.issuer or not _is_meant_for(claims, policy.audience):
        raise BadToken
    latest_s = now_ms / 1000 + LEEWAY_S
    if any(_date(claims, name) > latest_s for name in ("nbf", "iat") if name in claims):
        raise BadToken
    identity = TokenIdentity(
        user_id=_user_id(claims.get(policy.user_claim)),
        plan=_plan(claims.get(policy.plan_claim)) if policy.plan_claim else None,
        issued_s=int(_date(claims, "iat")) if "iat" in claims else None,
        ends_ms=int(min(_date(claims, "exp") + LEEWAY_S, LATEST_S) * 1000),
    )
    if identity.ends_ms <= now_ms:
        raise BadToken.expired()
    return identity


def _claims(payload: bytes) -> Mapping[str, Any]:
    """The claims. Raises BadToken for what is not a JSON object."""
    try:
        claims = json.loads(payload, parse_constant=_refuse)  # NaN and Infinity, which are not JSON
    except (ValueError, RecursionError):
        raise BadToken from None
    if not isinstance(claims, dict):
        raise BadToken
    return claims


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _is_meant_for(claims: Mapping[str, Any], audience: frozenset[str]) -> bool:
    if claims.get("token_use") == "access" and _is_one_of(claims.get("client_id"), audience):
        return True
    named = claims.get("aud")
    each = named if isinstance(named, list) else [named]
    return all(isinstance(one, str) for one in each) and any(_is_one_of(one, audience) for one in each)


def _is_one_of(name: Any, audience: frozenset[str]) -> bool:
    return isinstance(name, str) and name in audience


def _date(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate, in seconds. Raises BadToken for what is none, and where there is none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LATEST_S <= value <= 1e300:
        raise BadToken
    return value


def _user_id(value: Any) -> str:
    """The user that a claim names: as it is if that can be an id, else by its SHA-256. Raises BadToken."""
    if not isinstance(value, str) or not value:
        raise BadToken
    if _can_be_id(value):
        return value
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
    return HASHED + urlsafe_b64encode(digest).decode().rstrip("=")


def _can_be_id(value: str) -> bool:
    """Whether a text can be a user's id. None that begins like a hashed one: it could be another user's."""
    try:
        check_name(value).encode()
    except ValueError:
        return False
    return not value.startswith(HASHED)


def _plan(value: Any) -> str | None:
    """The plan that a claim names; one that cannot be a plan's name is unknown."""
    if value is None:
        return None
    try:
        check_name(value).encode()
    except (TypeError, ValueError):
        return FALLBACK
    return str(value)
