"""Session ids: 128 random bits, and after them how the socket is found.

=========================  ==========================================  ================================
sid                        its socket                                  its address is
=========================  ==========================================  ================================
``{random}~``              may move: it is recoverable                 in its state: one read
``{random}~{address}``     likewise, accepted by version 0.1.0         likewise
``{random}{address}``      lives and dies with one WebSocket           in the sid: no read, no row
=========================  ==========================================  ================================

A sid is no secret of a connection, and an application may tell it to others: so it holds no address but a WebSocket's.
The pid of a recoverable socket, its client's secret, is ``{random}{sid}`` with random bits of its own. See decision
0041.
"""

from __future__ import annotations

from .address import kind_of

SID_RANDOM_CHARS = 22  # base64url of 16 random bytes: 128 bits, so that a sid cannot be guessed
RECOVERABLE = "~"  # after a sid's random bits; no WebSocket's address begins so


def new_sid(secret: str, address: str, *, recoverable: bool) -> str:
    """The sid of a socket that is accepted at `address`. ValueError for one that can neither move nor be posted to."""
    if recoverable:
        return secret + RECOVERABLE
    if kind_of(address) != "ws":
        raise ValueError("A socket that is not reached by WebSocket must be recoverable")
    return secret + address


def address_of(sid: str) -> str:
    """The address of a socket that does not move."""
    return sid[SID_RANDOM_CHARS:]


def sid_of(pid: str) -> str:
    """The sid that a pid ends in."""
    return pid[SID_RANDOM_CHARS:]


def is_recoverable(sid: str) -> bool:
    """Whether a socket may outlive its connection."""
    return sid[SID_RANDOM_CHARS : SID_RANDOM_CHARS + 1] == RECOVERABLE
