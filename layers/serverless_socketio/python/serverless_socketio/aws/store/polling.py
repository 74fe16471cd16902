"""Sessions that began with long-polling, each one row with its outbox; see `polling.session`.

The outbox is a list in the row, so that one write appends to it, and one that names its `seq` takes from it or says
that it was empty. An update is billed by the size of the whole row: so what is larger than `INLINE_MAX`, and whatever
comes while `INLINE_BYTES_MAX` wait already, lies in a row of its own, written before the outbox names it.

A client of AWS tries a write again whose answer was lost. Where that is not harmless, the row says who wrote it last,
and a condition that fails because of one's own first try is one that was met.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...exceptions import ConditionFailed
from ...model import CONNECTION_TTL_S
from ...polling.session import CLOSE, LATE_MS, WAITING_MAX, StoredFrame
from .rows import TableStore, address_in, held_key, outbox_key, polling_key, polling_session_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...polling.session import PollingSession
    from ..ports import Item

SLOTS_INDEX = ("slots", "slot", "ends")
SLOT = "POLL"
INLINE_MAX = 2_048  # bytes of a frame
INLINE_BYTES_MAX = 32_768  # of an outbox's frames together
STORED_TTL_S = 120  # of a large frame: its session ends 30 s after the last GET
CLOSED_TTL_S = 60  # of a session that has ended, for the GET that takes what waits
TRIES = 3  # to be one of the GETs that are held


class DynamoPolling(TableStore):
    """`ports.PollingStore`."""

    def open(self, session: PollingSession) -> None:
        """Remember a new session. One write."""
        self._table.put(
            {
                **polling_key(session.address),
                "digest": session.digest,
                "opened": session.opened_ms,
                "idle": session.idle_ms,
                "phase": session.phase,
                "out": [],
                "bytes": 0,
                "seq": 0,
                "last": "",
                "took": "",
                "get": "",
                "held": 0,
                "probe": "",
                "probed": 0,
                "to": "",
                "moved": 0,
                "posted": 0,
                "slot": SLOT,
                "ends": session.opened_ms,
                "expires": self._expires(CONNECTION_TTL_S),
            }
        )

    def find(self, address: str) -> PollingSession | None:
        """The session, or None. One read."""
        return self._session(self._table.get(polling_key(address)))

    def append(self, address: str, frames: Sequence[str]) -> PollingSession | None:
        """Put frames into the outbox. One write, and one for each large frame."""
        stored = [self._store(address, frame) if len(frame.encode()) > INLINE_MAX else frame for frame in frames]
        try:
            bounds = " AND #bytes < :bytes_most AND size(#out) < :most"
            return self._append(address, stored, bounds, {":bytes_most": INLINE_BYTES_MAX, ":most": WAITING_MAX})
        except ConditionFailed as failure:
            session = self._session(failure.item)
        if session is None or session.phase in {"upgraded", "closed"}:
            return session
        stored = [self._store(address, each) if isinstance(each, str) else each for each in stored]
        try:
            return self._append(address, stored, " AND size(#out) < :most", {":most": WAITING_MAX})
        except ConditionFailed:  # it is full, or has moved or ended since
            session = self.find(address)
        if session is None or session.phase in {"upgraded", "closed"}:
            return session
        self.close(address, ended=False)
        return replace(session, phase="closed")

    def frames(self, session: PollingSession, count: int) -> list[str]:
        """The first frames of the outbox that was read. A read for each large one."""
        return [each if isinstance(each, str) else self._stored(session, each) for each in session.outbox[:count]]

    def take(self, session: PollingSession, count: int, *, ended_ms: int | None = None) -> bool:
        """Take these off the outbox. One write."""
        token = secrets.token_urlsafe(9)
        left = [_row(each) for each in session.outbox[count:]]
        ending, ended = (
            ("", {}) if ended_ms is None else (", #get = :no, #idle = :idle", {":no": "", ":idle": ended_ms})
        )
        values = {
            ":left": left,
            ":bytes": _inline(session.outbox[count:]),
            ":taken": int(count > 0),
            ":took": token,
            ":seq": session.seq,
            ":phase": session.phase,
            ":get": session.get,
        }
        taken = self._change(
            session.address,
            f"SET #out = :left, #bytes = :bytes, #seq = #seq + :taken, #took = :took{ending}",
            "#seq = :seq AND #phase = :phase AND #get = :get",
            values | ended,
            done={"took": token},
        )
        return taken is not None

    def begin_get(self, session: PollingSession, get: str, held_ms: int, now_ms: int) -> PollingSession | None:
        """Let a GET be the one that is open. One write."""
        return self._change(
            session.address,
            "SET #get = :get, #held = :held",
            "#phase = :polling AND (#get = :none OR #held <= :late)",
            {":get": get, ":held": held_ms, ":polling": "polling", ":none": "", ":late": now_ms - LATE_MS},
            done={"get": get},
        )

    def received(self, session: PollingSession, posted_ms: int) -> bool:
        """Say how far the times of received frames have come. One write."""
        times = {":ms": posted_ms}
        return self._change(session.address, "SET #posted = :ms", "#posted < :ms", times) is not None

    def probe(self, address: str, connection: str, now_ms: int) -> bool:
        """Note a WebSocket that the session may move to. One write."""
        values = {":to": connection, ":ms": now_ms, ":polling": "polling"}
        return self._change(address, "SET #probe = :to, #probed = :ms", "#phase = :polling", values) is not None

    def unprobe(self, address: str, connection: str) -> bool:
        """Forget that WebSocket, which has ended. One write."""
        values = {":none": "", ":to": connection, ":polling": "polling"}
        try:
            self._table.update(
                polling_key(address),
                "SET #probe = :none",
                condition="#probe = :to AND #phase = :polling",
                values=values,
            )
        except ConditionFailed as failure:
            return failure.item is None or failure.item["to"] != connection
        return True

    def move(self, session: PollingSession, connection: str, now_ms: int) -> PollingSession | None:
        """Have the outbox drained to a WebSocket; it leaves the index. One write."""
        return self._change(
            session.address,
            "SET #phase = :draining, #to = :to, #moved = :ms, #get = :none REMOVE #slot, #ends",
            "#phase = :phase AND #to = :known AND #moved = :since",
            {
                ":draining": "draining",
                ":to": connection,
                ":ms": now_ms,
                ":none": "",
                ":phase": session.phase,
                ":known": session.connection,
                ":since": session.moved_ms,
            },
            done={"to": connection, "moved": now_ms},
        )

    def settle(self, session: PollingSession) -> bool:
        """End the draining of an outbox that was read empty. One write."""
        values = {":upgraded": "upgraded", ":draining": "draining", ":seq": session.seq}
        condition = "#phase = :draining AND #seq = :seq"
        done = {"phase": "upgraded"}
        return self._change(session.address, "SET #phase = :upgraded", condition, values, done=done) is not None

    def close(self, address: str, *, ended: bool = True, last: str = CLOSE) -> PollingSession | None:
        """End a session, once. One write; two for one that had been closed and not ended."""
        values = {":closed": "closed", ":last": [last], ":one": 1, ":until": self._expires(CLOSED_TTL_S)}
        try:
            row = self._table.update(
                polling_key(address),
                "SET #phase = :closed, #out = list_append(#out, :last), #seq = #seq + :one"
                + (", #expires = :until REMOVE #slot, #ends" if ended else ""),
                condition="#phase <> :closed AND attribute_exists(pk)",
                values=values if ended else {name: each for name, each in values.items() if name != ":until"},
            )
        except ConditionFailed as failure:
            if ended and failure.item is not None and "slot" in failure.item:
                until = {":until": values[":until"]}
                self._change(address, "SET #expires = :until REMOVE #slot, #ends", "attribute_exists(#slot)", until)
            return None
        return polling_session_in(row)

    def listed(self) -> Iterator[str]:
        """Addresses of sessions that have not moved or ended. A query of the index."""
        yield from map(address_in, self._table.query(SLOT, index=SLOTS_INDEX))

    def find_all(self, addresses: Sequence[str]) -> list[PollingSession]:
        """Those of many sessions that exist. One read each."""
        rows = self._table.get_all([polling_key(each) for each in addresses], consistent=True)
        return [polling_session_in(row) for row in rows if self._lives(row)]

    def hold(self, get: str, until_ms: int, now_ms: int, most: int) -> bool:
        """Let a GET be held long. A read and a write."""
        for _ in range(TRIES if most > 0 else 0):
            row = self._table.get(held_key())
            known: dict[str, int] = {} if row is None else row["held"]
            held = {each: until for each, until in known.items() if until > now_ms}
            if len(held) >= most:
                return False
            if self._hold(None if row is None else known, {**held, get: until_ms}):
                return True
        return False

    def release(self, get: str) -> None:
        """A GET is held no longer; if that cannot be written, it is over in a while all the same."""
        for _ in range(TRIES):
            row = self._table.get(held_key())
            known: dict[str, int] = {} if row is None else row["held"]
            if get not in known or self._hold(known, {each: until for each, until in known.items() if each != get}):
                return

    def _hold(self, known: dict[str, int] | None, held: dict[str, int]) -> bool:
        try:
            self._table.put(
                {**held_key(), "held": held, "expires": self._expires(STORED_TTL_S)},
                condition="attribute_not_exists(pk)" if known is None else "#held = :known",
                values=None if known is None else {":known": known},
            )
        except ConditionFailed:
            return False
        return True

    def _append(
        self, address: str, stored: Sequence[str | StoredFrame], room: str, values: Mapping[str, Any]
    ) -> PollingSession:
        """Append, once. Raises ConditionFailed."""
        token = secrets.token_urlsafe(9)
        try:
            row = self._table.update(
                polling_key(address),
                "SET #out = list_append(#out, :frames), #bytes = #bytes + :bytes, #seq = #seq + :one, #last = :last",
                condition=f"#expires > :now AND (#phase = :polling OR #phase = :draining) AND #last <> :last{room}",
                values={
                    ":frames": [_row(each) for each in stored],
                    ":bytes": _inline(stored),
                    ":one": 1,
                    ":last": token,
                    ":now": self._now_s(),
                    ":polling": "polling",
                    ":draining": "draining",
                    **values,
                },
            )
        except ConditionFailed as failure:
            if failure.item is None or failure.item["last"] != token:
                raise
            row = dict(failure.item)
        return polling_session_in(row)

    def _store(self, address: str, frame: str) -> StoredFrame:
        """Put a frame into a row of its own."""
        stored = StoredFrame(secrets.token_urlsafe(12), len(frame.encode()))
        self._table.put({**outbox_key(address, stored.id), "frame": frame, "expires": self._expires(STORED_TTL_S)})
        return stored

    def _stored(self, session: PollingSession, stored: StoredFrame) -> str:
        row = self._table.get(outbox_key(session.address, stored.id)) or {}
        return str(row["frame"])

    def _change(
        self,
        address: str,
        expression: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        done: Mapping[str, Any] | None = None,
    ) -> PollingSession | None:
        """Change a session that lives; None if the condition does not hold, unless this very change is `done`."""
        try:
            row = self._table.update(
                polling_key(address),
                expression,
                condition=f"#expires > :now AND {condition}",
                values={**values, ":now": self._now_s()},
            )
        except ConditionFailed as failure:
            if not done or failure.item is None or any(failure.item.get(name) != each for name, each in done.items()):
                return None
            row = dict(failure.item)
        return polling_session_in(row)

    def _session(self, row: Mapping[str, Any] | None) -> PollingSession | None:
        return polling_session_in(dict(row)) if row is not None and self._lives(row) else None


def _row(frame: str | StoredFrame) -> str | Item:
    return frame if isinstance(frame, str) else {"id": frame.id, "size": frame.size}


def _inline(frames: Sequence[str | StoredFrame]) -> int:
    """The bytes that frames take in the row itself."""
    return sum(len(frame.encode()) for frame in frames if isinstance(frame, str))
