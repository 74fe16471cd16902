"""Who is there: each device says what it is, a user is the best of the devices, and changes are told to who asked.

Announcements are made by whichever function notices a change, and several may at a time. Each reads what was announced
last, then the devices; what differs is written on the condition that no other was announced in between, then told,
then looked at again. So two functions cannot cross, and a function that changes a device after the others have looked
finds by its own look what they have written: see `docs/presence.md`.

An announcement is written, told, and noted as told. One that was not told, because its function failed or died between,
is told by the next look that finds it; a look that fails leaves a timer to look again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio.model import time_of_order
from serverless_socketio_chat.errors import RETRY_MS, TooLarge, Unavailable
from serverless_socketio_chat.model import Devices
from serverless_socketio_chat.presence.model import Absent, Announced, GraceTimer, Watchers, best, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.literals import Status
    from serverless_socketio_chat.model import Sender
    from serverless_socketio_chat.presence.ports import GraceTimers, PresenceRecords, PresenceRoom

logger = logging.getLogger(__name__)

GRACE_S = 10  # how long a device that went without a word still counts: a reload takes less
LATE_S = 180  # a tick may be a minute late, and a timer is tried again for a while
HANDSHAKE_S = 1  # a native client is accepted inside its handshake, and can be posted to only after it
WATCHED_MAX = 1_000  # users that one connection hears of: its end, or its return, is a write for each
TELLING_S = 5  # a telling takes a second or two; one that is not noted after this was lost
TRIES = 10  # looks at a user whose devices change all the time


def found_gone_s(ping_interval_ms: int, ping_timeout_ms: int) -> int:
    """Within how many seconds of its last sign of life a device is known to be gone, its grace included."""
    return (ping_interval_ms + ping_timeout_ms) // 1000 + GRACE_S + LATE_S


def _check_all(watched: int) -> None:
    if watched > WATCHED_MAX:
        raise TooLarge("A connection cannot subscribe to so many users.", limit=WATCHED_MAX)


@dataclass(frozen=True, slots=True)
class Presence:
    """Tells presence on. Reads and writes grow with a user's devices and watchers, never with the number of users."""

    records: PresenceRecords
    timers: GraceTimers
    room: PresenceRoom
    clock: Clock

    def say(self, user_id: str, sender: Sender, status: Status) -> Status:
        """A device says what it is; returns what it is now, which a later frame may have decided before."""
        device = self.room.update_data(Devices(user_id), sender, status)
        own = status if device is None else status_of(device)
        try:
            self._look(user_id, own=own)
        except Exception:
            self._look_later_if_possible(user_id)
            raise
        return own

    def subscribe(self, sender: Sender, user_ids: Sequence[str]) -> dict[str, wire.PresencePayload]:
        """Let a socket hear of users; returns how they are. Entered first: what changes meanwhile is heard of.

        Raises TooLarge if it would hear of more than `WATCHED_MAX`, and lets it hear of none of these then. Two queries
        of the socket's rooms.
        """
        wanted = list(dict.fromkeys(user_ids))
        watched = [Watchers(user_id) for user_id in wanted]
        before = self._watched(sender)
        more = [each for each in watched if each.room not in before]
        _check_all(len(before) + len(more))
        self.room.enter_all(watched, sender)
        if more:
            try:
                _check_all(len(self._watched(sender)))
            except TooLarge:  # by frames beside this one
                self.room.leave_all(more, sender)
                raise
        return self._snapshot(wanted)

    def unsubscribe(self, sender: Sender, user_ids: Sequence[str]) -> dict[str, wire.PresencePayload]:
        """Let it hear no more of them; returns how they are."""
        unwanted = list(dict.fromkeys(user_ids))
        self.room.leave_all([Watchers(user_id) for user_id in unwanted], sender)
        return self._snapshot(unwanted)

    def arrived(self, user_id: str, device: Member) -> None:
        """A device was accepted: it is online. Raises if that is not posted, nor will be: it must come again then."""
        if device.form == "native":
            self._look_later(user_id, HANDSHAKE_S)
            return
        try:
            self._look(user_id, own="online")
        except Exception:
            logger.exception("A device that came is announced later")
            self._look_later(user_id, TELLING_S)

    def leaving(self, user_id: str, device: Member, seen_ms: int) -> None:
        """A device is about to be forgotten: it counts as it was until its grace timer goes off.

        In this order, before it is forgotten: whatever fails on the way, it is noticed and tried again. `seen_ms`: when
        its connection was there for certain; what it said of itself was a sign of life, too.
        """
        known = self.room.membership(Devices(user_id), device)
        if known is not None:
            self.records.keep(user_id, Absent(known.sid, status_of(known)))
            seen_ms = max(seen_ms, time_of_order(known.latest))
        self.timers.start(GraceTimer(user_id, self.clock.now_ms(), device.sid, seen_ms), GRACE_S)

    def on_timer(self, timer: GraceTimer) -> None:
        """A timer came, perhaps again: end the grace of the device, and look."""
        if timer.absent is not None:
            self.records.forget(timer.user_id, timer.absent)
        self._look(timer.user_id, stopped_ms=timer.at_ms)

    def _watched(self, sender: Sender) -> set[str]:
        return {room for room in self.room.rooms(sender.member) if room.startswith(Watchers.PREFIX)}

    def _look(self, user_id: str, *, own: Status = "offline", stopped_ms: int | None = None) -> None:
        """Announce until what was announced is so. Raises Unavailable if others are always faster.

        `own`: what one device is. Who is known to be online need not be looked at: nothing is better. `stopped_ms`:
        since when, if the user is found not to be online any more.
        """
        for _ in range(TRIES):
            before = self.records.announced(user_id)
            was: Status = "offline" if before is None else before.status
            if before is not None and before.is_told and was == own == "online":
                return
            devices = self.room.members(Devices(user_id))
            status = best(status_of(device) for device in devices if not device.detached)
            if status != was:  # devices in their grace come second: a device becomes one before it is forgotten
                status = best([status, *(device.status for device in self.records.absent(user_id))])
            if status == was:
                self._make_up_for(user_id, devices, before)
                return
            announcement = self._announcement(before, status, stopped_ms)
            if self.records.announce(user_id, announcement, before=before):
                self._tell(user_id, devices, announcement)
            own = "offline"  # what the device was at first, it need not be any more
        raise Unavailable(retryAfterMs=RETRY_MS)

    def _make_up_for(self, user_id: str, devices: Sequence[Member], last: Announced | None) -> None:
        """Tell an announcement that is so, and that its function has not told; look later if it still may."""
        if last is None or last.is_told:
            return
        if self.clock.now_ms() - last.timestamp < TELLING_S * 1000:
            self._look_later(user_id, TELLING_S)
        else:
            self._tell(user_id, devices, last)

    def _look_later(self, user_id: str, after_s: int) -> None:
        self.timers.start(GraceTimer(user_id, self.clock.now_ms()), after_s)

    def _look_later_if_possible(self, user_id: str) -> None:
        """After a failure that is raised anyway."""
        try:
            self._look_later(user_id, TELLING_S)
        except Exception:
            logger.exception("A user is looked at again only with the next change")

    def _announcement(self, before: Announced | None, status: Status, stopped_ms: int | None) -> Announced:
        now_ms = self.clock.now_ms()
        timestamp = now_ms if before is None else max(now_ms, before.timestamp + 1)  # clocks differ
        if status == "online":
            return Announced(status, timestamp, timestamp)
        if before is not None and before.status != "online":
            return Announced(status, before.last_seen, timestamp)
        return Announced(status, now_ms if stopped_ms is None else stopped_ms, timestamp)

    def _tell(self, user_id: str, devices: Sequence[Member], announcement: Announced) -> None:
        listeners = {member.sid: member for member in [*devices, *self.room.members(Watchers(user_id))]}
        if listeners:
            self.room.emit(list(listeners.values()), "presence:updated", _updated(user_id, announcement))
        self.records.told(user_id, announcement)

    def _snapshot(self, user_ids: Sequence[str]) -> dict[str, wire.PresencePayload]:
        now_ms, announced = self.clock.now_ms(), self.records.announced_of(user_ids)
        return {user_id: _shown(announced.get(user_id), now_ms) for user_id in user_ids}


def _shown(announced: Announced | None, now_ms: int) -> wire.PresencePayload:
    """A user's presence as the acks of ``presence:subscribe`` and ``presence:unsubscribe`` have it."""
    if announced is None:
        return {"status": "offline", "lastSeen": None}
    last_seen = now_ms if announced.status == "online" else announced.last_seen
    return {"status": announced.status, "lastSeen": last_seen}


def _updated(user_id: str, now: Announced) -> wire.PresenceUpdatedPayload:
    """``presence:updated``."""
    return {"userId": user_id, "status": now.status, "lastSeen": now.last_seen, "timestamp": now.timestamp}
