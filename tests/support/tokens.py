"""An issuer in this process: what it signs, and how it is asked for its keys."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from local.issuer.keys import KeyRing, SigningKey
from serverless_socketio_chat.accounts.model import KeysUnreadable
from serverless_socketio_chat.accounts.ports import KeySet

if TYPE_CHECKING:
    from tests.fakes import FakeClock

ISSUER, AUDIENCE = "https://login.example.com", "chat"


@cache
def rsa_key(kid: str = "rsa") -> SigningKey:
    """A key that takes long to make."""
    return SigningKey.new(kid, "RS256")


class MemoryIssuer(KeyRing):
    """`accounts.ports.Issuer` without a network. `is_down`: it does not answer. `readings`: when it was asked."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__()
        self.clock = clock
        self.is_down = False
        self.readings: list[int] = []

    def keys_now(self) -> dict[str | None, Any]:
        return {key["kid"]: key for key in self.jwks()["keys"]}

    def token(self, sub: Any = "dora", *, lives_s: float = 300, **claims: Any) -> str:
        """A good token, but for what is said of it; a claim that is None is left out."""
        return self.sign(self.claims(sub, lives_s=lives_s, **claims))

    def claims(self, sub: Any = "dora", *, lives_s: float = 300, **claims: Any) -> dict[str, Any]:
        assert self.clock is not None
        now_s = self.clock.now_ms() // 1000
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": sub, "iat": now_s, "exp": now_s + lives_s, **claims}
        return {name: value for name, value in said.items() if value is not None}


class AskedIssuer:
    """The port, over a `MemoryIssuer`."""

    def __init__(self, ring: MemoryIssuer) -> None:
        self.ring = ring

    def keys(self, now_ms: int) -> KeySet:
        self.ring.readings.append(now_ms)
        if self.ring.is_down:
            raise KeysUnreadable("The issuer did not answer")
        return KeySet(self.ring.keys_now(), now_ms)
