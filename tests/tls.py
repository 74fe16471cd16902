"""A certificate for a name, signed by an authority that only the test trusts, and a server that shows it."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class TlsServer:
    """`names`: those that clients asked for (SNI); `requests`: what came."""

    port: int
    trusted: ssl.SSLContext
    names: list[str | None] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def tls_server(folder: Path, name: str) -> Iterator[TlsServer]:
    """A server on a free port of this machine that answers 201 in the name of `name`."""
    certificate = folder / "server.pem"
    certificate.write_bytes(_certificate(name))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        trusted = ssl.create_default_context(cafile=str(certificate))
        server = TlsServer(listening.getsockname()[1], trusted)
        context.sni_callback = lambda _socket, asked, _context: server.names.append(asked)
        thread = threading.Thread(target=_serve, args=(listening, context, server), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, context: ssl.SSLContext, server: TlsServer) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with plain:
            plain.settimeout(5)
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    server.requests.append(whole_request(connection))
                    connection.sendall(ANSWER)
            except OSError:  # a client that did not trust us
                continue


def whole_request(connection: socket.socket) -> bytes:
    """One request with its body: to close while some of it is unread would reset the connection."""
    with connection.makefile("rb") as received:
        head = b"".join(iter(received.readline, b"\r\n"))
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        return head + received.read(int(length[1]) if length else 0)


def _certificate(name: str) -> bytes:
    """Key and self-signed certificate of `name`, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)
