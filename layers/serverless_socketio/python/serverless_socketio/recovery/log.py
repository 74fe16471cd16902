"""What is sent to recoverable sockets: numbered, logged, and only then posted, each with its offset."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..exceptions import ConditionFailed, DisconnectedError
from ..model import PostResult
from ..sid import is_recoverable
from .offset import Offset, stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..frames import OutgoingPacket
    from ..model import Member
    from ..ports import Store
    from .state import RecoveryState

logger = logging.getLogger(__name__)

THREADS = 16  # that write entries at a time


class RecoveryLog:
    """Logs events for recoverable sockets. `on_gone` is told the address of one that has ended."""

    def __init__(self, store: Store, on_gone: Callable[[str], object]) -> None:
        self._store = store
        self._on_gone = on_gone

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, thread_name_prefix="recovery-log")

    def append(
        self, packets: Sequence[OutgoingPacket], *, closes: str | None, seen: Mapping[str, RecoveryState]
    ) -> tuple[list[OutgoingPacket], dict[str, PostResult]]:
        """Keep what goes to recoverable sockets; what is to be posted, and by sid what became of the rest.

        Two writes for each recoverable socket, none for others.
        """
        post: list[OutgoingPacket] = []
        outcomes: dict[str, PostResult] = {}
        recoverable = [packet for packet in packets if is_recoverable(packet[0].sid)]
        for (member, _), entry in zip(recoverable, self._append_all(recoverable, closes, seen), strict=True):
            if isinstance(entry, PostResult):
                outcomes[member.sid] = entry
            else:
                post.append(entry)
        return [packet for packet in packets if not is_recoverable(packet[0].sid)] + post, outcomes

    def _append_all(
        self, packets: Sequence[OutgoingPacket], closes: str | None, seen: Mapping[str, RecoveryState]
    ) -> Iterable[OutgoingPacket | PostResult]:
        def append(packet: OutgoingPacket) -> OutgoingPacket | PostResult:
            return self._append(*packet, closes, seen.get(packet[0].sid))

        return map(append, packets) if len(packets) <= 1 else self._threads.map(append, packets)

    def _append(
        self, member: Member, frames: list[str], closes: str | None, seen: RecoveryState | None
    ) -> OutgoingPacket | PostResult:
        """Log one packet. If that fails, its socket ends: it cannot resume over a gap, and the others are sent to."""
        try:
            return self._numbered(member, frames, closes, seen)
        except Exception:
            logger.exception("An event could not be logged")
            return self._lose(member)

    def _numbered(
        self, member: Member, frames: list[str], closes: str | None, seen: RecoveryState | None
    ) -> OutgoingPacket | PostResult:
        try:
            state = self._store.recovery.number(member.sid, seen=seen, closes=closes)
        except ConditionFailed:
            return PostResult.MOVED
        except DisconnectedError:
            return self._end(member)
        if state.phase == "detached" and state.seq - state.left_at > state.policy.log_max:
            return self._end(member)
        self._store.recovery.append(member.sid, state.seq, frames, closes)
        if state.phase != "live":
            return PostResult.LOGGED
        offset = Offset(state.seq, streams=state.streams).write(member.sid)
        return replace(member, address=state.address), stamped(frames, offset)

    def _lose(self, member: Member) -> PostResult:
        try:
            self._store.recovery.forget(member.sid)
        except Exception:
            logger.exception("A socket may come back and not know what it has missed")
        return PostResult.FAILED

    def _end(self, member: Member) -> PostResult:
        """Clean up after a socket that was detached for too long, or missed too much."""
        self._store.recovery.forget(member.sid)
        self._on_gone(member.address)
        return PostResult.GONE
