"""Events out to members: encoded once for each form, sent to many, and what became of each.

=====================  =========================================================  ======================================
a member is            what is done with its packet                               its `PostResult`
=====================  =========================================================  ======================================
a plain socket         it is posted                                               SENT, GONE, REFUSED or FAILED
recoverable, live      an event is numbered and logged first, then posted         the same; unless SENT its connection
                                                                                  is closed, and its client comes back
recoverable, detached  an event is numbered and logged                            LOGGED, or GONE after its window
recoverable, moved     nothing, if its state is not the one the caller `seen`     MOVED
on a GONE connection   `on_gone` hears of the address, once for all its sockets   GONE
=====================  =========================================================  ======================================
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .frames import checked, event_frames
from .model import MAX_MESSAGE_OUT, Member, PostResult
from .recovery.log import RecoveryLog
from .sid import is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .frames import OutgoingPacket
    from .ports import Meter, Store, Transport
    from .recovery.state import RecoveryState

logger = logging.getLogger(__name__)

# socket.io-parser 4.2 calls an event of these names a broken packet, and the client disconnects.
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
OFFSET_BYTES = 400  # what a frame must leave for the offset of a recoverable socket that follows a few streams
NOT_KNOWN_TO_HAVE_ARRIVED = frozenset({PostResult.FAILED, PostResult.REFUSED})


class Fanout:
    """Sends events and frames to lists of members. `on_gone` is told the address of a connection that has ended.

    `store`: where events to recoverable sockets are logged. `meter`: is told how many posts failed.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_gone: Callable[[str], object] | None = None,
        max_message_out: int = MAX_MESSAGE_OUT,
        store: Store | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._transport = transport
        self._on_gone = on_gone or (lambda _: None)
        self._log = None if store is None else RecoveryLog(store, self._on_gone)
        self._max_message_out = max_message_out
        self._meter = meter

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
        """Send each socket its packet, one frame after the other; what became of it, by sid.

        `logged`: it is an event, which recoverable sockets that are detached get later. The rest is as for `emit`.
        """
        outcomes: dict[str, PostResult] = {}
        if logged and self._log is not None:
            post, outcomes = self._log.append(packets, closes=closes, seen=seen or {})
            for member, _ in packets:
                if outcomes.get(member.sid) is PostResult.FAILED:
                    self._close(member.address)
            packets = post
        frames = [(member.address, texts) for member, texts in packets]
        posted = self._transport.post_all(frames, repeatable=repeatable)
        results = [(member, outcome) for (member, _), outcome in zip(packets, posted, strict=True)]
        self._look_after(results)
        return outcomes | {member.sid: outcome for member, outcome in results}

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
                encoded[key] = checked(event_frames(member, event, args, ack_id), self._max_message_out)
            packets.append((member, encoded[key]))
        if ack_id is None and self._log is not None:
            self._check_room_for_offsets(packets)
        return packets

    def _close(self, address: str) -> None:
        """End a connection that may have missed something: its client comes back."""
        self._transport.close(address)
        self._clean_up(address)

    def _clean_up(self, address: str) -> None:
        """Tell of a connection that has ended; if that fails, its heartbeat finds it."""
        try:
            self._on_gone(address)
        except Exception:
            logger.exception("A connection that has gone could not be cleaned up")

    def _look_after(self, results: Sequence[tuple[Member, PostResult]]) -> None:
        """Count what failed, and end connections that are gone, or that a recoverable socket must come back from."""
        failed = [member for member, outcome in results if outcome in NOT_KNOWN_TO_HAVE_ARRIVED]
        if failed and self._meter is not None:
            self._meter.put({"PostsFailed": len(failed)})
        for address in {member.address for member, outcome in results if outcome is PostResult.GONE}:
            self._clean_up(address)
        for member in failed:
            if is_recoverable(member.sid):  # it comes back, and misses nothing
                self._close(member.address)

    def _check_room_for_offsets(self, packets: Sequence[OutgoingPacket]) -> None:
        for frames in {id(frames): frames for member, frames in packets if is_recoverable(member.sid)}.values():
            checked(frames[:1], self._max_message_out - OFFSET_BYTES)


def _check_name(event: str) -> None:
    if event in RESERVED_EVENTS:
        raise ValueError(f"Clients reserve the name {event} for themselves and disconnect when it is sent")
