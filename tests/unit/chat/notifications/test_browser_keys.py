"""Keys of browsers, held to what the library `cryptography` says of the same points."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.notifications.browser_keys import B, P, auth_secret, public_key

# RFC 8291 section 5
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def point(x: int, y: int, first: int = 4) -> bytes:
    return bytes([first]) + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def is_one(raw: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return True


def accepted(raw: bytes) -> bool:
    try:
        return public_key(encoded(raw)) == encoded(raw)
    except ValueError:
        return False


def test_padding_may_be_there_and_is_not_kept() -> None:
    assert public_key(P256DH) == public_key(P256DH + "=") == P256DH
    assert auth_secret(AUTH) == auth_secret(AUTH + "==") == AUTH


@given(st.integers(1, 2**64))
def test_every_point_of_the_curve_is_a_key(number: int) -> None:
    key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    assert accepted(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@given(st.binary(min_size=64, max_size=64), st.sampled_from([0, 2, 4]))
def test_any_other_is_none(raw: bytes, first: int) -> None:
    assert accepted(bytes([first]) + raw) == is_one(bytes([first]) + raw) is False


def root_of_b() -> int:
    """The y of the points whose x is 0. P is 3 modulo 4."""
    return pow(B, (P + 1) // 4, P)


def test_coordinates_are_below_the_modulus() -> None:
    y = root_of_b()
    assert accepted(point(0, y))
    assert is_one(point(0, y))
    assert not accepted(point(P, y))
    assert not is_one(point(P, y))
    assert not accepted(point(0, 2**256 - 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        P256DH[:-1],
        P256DH + "A",
        P256DH[:-2] + "==",
        P256DH[:-1] + "x",
        P256DH.replace("-", "+"),
        P256DH.replace("_", "/"),
        " " + P256DH,
        P256DH + "\n",
        P256DH[:40] + "=" + P256DH[40:],
        P256DH[:-1] + "ä",
        AUTH,
        encoded(bytes(65)),
        encoded(b"\x03" + bytes(32)),
        encoded(b"\x00"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        public_key(text)


@pytest.mark.parametrize("text", ["", AUTH[:-2], AUTH + "AA", AUTH[:-1], AUTH[:-1] + "+", AUTH + " ", P256DH])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        auth_secret(text)
