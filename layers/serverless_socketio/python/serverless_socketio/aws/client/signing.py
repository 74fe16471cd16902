"""Signature Version 4: "Create a signed AWS API request", AWS Identity and Access Management user guide.

canonical request   method, path, query, headers, names of headers, SHA-256 of the body; a line each
string to sign      algorithm, time, scope, SHA-256 of the canonical request
signing key         HMAC of HMAC of …: secret, day, region, service. The same all day long, and so kept
signature           HMAC of the string to sign by the signing key
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
PATHS_KEPT = 1_000  # a chunk goes to the same connections as the one before it
KEYS_KEPT = 16  # five services, before and after midnight, and before and after new credentials


def signed(
    credentials: Credentials,
    scope: tuple[str, str],
    time: str,
    request: tuple[str, str, str],
    headers: Mapping[str, str],
) -> dict[str, str]:
    """Return `headers` with those that sign a request.

    Args:
        credentials: Whose request it is.
        scope: Region and the service's name for signing.
        time: When, e.g. ``20261130T103434Z``.
        request: Method, path as it is sent (no query: none of our calls has one), `digest` of the body.
        headers: All that is to be signed, ``host`` among them; names in lower case, values without needless spaces.
    """
    method, path, body_digest = request
    given = {**headers, "x-amz-date": time}
    if credentials.token:
        given["x-amz-security-token"] = credentials.token
    names = sorted(given)
    signed_names = ";".join(names)
    lines = "".join([f"{name}:{given[name]}\n" for name in names])
    # Every service but S3 wants the path encoded once more than it is sent.
    canonical = f"{method}\n{_encoded(path)}\n\n{lines}\n{signed_names}\n{body_digest}"
    day, (region, service) = time[:8], scope
    within = f"{day}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{time}\n{within}\n{digest(canonical.encode())}"
    signature = hmac.digest(_key(credentials.secret_key, day, region, service), text.encode(), "sha256").hex()
    given["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{within}, SignedHeaders={signed_names}, Signature={signature}"
    )
    return given


def digest(body: bytes) -> str:
    """Return what a signature says of a body."""
    return hashlib.sha256(body).hexdigest()


@lru_cache(maxsize=PATHS_KEPT)
def _encoded(path: str) -> str:
    return quote(path, safe="/~")


@lru_cache(maxsize=KEYS_KEPT)
def _key(secret: str, *parts: str) -> bytes:
    """Return the signing key of a day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (*parts, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
