"""The last frames, and whose they are. Nothing by which a reader could pass for a user is ever shown.

Frames are kept as they came, and cut; they are made fit to be shown when the page asks, so that a frame costs an
append. Shown is: no payload of CONNECT, its answer or the open packet (keys, `sid`, `pid`), no value of a member whose
name speaks of a secret, nothing that looks like an API key or a JWT, wherever it stands.
"""

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FRAMES_MAX = 500
SHOWN_MAX = 2_000  # characters of a frame
HIDDEN = "…"

WHOLE = re.compile(r"^(0|40(?:/[^,\[{]*,?)?)(?=[{\[])")
"""Packets of which only the head is shown: Engine.IO's open, Socket.IO's CONNECT and its answer."""
NAMES = (
    r"[\w-]*(?:token|secret|password|passwd|api[_-]?key|authorization|credential|p256dh|endpoint)[\w-]*"
    r"|auth|key|sid|pid|jwt"
)
SECRET = re.compile(
    rf'(\\*"(?:{NAMES})\\*"\s*:\s*)(?:\\*"(?:[^"\\]|\\.)*(?:"|$)|\{{[^{{}}]*(?:\}}|$)|[^,}}\]\s]+)',
    re.IGNORECASE,
)
LOOKS_SECRET = re.compile(r"chat_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Frame:
    """A frame that passed.

    Attributes:
        at: Seconds since the epoch.
        connection: The connection's id.
        incoming: Whether the client sent it.
        text: Its beginning, as it was sent.
        length: Of the whole, in characters.
    """

    at: float
    connection: str
    incoming: bool
    text: str
    length: int

    @property
    def shown(self) -> str:
        """What may be shown of it."""
        return redacted(self.text) + (HIDDEN if self.length > len(self.text) else "")


class Frames:
    """The last frames of the run."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._frames: deque[Frame] = deque(maxlen=FRAMES_MAX)

    def add(self, connection: str, text: str, *, incoming: bool) -> None:
        """Take a frame."""
        self._frames.append(Frame(self._clock(), connection, incoming, text[:SHOWN_MAX], len(text)))

    def last(self, number: int) -> list[Frame]:
        """Return the last frames, the newest first."""
        return list(reversed(self._frames))[:number]


def redacted(text: str) -> str:
    """Return a frame without its secrets."""
    if head := WHOLE.match(text):
        return f"{head[0]}{HIDDEN}"
    return LOOKS_SECRET.sub(HIDDEN, SECRET.sub(rf'\g<1>"{HIDDEN}"', text))
