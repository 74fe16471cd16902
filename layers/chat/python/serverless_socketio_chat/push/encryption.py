"""Message encryption for web push (RFC 8291) by pywebpush: ``aes128gcm`` (RFC 8188) in one record, for one browser.

Importing this loads pywebpush, and aiohttp and requests with it. The sender alone has them, in a layer of its own, and
loads them for its first push (`docs/decisions/0044-push-encryption-is-pywebpush-s.md`).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from pywebpush import WebPusher, WebPushException

MESSAGE_MAX = 3993  # bytes: 4,096 (RFC 8030 section 7.2) less header, delimiter and tag (RFC 8291 section 4)
POINT_BYTES = 65  # of P-256, uncompressed


def encrypt(message: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """The body of a push: `message`, up to 3,993 bytes, for the browser with these keys.

    Every message has a key pair and a salt of its own. ValueError if the message is too long, or
    `p256dh` is not a point of the curve.
    """
    if len(message) > MESSAGE_MAX:  # pywebpush would write a second record, which no browser reads
        raise ValueError(f"A push holds {MESSAGE_MAX} bytes at most, not {len(message)}")
    if len(p256dh) != POINT_BYTES:
        raise ValueError(f"A browser's public key is a point of {POINT_BYTES} bytes")
    keys = {"p256dh": urlsafe_b64encode(p256dh), "auth": urlsafe_b64encode(auth)}
    try:
        body: bytes = WebPusher({"endpoint": "", "keys": keys}).encode(message)["body"]
    except WebPushException as error:
        raise ValueError(str(error)) from error
    return body
