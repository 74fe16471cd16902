"""The key pair that signs web pushes, and who signs (VAPID, RFC 8292): made, checked, kept.

Keys are written as browsers and web-push tools do: base64url without padding, of the uncompressed P-256 point (65
bytes) and of the number (32 bytes).
"""

import base64
import binascii
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra import hosts

PUBLIC_BYTES, PRIVATE_BYTES = 65, 32
PUBLIC_WANTED = "a P-256 point, 65 bytes in base64url: `make vapid-keys` makes one"
SUBJECT_WANTED = (
    "a contact that push services can reach, mailto:ops@your-domain or https://your-domain: "
    "some refuse pushes from localhost, made-up domains or a bare address"
)
ADDRESS = re.compile(r"[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@([A-Za-z0-9.-]+)")  # RFC 6068, nothing percent-encoded


def make_pair() -> tuple[str, str]:
    """Return a new pair, public and private."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _point(key), _encoded(key.private_numbers().private_value.to_bytes(PRIVATE_BYTES, "big"))


def is_public_key(text: str) -> bool:
    """Whether it is a point on the curve."""
    try:
        raw = _decoded(text, PUBLIC_BYTES)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return True


def is_pair(public: str, private: str) -> bool:
    """Whether the private key is one, and the public key is that of it."""
    try:
        number = int.from_bytes(_decoded(private, PRIVATE_BYTES), "big")
        return _point(ec.derive_private_key(number, ec.SECP256R1())) == public.rstrip("=")
    except ValueError:
        return False


def is_subject(text: str, *, examples: bool = False) -> bool:
    """Whether it is a contact in earnest (RFC 8292 section 2.1); `examples`: one at example.com will do."""
    scheme, _, rest = text.partition(":")
    if scheme == "mailto":
        address = ADDRESS.fullmatch(rest)
        host = address[1] if address else ""
    else:
        host = _host_of(text) if scheme == "https" else ""
    host = host.lower()
    return hosts.is_public(host) and (examples or not hosts.is_example(host))


def store(ssm: Any, parameter: str, private: str) -> bool:
    """Put the private key into an encrypted parameter, unless it is there; whether there was another before.

    `ssm` is a boto3 client. The key is encrypted with the account's own key `aws/ssm`.
    """
    try:
        kept = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        kept = None
    if kept != private:
        ssm.put_parameter(Name=parameter, Value=private, Type="SecureString", Overwrite=True)
    return kept not in {None, private}


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.username is None and not re.search(r"\s", url) else ""
    except ValueError:
        return ""


def _point(key: ec.EllipticCurvePrivateKey) -> str:
    return _encoded(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str, length: int) -> bytes:
    """Return the bytes. Raises ValueError if they are not so many, or not written as said."""
    try:
        raw = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as exc:
        raise ValueError("no base64url") from exc
    if len(raw) != length:
        raise ValueError(f"{len(raw)} bytes, not {length}")
    return raw
