"""`accounts.ports.Signatures` by PyJWT, which is imported with the first token: it brings cryptography."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.accounts.model import BadToken

if TYPE_CHECKING:
    from serverless_socketio_chat.accounts.ports import Jwk


class JwtSignatures:
    """JSON Web Signatures (RFC 7515)."""

    def header(self, token: str) -> tuple[str, str | None]:
        """Algorithm and key id, as the token says them: nothing of it is proven. Raises BadToken."""
        import jwt

        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise BadToken from None
        return str(header.get("alg")), header.get("kid")

    def payload(self, token: str, key: Jwk, algorithm: str) -> bytes:
        """What was signed by a key, by an algorithm and no other. Raises BadToken."""
        import jwt

        try:
            public = jwt.PyJWK.from_dict(dict(key), algorithm=algorithm)
            signed = jwt.PyJWS(algorithms=[algorithm]).decode_complete(token, public, algorithms=[algorithm])
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise BadToken from None
        payload: bytes = signed["payload"]
        return payload
