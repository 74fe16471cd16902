"""RFC 8291, by its own example and by a decryptor that is not ours, for both implementations."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.push.encryption import MESSAGE_MAX, seal
from serverless_socketio_chat.push.encryptor import encryptor

BROWSER = ec.generate_private_key(ec.SECP256R1())
POINT = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = bytes(range(16))
NAMES = ("own", "pywebpush")


def decrypted(body: bytes) -> bytes:
    message: bytes = http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH)
    return message


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_rfc_8291_appendix_a() -> None:
    private = int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    body = seal(
        b"When I grow up, I want to be a watermelon",
        raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        raw("BTBZMqHH6r4Tts7J_aSIgg"),
        private=ec.derive_private_key(private, ec.SECP256R1()),
        salt=raw("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert body == raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@given(message=st.binary(min_size=1, max_size=MESSAGE_MAX), name=st.sampled_from(NAMES))
def test_a_decryptor_that_is_not_ours_reads_what_either_encrypts(message: bytes, name: str) -> None:
    body = encryptor(name)(message, POINT, AUTH)
    assert decrypted(body) == message
    assert len(body) == len(message) + 103


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_message_fills_the_largest_body(name: str) -> None:
    assert len(encryptor(name)(b"x" * MESSAGE_MAX, POINT, AUTH)) == 4096


@pytest.mark.parametrize("name", NAMES)
def test_no_two_bodies_are_alike(name: str) -> None:
    assert len({encryptor(name)(b"hi", POINT, AUTH) for _ in range(20)}) == 20


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "point",
    [b"", POINT[:-1], b"\x04" + b"\x01" * 64, b"\x05" + POINT[1:], POINT[:33]],
    ids=["none", "short", "beside", "tag", "compressed"],
)
def test_what_is_no_point_of_the_curve_is_refused(name: str, point: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        encryptor(name)(b"hi", point, AUTH)


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="3993"):
        encryptor("own")(b"x" * (MESSAGE_MAX + 1), POINT, AUTH)
