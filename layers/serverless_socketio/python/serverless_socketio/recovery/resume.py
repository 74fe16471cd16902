"""A client that comes back to its socket: what it proves, what it missed, and how it goes live without a gap.

A socket that comes back is on its new connection at first without being live: events are numbered and kept, and only
this replay sends. It goes live in one write that holds if no number was handed out since what was replayed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from ..codec.socketio import Packet, PacketType
from ..exceptions import ConditionFailed
from ..fanout import event_frames, text_packet
from ..model import Delivery, Member
from ..sid import SID_RANDOM_CHARS, sid_of
from .offset import Offset, read, stamped
from .state import digest

if TYPE_CHECKING:
    from ..model import Connection, Session
    from ..request import Acceptance
    from ..server import Server
    from .state import Kept, Recovery, Standing

PID = re.compile(rf"[\w-]{{{2 * SID_RANDOM_CHARS}}}~[\w-]{{1,128}}={{0,2}}", re.ASCII)
TRIES = 3  # to move a socket that another connection of its client moves, too
POLLS, POLL_S = 20, 0.05  # for an event that has its number and is about to be kept
ROUNDS = 20  # of a replay, while more and more is sent
BATCH = 20  # frames posted at a time: the transport gives each batch two seconds


class Comeback:
    """One CONNECT of a client that proved to be the owner of a socket."""

    def __init__(
        self, server: Server, recovery: Recovery, connection: Connection, standing: Standing, auth: Any
    ) -> None:
        self._server = server
        self._recovery = recovery
        self._connection = connection
        self._standing = standing
        self._pid: str = auth["pid"]
        self._reported = auth.get("offset")
        self._offset = Offset()
        self._missed: list[Kept] = []
        self._told: dict[str, int] = {}
        self.session: Session = {}

    @property
    def sid(self) -> str:
        """The socket that it may be again."""
        return self._standing.sid

    @property
    def member(self) -> Member:
        """The socket on its new connection, as something to send to."""
        return Member(self.sid, self._connection.address, self._standing.namespace)

    def enter(self, acceptance: Acceptance) -> Acceptance | None:
        """Move the socket to the new connection; None if it must be a new one. Raises ConditionFailed.

        Only now that the application has accepted the client, as the same user, may the socket's last connection end: a
        pid may be stolen.
        """
        if self._recovery.identity(acceptance.session) != self._standing.terms.identity:
            return None
        for _ in range(TRIES):
            if not self._has_parted():
                return None
            if not self._is_whole():
                self._server.store.forget(self.sid)
                return None
            try:
                self._move(acceptance)
            except ConditionFailed:
                standing = self._server.store.standing(self.sid)
                if standing is None:
                    return None
                self._standing = standing
            else:
                return acceptance
        raise ConditionFailed

    def replay(self) -> None:
        """Answer CONNECT, send what was missed, go live; else end the connection: its client may come back."""
        if not self._replay():
            self._server.hang_up(self._connection.address, "transport close")

    def _replay(self) -> bool:
        answer = {"sid": self.sid, "pid": self._pid}
        frames = [text_packet(Packet(PacketType.CONNECT, self._standing.namespace, data=answer))]
        for _ in range(ROUNDS):
            for kept in self._missed:
                frames += self._frames(kept)
            if not self._post(frames):
                return False
            if self._server.store.settle(self._standing):
                return True
            if not self._look_again():
                return False
            frames = []
        return False

    def _look_again(self) -> bool:
        """What was sent meanwhile; False if the socket is not here any more, or an event of it is lost."""
        now = self._server.store.standing(self.sid)
        if now is None or now.epoch != self._standing.epoch:
            return False
        self._standing = now
        if self._read():
            return True
        self._server.store.forget(self.sid)
        return False

    def _has_parted(self) -> bool:
        """End the socket's last connection, which its client has given up; False if it is on a newer one, or ended."""
        if self._standing.state == "away":
            return True
        if not _may_move(self._standing, self._connection):
            return False
        self._server.hang_up(self._standing.address, "transport close")
        standing = self._server.store.standing(self.sid)
        self._standing = standing or self._standing
        return standing is not None

    def _is_whole(self) -> bool:
        """Whether all is kept that the client has not got."""
        offset = read(self._reported, self.sid)
        if offset is None or not 0 <= self._standing.seq - offset.seq <= self._standing.terms.log_max:
            return False
        self._offset = offset
        return self._read()

    def _read(self) -> bool:
        """Read the events above the offset; False if one of them is lost."""
        above, newest = self._offset.seq, self._standing.seq
        for _ in range(POLLS):
            kept = self._server.store.kept(self.sid, above) if newest > above else []
            self._missed = [each for each in kept if each.seq <= newest]
            if [each.seq for each in self._missed] == list(range(above + 1, newest + 1)):
                return True
            self._server.clock.sleep(POLL_S)
        return False

    def _move(self, acceptance: Acceptance) -> None:
        self.session = {**self._standing.session, **acceptance.session}
        self._told = {run: self._offset.runs.get(run, 0) for run in self._standing.runs}
        self._standing = self._server.store.resume(self._standing, self._connection, self.session, runs=self._told)
        self._told = {**self._offset.runs, **self._told}

    def _frames(self, kept: Kept) -> list[str]:
        """An event as it is sent now, before it what is left of the run that it ends; nothing if the client has it."""
        before = replace(self._offset, seq=kept.seq)
        missed, self._offset = self._offset.misses(kept), before
        frames: list[str] = []
        if kept.closes and missed:
            frames = self._rest(kept.closes, kept.seq - 1)
        self._told.pop(kept.closes or "", None)
        offset = Offset(kept.seq, runs=self._told).write(self.sid)
        return [*frames, *stamped(list(kept.frames), offset)] if missed else []

    def _rest(self, run: str, seq: int) -> list[str]:
        frames: list[str] = []
        index = self._told.get(run, 0)
        for told, (event, payload) in enumerate(self._recovery.rest(run, index), index + 1):
            offset = Offset(seq, runs={**self._told, run: told}).write(self.sid)
            frames += stamped(event_frames(self.member, event, (payload,)), offset)
        return frames

    def _post(self, frames: list[str]) -> bool:
        address, transport = self._connection.address, self._server.transport
        batches = (frames[start : start + BATCH] for start in range(0, len(frames), BATCH))
        return all(transport.post_all([(address, batch)]) == [Delivery.SENT] for batch in batches)


def find(server: Server, connection: Connection, namespace: str, auth: Any) -> Comeback | None:
    """The comeback that a CONNECT asks for; None if there is nothing to come back to. One read, nothing changes."""
    recovery = server.recovery
    pid = auth.get("pid") if isinstance(auth, dict) else None
    if recovery is None or not connection.recovery or not isinstance(pid, str) or not PID.fullmatch(pid):
        return None
    standing = server.store.standing(sid_of(pid))
    if standing is None or standing.namespace != namespace or not compare_digest(standing.terms.pid, digest(pid)):
        return None
    return Comeback(server, recovery, connection, standing, auth) if _may_move(standing, connection) else None


def _may_move(standing: Standing, connection: Connection) -> bool:
    """Whether a socket may move to this connection: it is away, or on one that is older."""
    is_older = standing.opened_ms <= connection.opened_ms and standing.address != connection.address
    return standing.state == "away" or is_older
