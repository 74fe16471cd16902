"""RFC 8291: what pywebpush encrypts is read by a decryptor that is not its own, and is held to the RFC's example."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.push.encryption import MESSAGE_MAX, encrypt

CURVE = ec.SECP256R1()
BROWSER = ec.generate_private_key(CURVE)
AUTH = bytes(range(16))


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


POINT = point_of(BROWSER)


def decrypted(body: bytes, browser: ec.EllipticCurvePrivateKey = BROWSER, auth: bytes = AUTH) -> bytes:
    """RFC 8291 section 3.4 and RFC 8188 section 2, on primitives alone."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size, "one record"
    secret = browser.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
    material = digest(digest(auth, secret), b"WebPush: info\0" + point_of(browser) + sender + b"\x01")
    random = digest(salt, material)
    key = digest(random, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = digest(random, b"Content-Encoding: nonce\0\x01")[:12]
    message = AESGCM(key).decrypt(nonce, record, None)
    assert message.endswith(b"\x02"), "the last record, without padding"
    return message[:-1]


def digest(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_decryptor_reads_the_example_of_rfc_8291_appendix_a() -> None:
    private = int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    body = raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    browser = ec.derive_private_key(private, CURVE)
    assert decrypted(body, browser, raw("BTBZMqHH6r4Tts7J_aSIgg")) == b"When I grow up, I want to be a watermelon"


@given(message=st.binary(min_size=1, max_size=MESSAGE_MAX))
def test_a_decryptor_of_other_hands_reads_what_is_encrypted(message: bytes) -> None:
    body = encrypt(message, POINT, AUTH)
    assert decrypted(body) == message
    assert len(body) == len(message) + 103


def test_the_largest_message_fills_the_largest_body() -> None:
    assert len(encrypt(b"x" * MESSAGE_MAX, POINT, AUTH)) == 4096


def test_no_two_bodies_are_alike() -> None:
    assert len({encrypt(b"hi", POINT, AUTH) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "point",
    [b"", POINT[:-1], b"\x04" + b"\x01" * 64, b"\x05" + POINT[1:], POINT[:33]],
    ids=["none", "short", "beside", "tag", "compressed"],
)
def test_what_is_no_point_of_the_curve_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        encrypt(b"hi", point, AUTH)


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="3993"):
        encrypt(b"x" * (MESSAGE_MAX + 1), POINT, AUTH)
