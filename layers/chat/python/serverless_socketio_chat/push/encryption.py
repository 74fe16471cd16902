"""Message encryption for web push (RFC 8291): ``aes128gcm`` (RFC 8188) in one record, for one browser.

Importing this loads `cryptography`: it is done for the first push.
"""

from __future__ import annotations

import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BODY_MAX = 4096  # bytes: what every push service takes (RFC 8030 section 7.2)
MESSAGE_MAX = 3993  # bytes: a body less its header of 86, the delimiter and the tag of 16 (RFC 8291 section 4)
SALT_BYTES = 16
POINT_BYTES = 65  # of P-256, uncompressed
CURVE, ECDH = ec.SECP256R1(), ec.ECDH()


def encrypt(message: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """The body of a push: `message`, up to 3,993 bytes, for the browser with these keys.

    Every message has a key pair and a salt of its own. ValueError if the message is too long, or `p256dh` no point.
    """
    return seal(message, p256dh, auth, private=ec.generate_private_key(CURVE), salt=os.urandom(SALT_BYTES))


def seal(message: bytes, p256dh: bytes, auth: bytes, *, private: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """`encrypt` with a given key pair and salt, which nobody may use twice."""
    if len(message) > MESSAGE_MAX:
        raise ValueError(f"A push holds {MESSAGE_MAX} bytes at most, not {len(message)}")
    if len(p256dh) != POINT_BYTES:
        raise ValueError(f"A browser's public key is a point of {POINT_BYTES} bytes")
    browser = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, p256dh)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key, nonce = _derived(private.exchange(ECDH, browser), auth, salt, b"WebPush: info\0" + p256dh + point)
    header = salt + BODY_MAX.to_bytes(4, "big") + bytes([len(point)]) + point  # RFC 8188 section 2.1
    return header + AESGCM(key).encrypt(nonce, message + b"\x02", None)  # 2: the last record


def _derived(secret: bytes, auth: bytes, salt: bytes, info: bytes) -> tuple[bytes, bytes]:
    """The key and the nonce of a message (RFC 8291 section 3.4): HKDF, whose outputs all fit one HMAC here."""
    material = _hmac(_hmac(auth, secret), info + b"\x01")
    pseudorandom = _hmac(salt, material)
    key = _hmac(pseudorandom, b"Content-Encoding: aes128gcm\0\x01")
    nonce = _hmac(pseudorandom, b"Content-Encoding: nonce\0\x01")
    return key[:16], nonce[:12]


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
