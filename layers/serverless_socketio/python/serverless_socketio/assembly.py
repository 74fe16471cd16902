"""Binary packets from their frames, which arrive in separate invocations and in any order.

A binary packet is a text frame that says how many attachments follow, then the attachments (Socket.IO protocol v5). API
Gateway numbers no frames; what orders them is ``requestTimeEpoch``, in milliseconds. Two attachments of one packet in
the same millisecond cannot be told apart: that is an error for the client, who can send them again. One attachment is
always safe.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .codec import engineio, socketio
from .codec.errors import PacketError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .ports import Part

TIE = "Attachments arrived in the same millisecond and cannot be put in order: send them again"


@dataclass(slots=True)
class _Set:
    """A head and the attachments that follow it."""

    head: socketio.Packet
    parts: list[Part]
    attachments: list[bytes] = field(default_factory=list)

    extras: list[Part] = field(default_factory=list)  # more attachments than the head announced

    @property
    def missing(self) -> int:
        return self.head.attachments - len(self.attachments)

    def add(self, part: Part, attachment: bytes) -> None:
        if self.missing:
            self.parts.append(part)
            self.attachments.append(attachment)
        else:
            self.extras.append(part)

    @property
    def times(self) -> list[int]:
        return [part.received_ms for part in self.parts[1:]]


def is_attachment(text: str) -> bool:
    """Whether a frame is an attachment rather than a packet's head."""
    return text.startswith("b")


def assemble(parts: Sequence[Part]) -> Iterator[tuple[socketio.Packet | PacketError, list[Part]]]:
    """The packets that are whole, each with the parts it was made of.

    An error in place of one that cannot be ordered.
    """
    _, sets = _sets(parts)
    following: list[_Set | None] = [*sets[1:], None]
    for current, successor in zip(sets, following, strict=True):
        if not current.missing:
            yield _whole(current), current.parts
        elif successor is not None and _tied(current, successor):
            yield _tie(current), current.parts + successor.parts + successor.extras


def strays(parts: Sequence[Part]) -> list[Part]:
    """Attachments that no head announced, as far as the parts tell."""
    leading, sets = _sets(parts)
    return leading + [part for each in sets for part in each.extras]


def _sets(parts: Sequence[Part]) -> tuple[list[Part], list[_Set]]:
    """Parts in order of time, heads before attachments of the same millisecond, cut at the heads."""
    leading: list[Part] = []
    sets: list[_Set] = []
    for part in sorted(parts, key=lambda part: (part.received_ms, is_attachment(part.text))):
        data = engineio.decode(part.text).data
        if isinstance(data, str):
            sets.append(_Set(socketio.decode(data), [part]))
        elif sets:
            sets[-1].add(part, data)
        else:
            leading.append(part)
    return leading, sets


def _tied(current: _Set, successor: _Set) -> bool:
    """Whether what `current` lacks came in the millisecond of its successor's head, and so was counted with that."""
    head_ms = successor.parts[0].received_ms
    return sum(part.received_ms == head_ms for part in successor.extras) >= current.missing


def _whole(current: _Set) -> socketio.Packet | PacketError:
    if len(set(current.times)) < len(current.times):
        return _tie(current)
    try:
        return socketio.reconstruct(current.head, current.attachments)
    except PacketError as error:
        return error


def _tie(current: _Set) -> PacketError:
    return PacketError(TIE, namespace=current.head.namespace, ack_id=current.head.id)
