"""The keys of a browser's subscription (Push API, ``PushSubscription.getKey``), as a client sends them."""

from __future__ import annotations

import base64
import re

BASE64URL = re.compile(r"([A-Za-z0-9_-]*)=*")  # RFC 4648 section 5; browsers write no padding, some libraries do
AUTH_BYTES = 16  # RFC 8291 section 3.2
# P-256, y² = x³ - 3x + B over the integers modulo P (NIST SP 800-186 section 3.2.1.3). Its cofactor is 1: whatever
# point lies on it is one that a key can have.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def public_key(text: str) -> str:
    """A ``p256dh`` key without padding. ValueError unless it is a point of P-256 (RFC 8291 section 3.1)."""
    raw = _decoded(text)
    if len(raw) != 65 or raw[0] != 4 or not _on_curve(raw[1:33], raw[33:]):
        raise ValueError("This key is not a point of P-256: 65 bytes, uncompressed, base64url.")
    return _encoded(raw)


def auth_secret(text: str) -> str:
    """An ``auth`` secret without padding. ValueError unless it has 16 bytes."""
    raw = _decoded(text)
    if len(raw) != AUTH_BYTES:
        raise ValueError("This secret must be 16 bytes, in base64url.")
    return _encoded(raw)


def _on_curve(x_bytes: bytes, y_bytes: bytes) -> bool:
    x, y = int.from_bytes(x_bytes, "big"), int.from_bytes(y_bytes, "big")
    return x < P and y < P and (y * y - (x * x * x - 3 * x + B)) % P == 0


def _decoded(text: str) -> bytes:
    """The bytes that a text stands for. ValueError if it is not base64url."""
    match = BASE64URL.fullmatch(text)
    if not match or len(match[1]) % 4 == 1:  # six bits do not make a byte
        raise ValueError("This is not valid base64url.")
    return base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
