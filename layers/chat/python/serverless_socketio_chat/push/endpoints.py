"""Which endpoints a subscription may name: those of known push services, of the deployment's own, and no others.

An endpoint comes from a client, and the sender connects to it: so it is held to one strict form, in which no two
parsers of URLs could see different hosts. What its name resolves to is checked when the sender connects.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

ENDPOINT_MAX = 2048  # characters
# A host, or ``*.`` and the end of one. Google (Chrome, Edge on Android, Opera, Samsung), Mozilla, Apple, Microsoft.
KNOWN = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
LOOPBACK = "127.0.0.1"
_PATH = r"(?:/[!-~]*)?"  # printable ASCII, as browsers write URLs (WHATWG URL Standard, section 4.5)
_NAME = r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*"  # the last label of an address would be a number
_HTTPS = re.compile(rf"https://(?P<host>{_NAME})(?::443)?{_PATH}")
_HTTP = re.compile(rf"http://(?P<host>127\.0\.0\.1):[0-9]{{1,5}}{_PATH}")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The push services of a deployment. `hosts`: more than the known ones, in their form.

    `loopback`: ``http://127.0.0.1`` with any port is one too; said on a developer's machine only.
    """

    hosts: tuple[str, ...] = ()
    loopback: bool = False

    def check(self, endpoint: str) -> str:
        """The endpoint, if a subscription may have it. ValueError with a sentence for people if not."""
        form = _HTTP if self.loopback and endpoint.startswith("http:") else _HTTPS
        match = form.fullmatch(endpoint)
        if len(endpoint) > ENDPOINT_MAX or not match or "#" in endpoint or "\\" in endpoint:
            raise ValueError("An endpoint must be an https URL on port 443, without user and fragment.")
        self.service_of(match["host"])
        return endpoint

    def service_of(self, host: str) -> str:
        """The push service that a host is one of, as it is listed: one of few names. ValueError for any other host."""
        if self.loopback and host == LOOPBACK:
            return LOOPBACK
        for service in (*KNOWN, *self.hosts):
            if host == service or (service.startswith("*.") and host.endswith(service[1:])):
                return service
        raise ValueError("This host is not a known push service.")


def subscription_id(endpoint: str) -> str:
    """The name of an endpoint's subscription: its SHA-256, base64url; 43 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(endpoint.encode()).digest()).rstrip(b"=").decode()
