"""How the endpoints of AWS are verified.

With the system's own certificates: Lambda's Amazon Linux keeps them where its Python's OpenSSL looks for them
(`/etc/pki/tls`). ``AWS_CA_BUNDLE`` names others, as for every AWS SDK. A Python that has none, e.g. of python.org on
macOS, takes certifi's, if that is there.
"""

from __future__ import annotations

import os
import ssl
from functools import lru_cache


@lru_cache(maxsize=1)
def context() -> ssl.SSLContext:
    """Return what every connection is made with. Takes 10 to 20 ms the first time: it reads all certificates."""
    return _context(os.environ.get("AWS_CA_BUNDLE"))


def _context(bundle: str | None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=bundle)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    if not bundle and not made.cert_store_stats()["x509_ca"] and not _has_folder():
        _trust_certifi(made)
    return made


def _has_folder() -> bool:
    """Whether there are certificates in a folder, which OpenSSL reads when it needs them."""
    folder = ssl.get_default_verify_paths().capath
    return bool(folder and os.listdir(folder))  # noqa: PTH208 - pathlib would be one import more


def _trust_certifi(made: ssl.SSLContext) -> None:
    try:
        import certifi
    except ImportError:
        return
    made.load_verify_locations(certifi.where())
