"""Session ids: 128 random bits, and after them how the socket is found.

=========================  ==========================================  ================================
sid                        its socket                                  its address is
=========================  ==========================================  ================================
``{random}~``              is recoverable: it outlives its connection  in its state: one read
``{random}~{address}``     likewise, accepted by version 0.1.0         likewise
``{random}{address}``      lives and dies with its connection          in the sid: no read, no row
=========================  ==========================================  ================================

An application may tell a sid to other clients: no address is what a client proves itself by.
The pid of a recoverable socket, its client's secret, is ``{random}{sid}`` with random bits of its own. See decisions
0041 and 0046.
"""

from __future__ import annotations

SID_RANDOM_CHARS = 22  # base64url of 16 random bytes: 128 bits, so that a sid cannot be guessed
RECOVERABLE = "~"  # after a sid's random bits; no WebSocket's address begins so


def new_sid(secret: str, address: str, *, recoverable: bool) -> str:
    """The sid of a socket that is accepted at `address`."""
    return secret + (RECOVERABLE if recoverable else address)


def address_of(sid: str) -> str:
    """The address of a socket that does not move."""
    return sid[SID_RANDOM_CHARS:]


def sid_of(pid: str) -> str:
    """The sid that a pid ends in."""
    return pid[SID_RANDOM_CHARS:]


def is_recoverable(sid: str) -> bool:
    """Whether a socket may outlive its connection."""
    return sid[SID_RANDOM_CHARS : SID_RANDOM_CHARS + 1] == RECOVERABLE
