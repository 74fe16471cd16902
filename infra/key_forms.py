"""P-256 keys in whatever form they were copied: base64url or base64, DER or PEM, with quotes, padding, line breaks."""

import base64
import binascii
import re
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

Key: TypeAlias = ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey

PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END")  # RFC 7468
POINT_BYTES = {33, 65}  # compressed and not (SEC 1 section 2.3.3)
NUMBER_BYTES = 32
DER = b"\x30"  # every key in DER is a SEQUENCE


def read(text: str) -> Key:
    """Return the key. Raises ValueError, whose message says what the text is instead, and repeats nothing of it."""
    text = text.replace("\\n", "\n").strip().strip("\"'").strip()
    if text.startswith("{"):
        raise ValueError("JSON")
    blocks = PEM.findall(text)
    label, body = next((block for block in blocks if block[0].endswith("KEY")), (blocks or [("", text)])[0])
    if label and label not in {"PUBLIC KEY", "PRIVATE KEY", "EC PRIVATE KEY"}:
        raise ValueError(_named(label))
    raw = _decoded(body)
    if len(raw) == NUMBER_BYTES:  # before DER, with whose first byte one number in 256 begins; DER is longer
        return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    if raw.startswith(DER):
        return _elliptic(raw)
    if len(raw) in POINT_BYTES:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    raise ValueError(f"{len(raw)} bytes long")


def _named(label: str) -> str:
    words = " ".join(word if word in {"RSA", "EC", "DSA", "OPENSSH", "PGP"} else word.lower() for word in label.split())
    return f"{'an' if words[0] in 'aeioRO' else 'a'} {words}"


def _elliptic(raw: bytes) -> Key:
    key = _loaded(raw)
    if not isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        what = "an RSA key" if "RSA" in type(key).__name__ else "a key of another kind"
    elif not isinstance(key.curve, ec.SECP256R1):
        what = f"a key on {key.curve.name}"
    else:
        return key
    raise ValueError(what)


def _loaded(raw: bytes) -> object:
    try:
        return load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        pass
    try:
        return load_der_private_key(raw, password=None)
    except TypeError as exc:
        raise ValueError("an encrypted private key") from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ValueError(f"{len(raw)} bytes long, and not a key") from exc


def _decoded(text: str) -> bytes:
    bare = "".join(text.split()).rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as exc:
        raise ValueError("not base64url") from exc
