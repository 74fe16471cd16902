"""The key pair that signs web pushes, and who signs (VAPID, RFC 8292): made, checked, kept.

Keys are kept as browsers and web-push tools write them: base64url without padding, of the uncompressed P-256 point (65
bytes) and of the number (32 bytes). They are taken in any form.
"""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra import hosts, key_forms

PRIVATE_BYTES = 32
PUBLIC_WANTED = "a P-256 point, 65 bytes in base64url: `make vapid-keys` makes one"
PRIVATE_WANTED = "the other half of the public key, 32 bytes in base64url: `make vapid-keys` makes both"
SUBJECT_WANTED = (
    "a contact that push services can reach, mailto:ops@your-domain or https://your-domain: "
    "some refuse pushes from localhost, made-up domains or a bare address"
)
ADDRESS = re.compile(r"[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@([A-Za-z0-9.-]+)")  # RFC 6068, nothing percent-encoded


def make_pair() -> tuple[str, str]:
    """Return a new pair, public and private."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _point(key.public_key()), _number(key)


def public_key(text: str) -> str:
    """Return a public key, given in any form, as it is kept. Raises ValueError: what the text is instead."""
    key = key_forms.read(text)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("a private key, which belongs to VAPID_PRIVATE_KEY alone")  # noqa: TRY004
    return _point(key)


def private_key(text: str) -> str:
    """Return a private key, given in any form, as it is kept. Raises ValueError: what the text is instead."""
    key = key_forms.read(text)
    if isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("a public key")  # noqa: TRY004
    return _number(key)


def is_pair(public: str, private: str) -> bool:
    """Whether the private key is one, and the public key is that of it. Both as they are kept."""
    try:
        key = key_forms.read(private)
    except ValueError:
        return False
    return isinstance(key, ec.EllipticCurvePrivateKey) and _point(key.public_key()) == public


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


def _point(key: ec.EllipticCurvePublicKey) -> str:
    return _encoded(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _number(key: ec.EllipticCurvePrivateKey) -> str:
    return _encoded(key.private_numbers().private_value.to_bytes(PRIVATE_BYTES, "big"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
