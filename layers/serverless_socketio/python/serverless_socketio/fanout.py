"""Events out to members: encode once for each form, send to many, tell of those that are gone."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

from .frames import checked, event_frames
from .model import MAX_MESSAGE_OUT, Member, PostResult
from .recovery.log import RecoveryLog, with_offsets
from .sid import is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .frames import OutgoingPacket
    from .ports import Store, Transport
    from .recovery.state import RecoveryState, StreamSlice

logger = logging.getLogger(__name__)

# socket.io-parser 4.2 calls an event of these names a broken packet, and the client disconnects.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
OFFSET_BYTES = 400  # what a frame must leave for the offset of a recoverable socket that follows a few streams
NOT_KNOWN_TO_HAVE_ARRIVED = frozenset({PostResult.FAILED, PostResult.REFUSED})


class Fanout:
    """Sends events and frames to lists of members. `on_gone` is told the address of a connection that has ended.

    `store`: where events to recoverable sockets are logged.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_gone: Callable[[str], object] | None = None,
        max_message_out: int = MAX_MESSAGE_OUT,
        store: Store | None = None,
    ) -> None:
        self._transport = transport
        self._on_gone = on_gone or (lambda address: None)
        self._log = None if store is None else RecoveryLog(store, self._on_gone)
        self._max_message_out = max_message_out

    def emit(
        self,
        members: Iterable[Member],
        event: str,
        *args: Any,
        ack_id: int | None = None,
        repeatable: bool = False,
        closes: str | None = None,
        seen: Mapping[str, RecoveryState] | None = None,
    ) -> dict[str, PostResult]:
        """Send one event to many; what became of it, by sid. It is logged for recoverable sockets if it awaits no ack.

        `repeatable`: receivers can drop a repeat (by an index, an id), so a post that may have arrived is sent again.
        `closes`: the stream that this event ends. `seen`: states of recoverable sockets, by sid: to one that moved
        since, nothing is sent (`PostResult.MOVED`). Raises FrameTooLargeError, or ValueError for a name that clients
        refuse, before anything is sent.
        """
        packets = self.encode(members, event, *args, ack_id=ack_id)
        return self.send(packets, logged=ack_id is None, repeatable=repeatable, closes=closes, seen=seen)

    def send(
        self,
        packets: Sequence[OutgoingPacket],
        *,
        logged: bool = False,
        repeatable: bool = False,
        closes: str | None = None,
        seen: Mapping[str, RecoveryState] | None = None,
    ) -> dict[str, PostResult]:
        """Send each socket its packet; what became of it, by sid.

        `logged`: it is an event, which recoverable sockets that are detached get later. The rest is as for `emit`.
        """
        if not logged or self._log is None:
            return self._send(packets, repeatable=repeatable)
        post, outcomes = self._log.append(packets, closes=closes, seen=seen or {})
        for member, _ in packets:
            if outcomes.get(member.sid) is PostResult.FAILED:
                self.lose(member.address)
        return outcomes | self._send(post, repeatable=repeatable)

    def encode(
        self, members: Iterable[Member], event: str, *args: Any, ack_id: int | None = None
    ) -> list[OutgoingPacket]:
        """Each member with an event's frames, which are encoded once for each form. Raises as `emit` does."""
        _check_name(event)
        encoded: dict[tuple[str, str], list[str]] = {}
        packets: list[OutgoingPacket] = []
        for member in members:
            key = (member.form, member.namespace)
            if key not in encoded:
                encoded[key] = self.checked(event_frames(member, event, args, ack_id))
            packets.append((member, encoded[key]))
        if ack_id is None and self._log is not None:
            self._check_room_for_offsets(packets)
        return packets

    def emit_streams(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Any]]],
        *,
        repeatable: bool = False,
        slices: Mapping[str, StreamSlice] | None = None,
    ) -> dict[str, PostResult]:
        """Send each member events of its own, one a payload, in order; what became of them, by sid.

        A payload that goes to many is encoded once for each form, if it is the same object. They are not
        logged: `slices` says, by sid, of which stream they are, which the application can send again. Raises as `emit`
        does.
        """
        _check_name(event)
        encoded: dict[tuple[str, str, int], list[str]] = {}
        packets: list[OutgoingPacket] = []
        for member, bodies in payloads:
            events: list[list[str]] = []
            for body in bodies:
                key = (member.form, member.namespace, id(body))
                if key not in encoded:
                    encoded[key] = self.checked(event_frames(member, event, (body,)))
                events.append(encoded[key])
            of = (slices or {}).get(member.sid)
            packets.append((member, [*chain.from_iterable(events)]) if of is None else with_offsets(member, events, of))
        return self.send(packets, repeatable=repeatable)

    def post(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Post to addresses, each one's frames in order; outcomes in the order given."""
        outcomes = self._transport.post_all(frames, repeatable=repeatable)
        gone = {address for (address, _), outcome in zip(frames, outcomes, strict=True) if outcome is PostResult.GONE}
        for address in gone:
            self._clean_up(address)
        return outcomes

    def lose(self, address: str) -> None:
        """End a connection that may have missed something: its client comes back."""
        self._transport.close(address)
        self._clean_up(address)

    def _clean_up(self, address: str) -> None:
        """Tell of a connection that has ended; if that fails, its heartbeat finds it."""
        try:
            self._on_gone(address)
        except Exception:
            logger.exception("A connection that has gone could not be cleaned up")

    def _send(self, packets: Sequence[OutgoingPacket], *, repeatable: bool) -> dict[str, PostResult]:
        outcomes = self.post([(member.address, frames) for member, frames in packets], repeatable=repeatable)
        for (member, _), outcome in zip(packets, outcomes, strict=True):
            if outcome in NOT_KNOWN_TO_HAVE_ARRIVED and is_recoverable(member.sid):  # it comes back, and misses nothing
                self.lose(member.address)
        return {member.sid: outcome for (member, _), outcome in zip(packets, outcomes, strict=True)}

    def fit_together(self, frames: Sequence[str]) -> bool:
        """Whether the frames of one event are together no larger than one may be."""
        return len(frames) == 1 or sum(len(frame.encode()) for frame in frames) <= self._max_message_out

    def checked(self, frames: list[str]) -> list[str]:
        """The frames, if each is no larger than one may be; else FrameTooLargeError."""
        return checked(frames, self._max_message_out)

    def _check_room_for_offsets(self, packets: Sequence[OutgoingPacket]) -> None:
        for frames in {id(frames): frames for member, frames in packets if is_recoverable(member.sid)}.values():
            checked(frames[:1], self._max_message_out - OFFSET_BYTES)


def _check_name(event: str) -> None:
    if event in RESERVED_EVENTS:
        raise ValueError(f"Clients reserve the name {event} for themselves and disconnect when it is sent")
