"""Clients of AWS: the lean one for what it knows, boto3's for everything else, or for everything by a setting.

Time-outs are short: a function is billed while it waits.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple, Protocol

from serverless_socketio.aws import client as lean
from serverless_socketio.aws.client.service import Bounds

# A stream's writer falls silent 2 s before its lease ends, and its successor waits a second longer: within these 3 s, a
# post's last try, begun less than 2 s after its first, must be at the endpoint or have failed to connect.
POST_CONNECT_S, POST_READ_S = 1.0, 1.5

USUAL = Bounds()
POSTS = Bounds(connect_s=POST_CONNECT_S, read_s=POST_READ_S, tries=1)  # whether they are repeated, the transport says
_MAKING = Lock()  # boto3's own session, which clients are made by, is for one thread at a time


class MakeClient(Protocol):
    """Makes a client of a service, by boto3's name of it."""

    def __call__(self, service: str, *, endpoint_url: str | None = None, bounds: Bounds = USUAL) -> Any:
        """`endpoint_url`: where it is, if not where it usually is."""


class Lean(NamedTuple):
    """Makes lean clients, and boto3's of what they do not know. `url_suffix`: how the names of AWS's hosts end."""

    url_suffix: str

    def __call__(self, service: str, *, endpoint_url: str | None = None, bounds: Bounds = USUAL) -> Any:
        """A client."""
        if service not in lean.SERVICES:
            return boto3_client(service, endpoint_url=endpoint_url, bounds=bounds)
        return lean.client(service, endpoint_url=endpoint_url, url_suffix=self.url_suffix, bounds=bounds)


def boto3_client(service: str, *, endpoint_url: str | None = None, bounds: Bounds = USUAL) -> Any:
    """A client of boto3's."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=bounds.connect_s,
        read_timeout=bounds.read_s,
        max_pool_connections=50,
        retries={"mode": "standard", "total_max_attempts": bounds.tries},
    )
    clients: Any = boto3
    with _MAKING:
        return clients.client(service, endpoint_url=endpoint_url, config=config)
