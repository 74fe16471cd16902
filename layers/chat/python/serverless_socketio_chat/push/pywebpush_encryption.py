"""The same encryption by pywebpush, a setting away: `docs/decisions/0017-own-encryption-on-cryptography.md`.

Importing this loads pywebpush, and aiohttp and requests with it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from pywebpush import WebPusher, WebPushException


def encrypt(message: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """The body of a push, as of `encryption.encrypt`. ValueError if `p256dh` is no point."""
    keys = {"p256dh": urlsafe_b64encode(p256dh), "auth": urlsafe_b64encode(auth)}
    try:
        body: bytes = WebPusher({"endpoint": "", "keys": keys}).encode(message)["body"]
    except (WebPushException, IndexError) as error:
        raise ValueError("A browser's public key is a point of 65 bytes") from error
    return body
