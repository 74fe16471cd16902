"""Events out to members: encode once for each form, send to many, tell of those that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .codec import engineio, native, socketio
from .exceptions import FrameTooLargeError
from .ports import Delivery, Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .ports import Transport

# socket.io-parser 4.2 calls an event of these names a broken packet, and the client disconnects.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
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
    """Sends events and frames to lists of members. `on_gone` is told the address of a connection that has ended."""

    def __init__(
        self,
        transport: Transport,
        *,
        on_gone: Callable[[str], object] | None = None,
        frame_bytes_max: int = FRAME_BYTES_MAX,
    ) -> None:
        self._transport = transport
        self._on_gone = on_gone or (lambda address: None)
        self._frame_bytes_max = frame_bytes_max

    def emit(
        self,
        members: Iterable[Member],
        event: str,
        *args: Any,
        ack_id: int | None = None,
        repeatable: bool = False,
    ) -> dict[str, Delivery]:
        """Send one event to many; what became of it, by sid.

        `repeatable`: receivers can drop a repeat (by an index, an id), so a post that may have arrived is sent again.
        Raises FrameTooLargeError, or ValueError for a name that clients refuse, before anything is sent.
        """
        targets = list(members)
        frames = self.frames(targets, event, *args, ack_id=ack_id)
        return self._post(targets, frames, repeatable=repeatable)

    def frames(
        self, members: Iterable[Member], event: str, *args: Any, ack_id: int | None = None
    ) -> list[tuple[str, list[str]]]:
        """An event as each member's address and frames, encoded once for each form. Raises as `emit` does."""
        _check_name(event)
        encoded: dict[tuple[str, str], list[str]] = {}
        frames: list[tuple[str, list[str]]] = []
        for member in members:
            key = (member.form, member.namespace)
            if key not in encoded:
                encoded[key] = self.fitting(event_frames(member, event, args, ack_id))
            frames.append((member.address, encoded[key]))
        return frames

    def emit_each(
        self, event: str, payloads: Sequence[tuple[Member, Sequence[Any]]], *, repeatable: bool = False
    ) -> dict[str, Delivery]:
        """Send each member events of its own, one a payload, in order; what became of them, by sid.

        A payload that goes to many is encoded once for each form, if it is the same object. Raises as `emit` does.
        """
        _check_name(event)
        encoded: dict[tuple[str, str, int], list[str]] = {}
        frames: list[tuple[Member, list[str]]] = []
        for member, bodies in payloads:
            texts: list[str] = []
            for body in bodies:
                key = (member.form, member.namespace, id(body))
                if key not in encoded:
                    encoded[key] = self.fitting(event_frames(member, event, (body,)))
                texts += encoded[key]
            frames.append((member, texts))
        return self.send_each(frames, repeatable=repeatable)

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
            self._on_gone(address)
        return outcomes

    def _post(
        self, targets: list[Member], frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool
    ) -> dict[str, Delivery]:
        outcomes = self.post(frames, repeatable=repeatable)
        return {member.sid: outcome for member, outcome in zip(targets, outcomes, strict=True)}

    def fit_together(self, frames: Sequence[str]) -> bool:
        """Whether the frames of one event are together no larger than one may be."""
        return len(frames) == 1 or sum(len(frame.encode()) for frame in frames) <= self._frame_bytes_max

    def fitting(self, frames: list[str]) -> list[str]:
        """The frames, if each fits; else FrameTooLargeError."""
        for frame in frames:
            if len(frame) * 4 > self._frame_bytes_max and len(frame.encode()) > self._frame_bytes_max:
                raise FrameTooLargeError(
                    f"A frame of {len(frame.encode())} bytes is over the limit of {self._frame_bytes_max}"
                )
        return frames


def _check_name(event: str) -> None:
    if event in RESERVED_EVENTS:
        raise ValueError(f"Clients reserve the name {event} for themselves and disconnect when it is sent")
