"""What is kept of a handshake for `connect` handlers: the part of a WSGI environ (PEP 3333) that may be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .gateway import Handshake

ENVIRON_BYTES_MAX = 512  # names and values together: they are part of an item that is rewritten at each sign of life
HEADERS = ("host", "origin", "user-agent", "accept-language", "x-forwarded-for", "x-forwarded-proto")
SECRETS = frozenset({"token", "access_token", "authorization", "x-api-key", "api_key"})  # parameters that are keys


def environ_of(handshake: Handshake) -> dict[str, str]:
    """The client's address, the query and some headers, by the names that python-socketio's users know.

    ``REMOTE_ADDR``, ``QUERY_STRING``, and ``HTTP_…`` for each of `HEADERS`; never a key, a token or a cookie. An entry
    that would take it over `ENVIRON_BYTES_MAX` is left out.
    """
    environ: dict[str, str] = {}
    left = ENVIRON_BYTES_MAX
    for name, value in _entries(handshake):
        size = len(name) + len(value.encode())
        if size <= left:
            environ[name] = value
            left -= size
    return environ


def _entries(handshake: Handshake) -> Iterator[tuple[str, str]]:
    """Everything that may be kept, what matters most first."""
    yield "REMOTE_ADDR", _text(handshake.source_ip)
    public = {name: value for name, value in handshake.query.items() if name.lower() not in SECRETS}
    yield "QUERY_STRING", urlencode(public, errors="replace")
    for header in HEADERS:
        if header in handshake.headers:
            yield f"HTTP_{header.upper().replace('-', '_')}", _text(handshake.headers[header])


def _text(value: str) -> str:
    """What a table can hold: valid Unicode."""
    return value.encode(errors="replace").decode()
