"""A session id: 128 random bits, a mark if its socket is recoverable, and the address that it was made on."""

from __future__ import annotations

SID_RANDOM_CHARS = 22  # base64url of 16 random bytes: 128 bits, so that a sid cannot be guessed
RECOVERABLE = "~"  # between a sid's random bits and its address, which never begins so; see `recovery.state`


def address_of(sid: str) -> str:
    """The address a sid was born on: a sid is 128 random bits followed by that, so it is found without an index."""
    return sid[SID_RANDOM_CHARS:].removeprefix(RECOVERABLE)


def sid_of(pid: str) -> str:
    """The sid that a pid ends in, after 128 random bits of its own."""
    return pid[SID_RANDOM_CHARS:]


def is_recoverable(sid: str) -> bool:
    """Whether a socket may outlive its connection."""
    return sid[SID_RANDOM_CHARS : SID_RANDOM_CHARS + 1] == RECOVERABLE
