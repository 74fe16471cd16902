"""The server's ports in dicts: what other stores are held to, and what tests use."""

from .store import MemoryStore
from .transport import MemoryTransport

__all__ = ["MemoryStore", "MemoryTransport"]
