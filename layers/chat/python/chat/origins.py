"""Which web pages may connect. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def is_allowed(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Whether a handshake with this ``Origin`` may go on (RFC 6454; a browser always sends it).

    A page served by the very host that it connects to is the deployment's own. No origin means no browser: such a
    client could claim any origin, so there is nothing to check.
    """
    if origin is None or "*" in allowed or origin.rstrip("/") in allowed:
        return True
    return host is not None and origin.partition("://")[2].rstrip("/") == host
