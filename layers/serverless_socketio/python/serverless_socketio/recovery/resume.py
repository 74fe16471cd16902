"""A client that comes back to its socket: what it proves, what it missed, and how it goes live without a gap.

A socket that comes back is on its new connection at first without being live: events are numbered and logged, and only
this replay sends. It goes live in one write that holds if no number was handed out since what was replayed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from ..codec.socketio import Packet, PacketType
from ..exceptions import ConditionFailed
from ..frames import event_frames, text_packet
from ..model import Member, PostResult
from ..sid import SID_RANDOM_CHARS, sid_of
from .offset import Offset, read, stamped
from .state import digest

if TYPE_CHECKING:
    from ..manager import Manager
    from ..model import Connection, Session
    from ..request import Acceptance
    from .state import Recovery, RecoveryEntry, RecoveryState

PID = re.compile(rf"[\w-]{{{2 * SID_RANDOM_CHARS}}}~[\w-]{{0,128}}={{0,2}}", re.ASCII)
TRIES = 3  # to move a socket that another connection of its client moves, too
POLLS, POLL_S = 20, 0.05  # for an event that has its number and is about to be logged
ROUNDS = 20  # of a replay, while more and more is sent
BATCH = 20  # frames posted at a time: the transport gives each batch two seconds


class SessionRestore:
    """One CONNECT of a client that proved to be the owner of a socket."""

    def __init__(
        self, manager: Manager, recovery: Recovery, connection: Connection, state: RecoveryState, auth: Any
    ) -> None:
        self._manager = manager
        self._recovery = recovery
        self._connection = connection
        self._state = state
        self._pid: str = auth["pid"]
        self._reported = auth.get("offset")
        self._offset = Offset()
        self._missed: list[RecoveryEntry] = []
        self._told: dict[str, int] = {}
        self.session: Session = {}

    @property
    def sid(self) -> str:
        """The socket that it may be again."""
        return self._state.sid

    @property
    def member(self) -> Member:
        """The socket on its new connection, as something to send to."""
        return Member(self.sid, self._connection.address, self._state.namespace)

    def enter(self, acceptance: Acceptance) -> Acceptance | None:
        """Move the socket to the new connection; None if it must be a new one. Raises ConditionFailed.

        Only now that the application has accepted the client, as the same user, may the socket's last connection end: a
        pid may be stolen.
        """
        if self._recovery.identity(acceptance.session) != self._state.policy.identity:
            return None
        for _ in range(TRIES):
            if not self._has_parted():
                return None
            if not self._is_whole():
                self._manager.store.recovery.forget(self.sid)
                return None
            try:
                self._move(acceptance)
            except ConditionFailed:
                state = self._manager.store.recovery.state(self.sid)
                if state is None:
                    return None
                self._state = state
            else:
                return acceptance
        raise ConditionFailed

    def replay(self) -> None:
        """Answer CONNECT, send what was missed, go live; else end the connection: its client may come back."""
        if not self._replay():
            self._manager.close(self._connection.address, "transport close")

    def _replay(self) -> bool:
        answer = {"sid": self.sid, "pid": self._pid}
        frames = [text_packet(Packet(PacketType.CONNECT, self._state.namespace, data=answer))]
        for _ in range(ROUNDS):
            for entry in self._missed:
                frames += self._frames(entry)
            if not self._post(frames):
                return False
            if self._manager.store.recovery.settle(self._state):
                return True
            if not self._look_again():
                return False
            frames = []
        return False

    def _look_again(self) -> bool:
        """What was sent meanwhile; False if the socket is not here any more, or an event of it is lost."""
        now = self._manager.store.recovery.state(self.sid)
        if now is None or now.epoch != self._state.epoch:
            return False
        self._state = now
        if self._read():
            return True
        self._manager.store.recovery.forget(self.sid)
        return False

    def _has_parted(self) -> bool:
        """End the socket's last connection, which its client has given up; False if it is on a newer one, or ended."""
        if self._state.phase == "detached":
            return True
        if not _may_move(self._state, self._connection):
            return False
        self._manager.close(self._state.address, "transport close")
        state = self._manager.store.recovery.state(self.sid)
        self._state = state or self._state
        return state is not None

    def _is_whole(self) -> bool:
        """Whether the log has all that the client has not got."""
        offset = read(self._reported, self.sid)
        if offset is None or not 0 <= self._state.seq - offset.seq <= self._state.policy.log_max:
            return False
        self._offset = offset
        return self._read()

    def _read(self) -> bool:
        """Read the events above the offset; False if one of them is lost."""
        above, newest = self._offset.seq, self._state.seq
        for _ in range(POLLS):
            entry = self._manager.store.recovery.entries(self.sid, above) if newest > above else []
            self._missed = [each for each in entry if each.seq <= newest]
            if [each.seq for each in self._missed] == list(range(above + 1, newest + 1)):
                return True
            self._manager.clock.sleep(POLL_S)
        return False

    def _move(self, acceptance: Acceptance) -> None:
        self.session = {**self._state.session, **acceptance.session}
        self._told = {stream: self._offset.streams.get(stream, 0) for stream in self._state.streams}
        self._state = self._manager.store.connections.resume(
            self._state, self._connection, self.session, streams=self._told
        )
        self._told = {**self._offset.streams, **self._told}

    def _frames(self, entry: RecoveryEntry) -> list[str]:
        """An event as it is sent now, after what is left of the stream that it ends; nothing if the client has it."""
        before = replace(self._offset, seq=entry.seq)
        missed, self._offset = self._offset.misses(entry), before
        frames: list[str] = []
        if entry.closes and missed:
            frames = self._rest(entry.closes, entry.seq - 1)
        self._told.pop(entry.closes or "", None)
        offset = Offset(entry.seq, streams=self._told).write(self.sid)
        return [*frames, *stamped(list(entry.frames), offset)] if missed else []

    def _rest(self, stream: str, seq: int) -> list[str]:
        frames: list[str] = []
        index = self._told.get(stream, 0)
        for told, (event, payload) in enumerate(self._recovery.rest(stream, index), index + 1):
            offset = Offset(seq, streams={**self._told, stream: told}).write(self.sid)
            frames += stamped(event_frames(self.member, event, (payload,)), offset)
        return frames

    def _post(self, frames: list[str]) -> bool:
        address, transport = self._connection.address, self._manager.transport
        batches = (frames[start : start + BATCH] for start in range(0, len(frames), BATCH))
        return all(transport.post_all([(address, batch)]) == [PostResult.SENT] for batch in batches)


def find(manager: Manager, connection: Connection, namespace: str, auth: Any) -> SessionRestore | None:
    """The comeback that a CONNECT asks for; None if there is nothing to come back to. One read, nothing changes."""
    recovery = manager.recovery
    pid = auth.get("pid") if isinstance(auth, dict) else None
    if recovery is None or not connection.recovery or not isinstance(pid, str) or not PID.fullmatch(pid):
        return None
    state = manager.store.recovery.state(sid_of(pid))
    if state is None or state.namespace != namespace or not compare_digest(state.policy.pid, digest(pid)):
        return None
    return SessionRestore(manager, recovery, connection, state, auth) if _may_move(state, connection) else None


def _may_move(state: RecoveryState, connection: Connection) -> bool:
    """Whether a socket may move to this connection: it is detached, or on one that is older."""
    is_older = state.opened_ms <= connection.opened_ms and state.address != connection.address
    return state.phase == "detached" or is_older
