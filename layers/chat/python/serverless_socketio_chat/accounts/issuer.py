"""`accounts.ports.Issuer` over HTTP: an issuer's key set, by its discovery document unless its address is known.

Both addresses come from an operator or from the issuer itself, and never from a token. Only ``https`` is asked, but for
this machine, where issuers for tests run. No redirect is followed, and no answer is waited or read for without bounds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from serverless_socketio_chat.accounts.model import KeysUnreadable
from serverless_socketio_chat.accounts.ports import KeySet

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock

DISCOVERY = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0 section 4
WITHIN_S = 3.0  # both requests together: a client waits meanwhile
BYTES_MAX = 65_536  # of an answer; the largest sets of large issuers have 10 KB
KEYS_MAX = 100
LOOPBACK = frozenset({"localhost", "127.0.0.1"})


class HttpIssuer:
    """One issuer. `jwks_url`: where its keys are; empty: where its discovery document says."""

    def __init__(self, issuer: str, jwks_url: str, clock: Clock) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._clock = clock

    def keys(self, now_ms: int) -> KeySet:
        """The key set as it is now. One or two requests, within `WITHIN_S`. Raises KeysUnreadable."""
        until = self._clock.monotonic() + WITHIN_S
        listed = self._get(self._jwks_url or self._discovered(until), until).get("keys")
        if not isinstance(listed, list):
            raise KeysUnreadable("The issuer's key set has no keys")
        keys = [key for key in listed[:KEYS_MAX] if isinstance(key, dict) and isinstance(key.get("kid", ""), str)]
        return KeySet({key.get("kid"): key for key in reversed(keys)}, now_ms)

    def _discovered(self, until: float) -> str:
        """The address of the keys. Raises KeysUnreadable for a document that is another issuer's (section 4.3)."""
        found = self._get(self._issuer.rstrip("/") + DISCOVERY, until)
        if found.get("issuer") != self._issuer:
            raise KeysUnreadable("The discovery document names another issuer")
        return str(found.get("jwks_uri"))

    def _get(self, url: str, until: float) -> dict[str, Any]:
        """The JSON object at an address. Raises KeysUnreadable."""
        import httpcore

        try:
            if not may_be_asked(url):
                raise KeysUnreadable(f"{url!r} is not https")
            with httpcore.ConnectionPool(ssl_context=_tls()) as pool:
                body = self._body(pool, url, until)
            found = json.loads(body)
        except KeysUnreadable:
            raise
        except Exception as failure:  # of the network, of TLS, of JSON: whatever it is, there are no keys
            raise KeysUnreadable(f"The issuer did not answer: {type(failure).__name__}") from failure
        if not isinstance(found, dict):
            raise KeysUnreadable("The issuer's answer is not a JSON object")
        return found

    def _body(self, pool: Any, url: str, until: float) -> bytes:
        """The body of an answer, a part at a time, so that a slow or a large one is left."""
        left_s = until - self._clock.monotonic()
        bounds = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), max(0.001, left_s))}
        headers = {"Accept": "application/json", "Host": urlsplit(url).netloc}
        body = b""
        with pool.stream("GET", url, headers=headers, extensions=bounds) as answer:
            if answer.status != 200:  # a redirect, too
                raise KeysUnreadable(f"The issuer answered {answer.status}")
            for part in answer.iter_stream():
                body += part
                if len(body) > BYTES_MAX or self._clock.monotonic() > until:
                    raise KeysUnreadable("The issuer's answer is too long, or too slow")
        return body


def may_be_asked(url: str) -> bool:
    """Whether an address may be asked for keys: by ``https``, or on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _tls() -> Any:
    from serverless_socketio.aws.client import tls

    return tls.context()
