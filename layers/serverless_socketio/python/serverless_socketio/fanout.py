"""Events out to members: encode once for each form, send to many, tell of those that are gone."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

from .codec import engineio, native, socketio
from .exceptions import FrameTooLargeError
from .keeping import Keeper, in_turn
from .ports import Delivery, Member, is_lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .keeping import Letter
    from .lasting import Standing, Turn
    from .ports import Store, Transport

logger = logging.getLogger(__name__)

# socket.io-parser 4.2 calls an event of these names a broken packet, and the client disconnects.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
OFFSET_BYTES = 400  # what a frame must leave for the offset of a lasting socket that follows a few runs
NOT_KNOWN_TO_HAVE_ARRIVED = frozenset({Delivery.FAILED, Delivery.REFUSED})
FRAME_BYTES_MAX = 120_000  # below API Gateway's 128 KB for a message, with room for what it wraps around


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

    `store`: where events to lasting sockets are kept.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_gone: Callable[[str], object] | None = None,
        frame_bytes_max: int = FRAME_BYTES_MAX,
        store: Store | None = None,
    ) -> None:
        self._transport = transport
        self._on_gone = on_gone or (lambda address: None)
        self._keeper = None if store is None else Keeper(store, self._on_gone)
        self._frame_bytes_max = frame_bytes_max

    def emit(
        self,
        members: Iterable[Member],
        event: str,
        *args: Any,
        ack_id: int | None = None,
        repeatable: bool = False,
        closes: str | None = None,
        seen: Mapping[str, Standing] | None = None,
    ) -> dict[str, Delivery]:
        """Send one event to many; what became of it, by sid. It is kept for lasting sockets if it awaits no ack.

        `repeatable`: receivers can drop a repeat (by an index, an id), so a post that may have arrived is sent again.
        `closes`: the run that this event ends. `seen`: how lasting sockets stood, by sid: to one that came or went
        since, nothing is sent (`Delivery.MOVED`). Raises FrameTooLargeError, or ValueError for a name that clients
        refuse, before anything is sent.
        """
        letters = self.letters(members, event, *args, ack_id=ack_id)
        return self.deliver(letters, kept=ack_id is None, repeatable=repeatable, closes=closes, seen=seen)

    def deliver(
        self,
        letters: list[Letter],
        *,
        kept: bool = True,
        repeatable: bool = False,
        closes: str | None = None,
        seen: Mapping[str, Standing] | None = None,
    ) -> dict[str, Delivery]:
        """Send what `letters` made of an event; `kept`: and keep it for lasting sockets. The rest is as for `emit`."""
        if not kept or self._keeper is None:
            return self.send_each(letters, repeatable=repeatable)
        post, outcomes = self._keeper.keep(letters, closes=closes, seen=seen or {})
        for member, _ in letters:
            if outcomes.get(member.sid) is Delivery.FAILED:
                self.lose(member.address)
        return outcomes | self.send_each(post, repeatable=repeatable)

    def letters(self, members: Iterable[Member], event: str, *args: Any, ack_id: int | None = None) -> list[Letter]:
        """Each member with an event's frames, which are encoded once for each form. Raises as `emit` does."""
        _check_name(event)
        encoded: dict[tuple[str, str], list[str]] = {}
        letters: list[Letter] = []
        for member in members:
            key = (member.form, member.namespace)
            if key not in encoded:
                encoded[key] = self.fitting(event_frames(member, event, args, ack_id))
            letters.append((member, encoded[key]))
        if ack_id is None and self._keeper is not None:
            self._check_room_for_offsets(letters)
        return letters

    def emit_each(
        self,
        event: str,
        payloads: Sequence[tuple[Member, Sequence[Any]]],
        *,
        repeatable: bool = False,
        turns: Mapping[str, Turn] | None = None,
    ) -> dict[str, Delivery]:
        """Send each member events of its own, one a payload, in order; what became of them, by sid.

        A payload that goes to many is encoded once for each form, if it is the same object. They are not kept:
        `turns` says, by sid, of which run they are, from which the application can tell them again. Raises as `emit`
        does.
        """
        _check_name(event)
        encoded: dict[tuple[str, str, int], list[str]] = {}
        letters: list[Letter] = []
        for member, bodies in payloads:
            events: list[list[str]] = []
            for body in bodies:
                key = (member.form, member.namespace, id(body))
                if key not in encoded:
                    encoded[key] = self.fitting(event_frames(member, event, (body,)))
                events.append(encoded[key])
            turn = (turns or {}).get(member.sid)
            letters.append((member, [*chain.from_iterable(events)]) if turn is None else in_turn(member, events, turn))
        return self.send_each(letters, repeatable=repeatable)

    def send_each(
        self, frames: Sequence[tuple[Member, Sequence[str]]], *, repeatable: bool = False
    ) -> dict[str, Delivery]:
        """Send to each member frames of its own, in order; what became of them, by sid."""
        return self._post(
            [member for member, _ in frames],
            [(member.address, texts) for member, texts in frames],
            repeatable=repeatable,
        )

    def post(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[Delivery]:
        """Post to addresses, each one's frames in order; outcomes in the order given."""
        outcomes = self._transport.post_all(frames, repeatable=repeatable)
        gone = {address for (address, _), outcome in zip(frames, outcomes, strict=True) if outcome is Delivery.GONE}
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

    def _post(
        self, targets: list[Member], frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool
    ) -> dict[str, Delivery]:
        outcomes = self.post(frames, repeatable=repeatable)
        for member, outcome in zip(targets, outcomes, strict=True):
            if outcome in NOT_KNOWN_TO_HAVE_ARRIVED and is_lasting(member.sid):  # it comes back, and misses nothing
                self.lose(member.address)
        return {member.sid: outcome for member, outcome in zip(targets, outcomes, strict=True)}

    def fit_together(self, frames: Sequence[str]) -> bool:
        """Whether the frames of one event are together no larger than one may be."""
        return len(frames) == 1 or sum(len(frame.encode()) for frame in frames) <= self._frame_bytes_max

    def fitting(self, frames: list[str], *, spare_bytes: int = 0) -> list[str]:
        """The frames, if each fits; else FrameTooLargeError."""
        most = self._frame_bytes_max - spare_bytes
        for frame in frames:
            if len(frame) * 4 > most and len(frame.encode()) > most:
                raise FrameTooLargeError(f"A frame of {len(frame.encode())} bytes is over the limit of {most}")
        return frames

    def _check_room_for_offsets(self, letters: Sequence[Letter]) -> None:
        for frames in {id(frames): frames for member, frames in letters if is_lasting(member.sid)}.values():
            self.fitting(frames[:1], spare_bytes=OFFSET_BYTES)


def _check_name(event: str) -> None:
    if event in RESERVED_EVENTS:
        raise ValueError(f"Clients reserve the name {event} for themselves and disconnect when it is sent")
