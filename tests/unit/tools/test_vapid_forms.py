"""VAPID keys in whatever form they were copied: taken, or named for what they are."""

import base64
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from infra import config, dotenv, vapid
from local import settings
from serverless_socketio_chat.push.vapid import Vapid, VapidError
from tests.fakes import FakeClock
from tools.deploy import plan

KEY = ec.generate_private_key(ec.SECP256R1())
POINT = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
NUMBER = KEY.private_numbers().private_value.to_bytes(32, "big")
PUBLIC, PRIVATE = (base64.urlsafe_b64encode(raw).rstrip(b"=").decode() for raw in (POINT, NUMBER))
RSA, P384 = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())
SUBJECT = "mailto:ops@chat.dev"
EC_PARAMETERS = (
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"  # as openssl puts before a key
)


def spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = KEY, encoding: Encoding = Encoding.PEM) -> bytes:
    return key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def own(
    form: PrivateFormat = PrivateFormat.PKCS8,
    encoding: Encoding = Encoding.PEM,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return KEY.private_bytes(encoding, form, encryption or NoEncryption())


def base(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def forms(plain: str, raw: bytes, pem: str, der: bytes) -> Mapping[str, str]:
    return {
        "base64url": plain,
        "padding": f"{plain}==",
        "base64": base(raw),
        "quotes": f'"{plain}"',
        "single quotes": f" '{plain}'\n",
        "line breaks": f"{plain[:20]}\r\n{plain[20:]}\n",
        "escaped line breaks": f"{plain[:20]}\\n{plain[20:]}",
        "DER": base(der),
        "PEM": pem,
        "PEM on one line": pem.replace("\n", "\\n"),
        "PEM whose lines were joined": pem.replace("\n", " "),
        "PEM in quotes": f'"{pem}"',
    }


PUBLICS = {
    **forms(PUBLIC, POINT, spki().decode(), spki(encoding=Encoding.DER)),
    "compressed": base(KEY.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)),
}
PRIVATES = {
    **forms(PRIVATE, NUMBER, own().decode(), own(encoding=Encoding.DER)),
    "SEC 1": own(PrivateFormat.TraditionalOpenSSL).decode(),
    "SEC 1 with its parameters": EC_PARAMETERS + own(PrivateFormat.TraditionalOpenSSL).decode(),
    "SEC 1 in DER": base(own(PrivateFormat.TraditionalOpenSSL, Encoding.DER)),
}
LOCKED = own(encryption=BestAvailableEncryption(b"secret")).decode()
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
NEITHER = [
    (spki(RSA).decode(), "an RSA key"),
    (spki(P384).decode(), "a key on secp384r1"),
    (CERTIFICATE, "a certificate"),
    (json.dumps({"kty": "EC", "crv": "P-256", "x": "A", "y": "B"}), "JSON"),
    ("my key!", "not base64url"),
    ("AAAA", "3 bytes long"),
    (base(b"\x30" + 80 * b"x"), "81 bytes long"),
]
NO_PUBLIC_KEYS = [*NEITHER, (own().decode(), "a private key"), (PRIVATE, "a private key")]
NO_PRIVATE_KEYS = [
    *NEITHER,
    (spki().decode(), "a public key"),
    (PUBLIC, "a public key"),
    (LOCKED, "an encrypted private key"),
]


@pytest.mark.parametrize("form", PUBLICS)
def test_a_public_key_is_taken_in_any_form(form: str) -> None:
    assert vapid.public_key(PUBLICS[form]) == PUBLIC
    given = {"VAPID_PUBLIC_KEY": PUBLICS[form], "VAPID_SUBJECT": SUBJECT}
    assert config.read(config.defaults().get, given).vapid_public_key == PUBLIC
    assert settings.read({"NEXT_PUBLIC_VAPID_PUBLIC_KEY": PUBLICS[form], "VAPID_PRIVATE_KEY": PRIVATE}).vapid == (
        PUBLIC,
        PRIVATE,
    )


@pytest.mark.parametrize("form", PRIVATES)
def test_a_private_key_is_taken_in_any_form(form: str) -> None:
    text = PRIVATES[form]
    assert vapid.private_key(text) == PRIVATE
    given = {"VAPID_PUBLIC_KEY": PUBLIC, "VAPID_PRIVATE_KEY": text, "VAPID_SUBJECT": SUBJECT}
    assert plan([], given).private == PRIVATE
    assert settings.read(given).vapid == (PUBLIC, PRIVATE)
    signer = Vapid(SUBJECT, PUBLIC, lambda: text, FakeClock())  # as an operator may have put it into the parameter
    assert signer.header("https://push.example").endswith(f"k={PUBLIC}")


@pytest.mark.parametrize(("text", "what"), NO_PUBLIC_KEYS, ids=[what for _, what in NO_PUBLIC_KEYS])
def test_what_is_no_public_key_is_named_and_never_repeated(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=f"^{what}"):
        vapid.public_key(text)
    with pytest.raises(config.ConfigError, match=f"vapid_public_key is {what}") as told:
        config.read(config.defaults().get, {"VAPID_PUBLIC_KEY": text, "VAPID_SUBJECT": SUBJECT})
    assert text.strip() not in str(told.value)
    with pytest.raises(settings.SettingsError, match=f"VAPID_PUBLIC_KEY is {what}"):
        settings.read({"VAPID_PUBLIC_KEY": text, "VAPID_PRIVATE_KEY": PRIVATE})


@pytest.mark.parametrize(("text", "what"), NO_PRIVATE_KEYS, ids=[what for _, what in NO_PRIVATE_KEYS])
def test_what_is_no_private_key_is_named_and_never_repeated(text: str, what: str) -> None:
    with pytest.raises(config.ConfigError, match=f"VAPID_PRIVATE_KEY is {what}") as told:
        plan([], {"VAPID_PUBLIC_KEY": PUBLIC, "VAPID_PRIVATE_KEY": text, "VAPID_SUBJECT": SUBJECT})
    assert text.strip() not in str(told.value)
    with pytest.raises(VapidError, match="private VAPID key"):
        Vapid(SUBJECT, PUBLIC, lambda: text, FakeClock()).header("https://push.example")


def test_a_key_of_several_lines_in_a_file_is_one_setting() -> None:
    pem = own().decode()
    text = f'A=1\nVAPID_PRIVATE_KEY="{pem}"\nexport B=\'two\nlines\'\n# C="\nD=4 # a comment\nE="open\nF=6\n'
    assert dotenv.parse(text) == {
        "A": "1",
        "VAPID_PRIVATE_KEY": pem,
        "B": "two\nlines",
        "D": "4",
        "E": '"open',
        "F": "6",
    }


def test_a_number_that_begins_as_der_does_is_a_number() -> None:
    number = b"\x30" + NUMBER[1:]  # below the curve's order, as every number with this first byte
    key = ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())
    public, private = (
        vapid.public_key(base(spki(key, Encoding.DER))),
        base64.urlsafe_b64encode(number).rstrip(b"=").decode(),
    )
    assert vapid.private_key(private) == private
    assert vapid.is_pair(public, private)
