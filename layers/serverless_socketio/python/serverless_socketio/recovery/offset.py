"""The offset that an event carries as its last argument, and that a client which comes back reports. Pure.

It says all that the client has at that point, so that nothing need be stored about it: ``<seq>.<at>.<tag>`` and then
``.<stream>:<next>`` for each stream. Stock clients report the offset of the packet they received last,
also of one from an earlier session, which the tag shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .state import RecoveryEntry

TAG_CHARS = 8  # of the sid, which its client knows
OVERLAP_MS = 250  # clocks of functions differ, and posts overtake each other: what is so close is sent again
OFFSET = re.compile(r"(\d{1,15})\.(\d{1,15})\.([\w-]{8})((?:\.\w{1,64}:\d{1,9}){0,256})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offset:
    """What a client has: every event up to number `seq`, and of each stream the events below its index.

    `at_ms`: when an event of a stream was sent, which has no number of its own: of what was sent before it, the client
    has later numbers too. 0 for any other event.
    """

    seq: int = 0
    at_ms: int = 0
    streams: Mapping[str, int] = field(default_factory=dict)

    def write(self, sid: str) -> str:
        """The text for the client."""
        streams = "".join(f".{stream}:{index}" for stream, index in self.streams.items())
        return f"{self.seq}.{self.at_ms}.{sid[:TAG_CHARS]}{streams}"

    def misses(self, entry: RecoveryEntry) -> bool:
        """Whether the client has not got an event."""
        return entry.seq > self.seq and entry.at_ms + OVERLAP_MS > self.at_ms


def read(text: object, sid: str) -> Offset | None:
    """What a client reports: None if that is not an offset. One of an earlier session: nothing of this one came."""
    if text is None:
        return Offset()
    found = OFFSET.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    seq, at_ms, tag, streams = found.groups()
    if tag != sid[:TAG_CHARS]:
        return Offset()
    pairs = (stream.split(":") for stream in streams.split(".")[1:])
    return Offset(int(seq), int(at_ms), {stream: int(index) for stream, index in pairs})


def stamped(frames: list[str], offset: str) -> list[str]:
    """The frames of an event with its offset as the last argument. The text frame comes first and ends its list."""
    return [f'{frames[0][:-1]},"{offset}"]', *frames[1:]]
