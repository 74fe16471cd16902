"""The keys of an issuer: one signs, those before it are still published for a while, and a rotation makes a new one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

PUBLISHED = 2  # keys: the one that signs, and the one before it, whose tokens may still be about


@dataclass(frozen=True)
class SigningKey:
    """One key pair."""

    kid: str
    algorithm: str
    private: Any

    @classmethod
    def new(cls, kid: str, algorithm: str) -> "SigningKey":
        """Make a key for RS256, ES256 or EdDSA."""
        match algorithm:
            case "RS256":
                return cls(kid, algorithm, rsa.generate_private_key(public_exponent=65537, key_size=2048))
            case "ES256":
                return cls(kid, algorithm, ec.generate_private_key(ec.SECP256R1()))
            case "EdDSA":
                return cls(kid, algorithm, ed25519.Ed25519PrivateKey.generate())
        raise ValueError(f"{algorithm} is not RS256, ES256 or EdDSA")

    def public(self) -> dict[str, Any]:
        """Return what is published of it (RFC 7517)."""
        written = get_default_algorithms()[self.algorithm].to_jwk(self.private.public_key())
        found: dict[str, Any] = json.loads(written) if isinstance(written, str) else dict(written)
        found.pop("key_ops", None)
        return {**found, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Return a token."""
        return jwt.encode(dict(claims), self.private, algorithm=self.algorithm, headers={"kid": self.kid, **header})


class KeyRing:
    """The keys of an issuer, the newest first."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self._numbers = count(1)
        self.keys: list[SigningKey] = []
        self.rotate(algorithm)

    def rotate(self, algorithm: str = "ES256", *, published: int = PUBLISHED) -> None:
        """Sign with a new key from now on. So many keys stay published, the new one among them."""
        self.keys = [SigningKey.new(f"key-{next(self._numbers)}", algorithm), *self.keys][:published]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token signed with the newest key."""
        return self.keys[0].sign(claims)

    def jwks(self) -> dict[str, Any]:
        """Return the key set."""
        return {"keys": [key.public() for key in self.keys]}
