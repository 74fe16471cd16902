"""API keys: `KEY_PREFIX` and 192 random bits. The SHA-256 is all that is stored."""

from __future__ import annotations

import hashlib
import secrets

KEY_PREFIX = "chat_"  # so that people and secret scanners know one when they see it
KEY_BYTES = 24


def new_key() -> str:
    """A new API key."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def digest(key: str) -> str:
    """What is stored of an API key. Keys are random, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
