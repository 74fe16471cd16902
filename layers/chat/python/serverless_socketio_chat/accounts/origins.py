"""Which web pages may connect. Pure.

A page's own sockets have its name in two headers, by the way that they came:

===================================  ======================  =======================================
the handshake came                   ``Host``                ``X-Forwarded-Host``
===================================  ======================  =======================================
by the page's name (CloudFront)      the API's               the page's, written there by the edge
by the API's own address             the API's               whatever the client sent
===================================  ======================  =======================================

No page can send the last: scripts cannot set a header of a WebSocket's handshake. Over HTTP (``fetch``) they can where
CORS allows it, so an API that answers HTTP at an address of its own must not allow this header. A client that is no
browser can send it, as it can send any ``Origin``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Origin: TypeAlias = "tuple[str, str, int]"  # scheme, host, port: RFC 6454 section 4

ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(?::([0-9]{1,5}))?/?", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}


def is_allowed(
    origin: str | None, hosts: Iterable[str | None], allowed: Collection[str], *, scheme: str = "https"
) -> bool:
    """Whether a handshake with this ``Origin`` may go on (RFC 6454; a browser always sends it).

    A page served by one of the `hosts` that the handshake was sent to, over the same `scheme`, is the deployment's own.
    No origin means no browser: such a client could claim any origin, so there is nothing to check.
    """
    if origin is None or "*" in allowed:
        return True
    page = _read(origin)
    own = [f"{scheme}://{host}" for host in hosts if host]
    return page is not None and page in map(_read, [*own, *allowed])


def _read(origin: str) -> Origin | None:
    """An origin's parts, none of them left out; None for one that is none, such as ``null``."""
    parts = ORIGIN.fullmatch(origin)
    if parts is None:
        return None
    scheme, host, port = parts.groups()
    return scheme.lower(), host.lower(), int(port or PORTS[scheme.lower()])
