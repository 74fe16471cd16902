"""The key pair that signs web pushes (VAPID, RFC 8292): one's own, or one that is made once and kept."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.home import write_private
from local.settings import Settings

SUBJECT = "mailto:demo@example.com"


def public_key(settings: Settings) -> str:
    """Return the public key, base64url without padding."""
    if settings.vapid:
        return settings.vapid[0]
    return _kept_pair(settings.home / "vapid.json")["publicKey"]


def make_pair() -> tuple[str, str]:
    """Return a new pair, public and private: the P-256 point uncompressed and the number, base64url without padding."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    number = key.private_numbers().private_value.to_bytes(32, "big")
    return _encoded(point), _encoded(number)


def _kept_pair(path: Path) -> dict[str, str]:
    if not path.exists():
        public, private = make_pair()
        write_private(
            path, json.dumps({"publicKey": public, "privateKey": private, "subject": SUBJECT}, indent=2) + "\n"
        )
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
