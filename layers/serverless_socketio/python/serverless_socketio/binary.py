"""Binary packets from their frames, which arrive in separate invocations and in any order. Pure.

A binary packet is a text frame that says how many attachments follow, then the attachments (Socket.IO protocol v5). API
Gateway numbers no frames; what orders them is ``requestTimeEpoch``, in milliseconds. On the wire a packet's frames
follow each other, so attachments are dealt out to the heads in the order of time, none across the next head. Where
frames of one millisecond leave a doubt, the client gets an error and can send again; a packet with one attachment, sent
by itself, is always safe. What no reading can tell: that an attachment and the head after it are both still to come.

::

    a part comes             there is room                no room                     PLACES_MAX parts are there
    becomes                  kept                         a place without a frame     nothing
    its sender hears         nothing                      that there was no room      that there was no room
    the packet, once whole   goes on                      an error, if its head       -
                                                          was kept

No invocation waits: an attachment before its head is kept like any other, and whichever part is the last completes the
packet. A part for which there is no room keeps its position, since what follows it would be dealt to another head
otherwise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from .codec import engineio, socketio
from .codec.errors import PacketError
from .model import Assembled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .model import Part

PACKETS_MAX = 2  # of a connection, with attachments still to come
BYTES_MAX = 1_000_000  # of their frames together
PLACES_MAX = 64  # parts of a connection of which anything is known: three times what two packets have
TIE = "Attachments arrived in the same millisecond and cannot be put in order: send them again"
NO_ROOM = "Too many binary packets, or bytes in them, are waiting for their attachments"


@dataclass(frozen=True, slots=True)
class Step:
    """What one more part makes of those that were there."""

    part: Part | None  # the new one, as it is kept; None: it is not
    left: list[Part]
    whole: list[Assembled]


def add(parts: Sequence[Part], part: Part) -> Step:
    """Add a part to those of its connection, within the bounds; one that is there already changes nothing."""
    known = next((each for each in parts if each.id == part.id), None)
    if known is not None:
        return Step(known, list(parts), [])
    if len(parts) >= PLACES_MAX:
        return Step(None, list(parts), [])
    added = part if _fits(parts, part) else replace(part, is_kept=False)
    every = [*parts, added]
    whole = list(assemble(every))
    used = {each.id for packet in whole for each in packet.parts}
    return Step(added, [each for each in every if each.id not in used], whole)


def _fits(parts: Sequence[Part], part: Part) -> bool:
    kept = [each for each in parts if each.is_kept]
    heads = sum(each.attachments > 0 for each in kept)
    if sum(each.size for each in kept) + part.size > BYTES_MAX:
        return False
    if part.attachments:
        return heads < PACKETS_MAX
    return len(kept) - heads < PACKETS_MAX * socketio.ATTACHMENTS_MAX


@dataclass(slots=True)
class _Set:
    """A head and the attachments dealt to it."""

    parts: list[Part]  # the head, then the attachments
    until_ms: float = float("inf")  # when the next head came
    tied: bool = False

    @property
    def is_whole(self) -> bool:
        return len(self.parts) == self.parts[0].attachments + 1

    @property
    def reaches_the_next(self) -> bool:
        """Whether an attachment came in the millisecond of the next head, and so might belong to that."""
        return self.parts[-1].received_ms == self.until_ms

    def takes(self, part: Part) -> bool:
        return not self.is_whole and self.parts[0].received_ms <= part.received_ms <= self.until_ms


def assemble(parts: Sequence[Part]) -> Iterator[Assembled]:
    """The packets that are whole, in the order of time."""
    settled: list[_Set] = []
    follower_is_settled = True
    for current in reversed(_deal(parts)):
        follower_is_settled = current.is_whole and (follower_is_settled or not current.reaches_the_next)
        if follower_is_settled:
            settled.append(current)
    for current in reversed(settled):
        yield Assembled(tuple(current.parts), current.tied)


def _deal(parts: Sequence[Part]) -> list[_Set]:
    """Heads with the attachments dealt to them, in the order of time."""
    ordered = sorted(parts, key=lambda each: (each.received_ms, each.id))
    sets = [_Set([part]) for part in ordered if part.attachments]
    for current, successor in pairwise(sets):
        current.until_ms = successor.parts[0].received_ms
    for part in ordered:
        taker = None if part.attachments else next((each for each in sets if each.takes(part)), None)
        if taker is not None:
            taker.parts.append(part)
    at_once = Counter((part.attachments > 0, part.received_ms) for part in ordered)
    for each in sets:
        each.tied = any(at_once[part.attachments > 0, part.received_ms] > 1 for part in each.parts)
    return sets


def packet_of(whole: Assembled) -> socketio.Packet | PacketError | None:
    """The packet, or why there is none; None where its head was refused when it came."""
    head_part, *attachments = whole.parts
    if not head_part.is_kept:
        return None
    head = socketio.decode(whole.frames[head_part.id][1:])  # behind Engine.IO's digit
    if whole.is_tied:
        return refused(head, TIE)
    if not all(part.is_kept for part in attachments):
        return refused(head, NO_ROOM)
    decoded = (engineio.decode(whole.frames[part.id]).data for part in attachments)
    try:
        return socketio.reconstruct(head, [data for data in decoded if isinstance(data, bytes)])
    except PacketError as error:
        return error


def refused(head: socketio.Packet | None, reason: str) -> PacketError:
    """Why a part is refused, for its sender: on the ack of an event, if its head is known."""
    if head is None:
        return PacketError(reason)
    event = head.data[0] if head.type is socketio.PacketType.BINARY_EVENT else None
    ack_id = head.id if event is not None else None
    return PacketError(reason, namespace=head.namespace, ack_id=ack_id, event=event)
