"""Binary packets from their frames, which arrive in separate invocations and in any order.

A binary packet is a text frame that says how many attachments follow, then the attachments (Socket.IO protocol v5). API
Gateway numbers no frames; what orders them is ``requestTimeEpoch``, in milliseconds. On the wire a packet's frames
follow each other, so attachments are dealt out to the heads in the order of time, none across the next head. Where
frames of one millisecond leave a doubt, the client gets an error and can send again; a packet with one attachment, sent
by itself, is always safe. What no reading can tell: that an attachment and the head after it are both still to come.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .codec import engineio, socketio
from .codec.errors import PacketError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .ports import Part

TIE = "Attachments arrived in the same millisecond and cannot be put in order: send them again"


@dataclass(slots=True)
class _Set:
    """A head and the attachments dealt to it."""

    head: socketio.Packet
    parts: list[Part]  # the head's, then the attachments'
    attachments: list[bytes] = field(default_factory=list)
    until_ms: float = float("inf")  # when the next head came
    tied: bool = False

    @property
    def is_whole(self) -> bool:
        return len(self.attachments) == self.head.attachments

    @property
    def reaches_the_next(self) -> bool:
        """Whether an attachment came in the millisecond of the next head, and so might belong to that."""
        return self.parts[-1].received_ms == self.until_ms

    def takes(self, part: Part) -> bool:
        return not self.is_whole and self.parts[0].received_ms <= part.received_ms <= self.until_ms


def assemble(parts: Sequence[Part]) -> Iterator[tuple[socketio.Packet | PacketError, list[Part]]]:
    """The packets that are whole, each with the parts it was made of, its head first.

    An error in place of one that cannot be put together.
    """
    sets, _ = _deal(parts)
    settled: list[_Set] = []
    follower_is_settled = True
    for current in reversed(sets):
        follower_is_settled = current.is_whole and (follower_is_settled or not current.reaches_the_next)
        if follower_is_settled:
            settled.append(current)
    for current in reversed(settled):
        yield _packet(current), current.parts


def strays(parts: Sequence[Part]) -> list[Part]:
    """Attachments that no head announced, as far as the parts tell."""
    return _deal(parts)[1]


def _deal(parts: Sequence[Part]) -> tuple[list[_Set], list[Part]]:
    """Heads with the attachments dealt to them, and the attachments left over, all in order of time."""
    frames = [
        (part, engineio.decode(part.text).data) for part in sorted(parts, key=lambda each: (each.received_ms, each.id))
    ]
    sets = [_Set(socketio.decode(data), [part]) for part, data in frames if isinstance(data, str)]
    for current, successor in pairwise(sets):
        current.until_ms = successor.parts[0].received_ms
    left: list[Part] = []
    for part, data in frames:
        if isinstance(data, bytes):
            taker = next((each for each in sets if each.takes(part)), None)
            left += [part] if taker is None else []
            if taker is not None:
                taker.parts.append(part)
                taker.attachments.append(data)
    at_once = Counter((type(data), part.received_ms) for part, data in frames)
    ambiguous = {part.id for part, data in frames if at_once[type(data), part.received_ms] > 1}
    for each in sets:
        each.tied = any(part.id in ambiguous for part in each.parts)
    return sets, left


def _packet(current: _Set) -> socketio.Packet | PacketError:
    head = current.head
    if current.tied:
        event = head.data[0] if head.type is socketio.PacketType.BINARY_EVENT else None
        ack_id = head.id if event is not None else None
        return PacketError(TIE, namespace=head.namespace, ack_id=ack_id, event=event)
    try:
        return socketio.reconstruct(head, current.attachments)
    except PacketError as error:
        return error
