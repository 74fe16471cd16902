"""Events out to members: encode once for each form, send to many, tell of those that are gone."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

from .codec import engineio, native, socketio
from .exceptions import FrameTooLargeError
from .model import Member, PostResult
from .recovery.log import RecoveryLog, with_offsets
from .sid import is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .ports import Store, Transport
    from .recovery.log import OutgoingPacket
    from .recovery.state import RecoveryState, StreamSlice

logger = logging.getLogger(__name__)

# socket.io-parser 4.2 calls an event of these names a broken packet, and the client disconnects.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
OFFSET_BYTES = 400  # what a frame must leave for the offset of a recoverable socket that follows a few streams
NOT_KNOWN_TO_HAVE_ARRIVED = frozenset({PostResult.FAILED, PostResult.REFUSED})
MAX_MESSAGE_OUT = 120_000  # below API Gateway's 128 KB for a message, with room for what it wraps around


def text_packet(packet: socketio.Packet) -> str:
    """A Socket.IO packet as one Engine.IO frame."""
    return engineio.encode(engineio.EnginePacket(engineio.PacketType.MESSAGE, socketio.encode(packet)))


def packet_frames(packet: socketio.Packet) -> list[str]:
    """A packet as frames: one, and one more for each run of bytes in its data."""
    data, attachments = socketio.deconstruct(packet.data)
    if not attachments:
        return [text_packet(packet)]
    binary = {
        socketio.PacketType.EVENT: socketio.PacketType.BINARY_EVENT,
        socketio.PacketType.ACK: socketio.PacketType.BINARY_ACK,
    }
    head = socketio.Packet(binary[packet.type], packet.namespace, packet.id, data, len(attachments))
    message = engineio.PacketType.MESSAGE
    return [text_packet(head), *(engineio.encode(engineio.EnginePacket(message, part)) for part in attachments)]


def event_frames(member: Member, event: str, args: Sequence[Any], ack_id: int | None = None) -> list[str]:
    """An event as frames in the member's own form. A native client gets the first argument as ``data``."""
    if member.form == "native":
        return [native.encode_event(event, args[0] if args else {})]
    packet = socketio.Packet(socketio.PacketType.EVENT, member.namespace, ack_id, [event, *args])
    return packet_frames(packet)


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
        return self.deliver(packets, logged=ack_id is None, repeatable=repeatable, closes=closes, seen=seen)

    def deliver(
        self,
        packets: list[OutgoingPacket],
        *,
        logged: bool = True,
        repeatable: bool = False,
        closes: str | None = None,
        seen: Mapping[str, RecoveryState] | None = None,
    ) -> dict[str, PostResult]:
        """Send what `encode` made of an event; `logged`: detached sockets get it later. The rest is as for `emit`."""
        if not logged or self._log is None:
            return self.send_each(packets, repeatable=repeatable)
        post, outcomes = self._log.append(packets, closes=closes, seen=seen or {})
        for member, _ in packets:
            if outcomes.get(member.sid) is PostResult.FAILED:
                self._lose(member.address)
        return outcomes | self.send_each(post, repeatable=repeatable)

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
                encoded[key] = self.fitting(event_frames(member, event, args, ack_id))
            packets.append((member, encoded[key]))
        if ack_id is None and self._log is not None:
            self._check_room_for_offsets(packets)
        return packets

    def emit_each(
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
                    encoded[key] = self.fitting(event_frames(member, event, (body,)))
                events.append(encoded[key])
            of = (slices or {}).get(member.sid)
            packets.append((member, [*chain.from_iterable(events)]) if of is None else with_offsets(member, events, of))
        return self.send_each(packets, repeatable=repeatable)

    def send_each(
        self, frames: Sequence[tuple[Member, Sequence[str]]], *, repeatable: bool = False
    ) -> dict[str, PostResult]:
        """Send to each member frames of its own, in order; what became of them, by sid."""
        return self._post(
            [member for member, _ in frames],
            [(member.address, texts) for member, texts in frames],
            repeatable=repeatable,
        )

    def post(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Post to addresses, each one's frames in order; outcomes in the order given."""
        outcomes = self._transport.post_all(frames, repeatable=repeatable)
        gone = {address for (address, _), outcome in zip(frames, outcomes, strict=True) if outcome is PostResult.GONE}
        for address in gone:
            self._clean_up(address)
        return outcomes

    def _lose(self, address: str) -> None:
        """End a connection that may have missed something: its client comes back."""
        self._transport.close(address)
        self._clean_up(address)

    def _clean_up(self, address: str) -> None:
        """Tell of a connection that has ended; if that fails, its heartbeat finds it."""
        try:
            self._on_gone(address)
        except Exception:
            logger.exception("A connection that has gone could not be cleaned up")

    def _post(
        self, targets: list[Member], frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool
    ) -> dict[str, PostResult]:
        outcomes = self.post(frames, repeatable=repeatable)
        for member, outcome in zip(targets, outcomes, strict=True):
            if outcome in NOT_KNOWN_TO_HAVE_ARRIVED and is_recoverable(member.sid):  # it comes back, and misses nothing
                self._lose(member.address)
        return {member.sid: outcome for member, outcome in zip(targets, outcomes, strict=True)}

    def fit_together(self, frames: Sequence[str]) -> bool:
        """Whether the frames of one event are together no larger than one may be."""
        return len(frames) == 1 or sum(len(frame.encode()) for frame in frames) <= self._max_message_out

    def fitting(self, frames: list[str], *, spare_bytes: int = 0) -> list[str]:
        """The frames, if each fits; else FrameTooLargeError."""
        most = self._max_message_out - spare_bytes
        for frame in frames:
            if len(frame) * 4 > most and len(frame.encode()) > most:
                raise FrameTooLargeError(f"A frame of {len(frame.encode())} bytes is over the limit of {most}")
        return frames

    def _check_room_for_offsets(self, packets: Sequence[OutgoingPacket]) -> None:
        for frames in {id(frames): frames for member, frames in packets if is_recoverable(member.sid)}.values():
            self.fitting(frames[:1], spare_bytes=OFFSET_BYTES)


def _check_name(event: str) -> None:
    if event in RESERVED_EVENTS:
        raise ValueError(f"Clients reserve the name {event} for themselves and disconnect when it is sent")
