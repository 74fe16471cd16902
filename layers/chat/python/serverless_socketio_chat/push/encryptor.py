"""Web push on the wire: encryption (RFC 8291), who pushes (RFC 8292), and the way to a push service (RFC 8030)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

# Message, the browser's public key (65 bytes), its auth secret (16 bytes) → body. ValueError for keys that are none.
Encrypt: TypeAlias = "Callable[[bytes, bytes, bytes], bytes]"


def encryptor(name: str) -> Encrypt:
    """``own``: on `cryptography`'s primitives; ``pywebpush``: that library's. Loaded when asked for."""
    if name == "pywebpush":
        from serverless_socketio_chat.push import pywebpush_encryption

        return pywebpush_encryption.encrypt
    from serverless_socketio_chat.push import encryption

    return encryption.encrypt
