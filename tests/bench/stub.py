"""A service in a process of its own that answers whatever functions ask, after so many milliseconds."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def service(delay_ms: float, certificate: Path | None = None) -> Iterator[str]:
    """Where it answers, over TLS with a certificate."""
    command = [sys.executable, str(Path(__file__).with_name("service.py")), str(delay_ms)]
    command += [] if certificate is None else [str(certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield f"http://127.0.0.1:{port}" if certificate is None else f"https://localhost:{port}"
        finally:
            process.terminate()


@contextmanager
def tls_service(delay_ms: float) -> Iterator[tuple[str, dict[str, str]]]:
    """Where it answers over TLS, and the environment in which a client of AWS's trusts it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "localhost.pem"
        file.write_bytes(_certificate())
        with service(delay_ms, file) as url:
            yield url, {"AWS_CA_BUNDLE": str(file)}


def _certificate() -> bytes:
    """A certificate of localhost's own, and its key: P-256, as those of AWS's endpoints that matter here may be."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    unencrypted = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM) + unencrypted
