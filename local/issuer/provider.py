"""What the issuer answers: OpenID Connect's authorization code flow with PKCE, for clients of this machine.

==================================  ==============================================================================
``/.well-known/…``, ``/jwks.json``  where everything is, and the keys
``/authorize``                      asks for a name, then redirects with a code; to this machine and nowhere else
``/token``                          a code and its verifier, or a refresh token, for tokens; each is good once
``/end-session``                    back to the page
``/demo/…``                         ``rotate``, a new key; ``token``, one with any claims; ``lives``, how long one does
==================================  ==============================================================================
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from local.issuer.keys import KeyRing

CLIENT = "page"  # the audience, too
CODE_LIFE_S, TOKEN_LIFE_S = 60, 300
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
JSON = {"content-type": "application/json", "access-control-allow-origin": "*", "cache-control": "no-store"}
FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo sign-in</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui;max-width:22rem;
margin:15vh auto;padding:0 1rem}}input,button{{font:inherit;padding:.5rem .75rem;width:100%;box-sizing:border-box;
margin-top:.5rem}}</style><h1>Demo sign-in</h1><p>This issuer runs on this machine and asks for no password.</p>
<form>{fields}<label>Who are you?<input name="user" autocomplete="username" required maxlength="128" autofocus></label>
<button>Sign in</button></form></html>"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, said: Mapping[str, Any]) -> "Response":
        """Return a JSON object, for any page."""
        return cls(status, json.dumps(said).encode(), JSON)

    @classmethod
    def redirect(cls, to: str, **query: str) -> "Response":
        """Return a redirect with more in its query."""
        joint = "&" if "?" in to else "?"
        return cls(302, headers={"location": f"{to}{joint}{urlencode(query)}" if query else to})


class Provider:
    """One issuer. `url`: where it is, which is its name; `now_s`: its clock."""

    def __init__(self, url: str, now_s: Callable[[], float] = time.time) -> None:
        self.url = url
        self.keys = KeyRing()
        self.lives_s = TOKEN_LIFE_S
        self._now_s = now_s
        self._codes: dict[str, tuple[float, dict[str, str]]] = {}
        self._refreshes: dict[str, dict[str, str]] = {}

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Response:
        """Return what a request gets."""
        if method == "OPTIONS":
            allowed = {"access-control-allow-methods": "GET, POST", "access-control-allow-headers": "*"}
            return Response(204, headers={**JSON, **allowed})
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return Response.json(200, self._configuration())
            case "GET", "/jwks.json":
                return Response.json(200, self.keys.jwks())
            case "GET", "/authorize":
                return self._authorize(query)
            case "GET", "/end-session":
                return self._end_session(query.get("post_logout_redirect_uri", ""))
            case "POST", "/token":
                return self._token(_form(body))
            case "POST", "/demo/rotate":
                self.keys.rotate()
                return Response.json(200, {"kid": self.keys.keys[0].kid})
            case "POST", "/demo/token":
                return Response.json(200, {"token": self.token(**json.loads(body))})
            case "POST", "/demo/lives":
                self.lives_s = int(json.loads(body)["seconds"])
                return Response.json(200, {"seconds": self.lives_s})
        return Response.json(404, {"error": "not_found"})

    def token(self, *, lives_s: float | None = None, **claims: Any) -> str:
        """Return a token with these claims, and whatever else one has."""
        now_s = int(self._now_s())
        ends_s = now_s + (self.lives_s if lives_s is None else lives_s)
        return self.keys.sign({"iss": self.url, "aud": CLIENT, "iat": now_s, "exp": ends_s, **claims})

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "end_session_endpoint": f"{self.url}/end-session",
            "jwks_uri": f"{self.url}/jwks.json",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        }

    def _authorize(self, asked: Mapping[str, str]) -> Response:
        """Ask who it is; then send the browser back with a code. Without PKCE there is none."""
        to = asked.get("redirect_uri", "")
        if asked.get("client_id") != CLIENT or not _is_here(to):
            return Response.json(400, {"error": "invalid_request"})
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return Response.redirect(to, error="invalid_request", state=asked.get("state", ""))
        if not asked.get("user"):
            fields = (
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
                for name, value in asked.items()
                if name != "user"
            )
            headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
            return Response(200, FORM.format(fields="".join(fields)).encode(), headers)
        code = secrets.token_urlsafe(24)
        self._codes[code] = (self._now_s() + CODE_LIFE_S, dict(asked))
        return Response.redirect(to, code=code, state=asked.get("state", ""))

    def _token(self, asked: Mapping[str, str]) -> Response:
        if asked.get("grant_type") == "refresh_token":
            signed_in = self._refreshes.pop(asked.get("refresh_token", ""), None)
        else:
            signed_in = self._redeem(asked)
        if signed_in is None:
            return Response.json(400, {"error": "invalid_grant"})
        user, nonce = signed_in["user"], signed_in.get("nonce")
        refresh = secrets.token_urlsafe(24)
        self._refreshes[refresh] = signed_in
        found = {
            "access_token": self.token(sub=user, scope=signed_in.get("scope", "openid")),
            "id_token": self.token(sub=user, name=user)
            if nonce is None
            else self.token(sub=user, name=user, nonce=nonce),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": self.lives_s,
        }
        return Response.json(200, found)

    def _redeem(self, asked: Mapping[str, str]) -> dict[str, str] | None:
        """Return who a code stands for, once, to whom has its verifier (RFC 7636 section 4.6)."""
        until, begun = self._codes.pop(asked.get("code", ""), (0.0, {}))
        hashed = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        is_same = hmac.compare_digest(challenge.encode(), begun.get("code_challenge", "").encode())
        is_there = begun.get("redirect_uri") == asked.get("redirect_uri") and until > self._now_s()
        return begun if is_same and is_there else None

    def _end_session(self, to: str) -> Response:
        return Response.redirect(to) if _is_here(to) else Response(200, b"Signed out.", {"content-type": "text/plain"})


def _is_here(url: str) -> bool:
    """Whether an address is on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
