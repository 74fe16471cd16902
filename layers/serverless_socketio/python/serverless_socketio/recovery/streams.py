"""Events of streams: series that an application stores itself, and sends again from any index on.

They are not logged. The offset of each says how far its client is in the stream, and a client that comes back gets the
rest from the application (`Recovery.rest`).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from .offset import Offset, stamped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..fanout import Fanout
    from ..frames import OutgoingPacket
    from ..model import Member
    from .state import StreamSlice


def stream_packets(
    fanout: Fanout, event: str, payloads: Sequence[tuple[Member, Sequence[Any]]], slices: Mapping[str, StreamSlice]
) -> list[OutgoingPacket]:
    """Each member with events of its own, one a payload, in order: what `Fanout.send` sends.

    A payload that goes to many is encoded once for each form, if it is the same object. `slices` says, by sid, of which
    stream the events of a recoverable socket are. Raises as `Fanout.encode` does.
    """
    receivers: dict[int, tuple[Any, list[Member]]] = {}
    for member, bodies in payloads:
        for body in bodies:
            receivers.setdefault(id(body), (body, []))[1].append(member)
    frames = {
        (member.sid, key): texts
        for key, (body, members) in receivers.items()
        for member, texts in fanout.encode(members, event, body)
    }
    return [
        _packet(member, [frames[member.sid, id(body)] for body in bodies], slices.get(member.sid))
        for member, bodies in payloads
    ]


def _packet(member: Member, events: Sequence[list[str]], of: StreamSlice | None) -> OutgoingPacket:
    """Events of a stream for one member; for a recoverable socket with their offsets, where it is now."""
    if of is None:
        return member, [*chain.from_iterable(events)]
    state = of.state
    texts: list[str] = []
    for index, frames in enumerate(events, of.index + 1):
        offset = Offset(state.seq, of.at_ms, {**state.streams, of.stream: index})
        texts += stamped(frames, offset.write(member.sid))
    return replace(member, address=state.address), texts
