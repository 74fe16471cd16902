"""The keys that an issuer signs with: kept in this process and in the table, and read from the issuer as a rule hourly.

=========================================  ========================  =================================================
the set that is stored                     has the key               has it not, or there is none
=========================================  ========================  =================================================
is younger than `AGE_MS` - `AHEAD_MS`      it is used                read again: without it the token is a bad one
is younger than `AGE_MS`                   read again; else used     likewise
is older, or there is none                 read again; else waited   likewise
=========================================  ========================  =================================================

One function in `AGAIN_MS` reads, for the whole deployment: the one that wins a conditional write. Where a key depends
on a reading that fails, or may not be made yet, nothing can be said of the token: `KeysUnreadable`. A function that has
no set at all waits for the one that is reading it; an unknown key is not waited for, since any client can name one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.accounts.model import BadToken, KeysUnreadable

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.accounts.ports import Issuer, Jwk, KeySet, KeySetRecords

AGE_MS = 3_600_000
AHEAD_MS = 300_000  # so long before a set is too old it is read again, while it can still be used
AGAIN_MS = 30_000
WAIT_S, POLL_S = 3.0, 0.1  # `Issuer.keys` takes no longer


@dataclass(eq=False)
class KeySets:
    """The key set of one issuer, as one warm function knows it."""

    issuer: Issuer
    records: KeySetRecords
    clock: Clock

    def __post_init__(self) -> None:
        self._kept: KeySet | None = None

    def key(self, kid: str | None) -> Jwk:
        """The public key of this id; of a token that names none, the one without. Raises BadToken, KeysUnreadable.

        No call in a warm function; one read for a key that it does not know, and once an hour or so a reading.
        """
        now_ms = self.clock.now_ms()
        found = self._kept
        if found is None or kid not in found.keys or not _is_young(found, now_ms):
            found = self._kept = self.records.key_set()
        is_usable = found is not None and found.read_ms > now_ms - AGE_MS
        if found is not None and is_usable and kid in found.keys and _is_young(found, now_ms):
            return found.keys[kid]
        return self._read_again(kid, found if is_usable else None, now_ms)

    def _read_again(self, kid: str | None, usable: KeySet | None, now_ms: int) -> Jwk:
        """The key from a new set; from one that is old, but not too old, if there is no new one to be had."""
        has_key = usable is not None and kid in usable.keys
        try:
            fresh = self._read(now_ms) if self.records.claim_reading(now_ms, now_ms - AGAIN_MS) else None
        except KeysUnreadable:
            if not has_key:
                raise
            fresh = None
        if fresh is not None:
            self._kept = fresh
            if kid not in fresh.keys:
                raise BadToken
            return fresh.keys[kid]
        if usable is not None and has_key:
            return usable.keys[kid]
        if usable is not None:
            raise KeysUnreadable("A key is not known yet, and the issuer's were read a moment ago")
        return self._wait(kid, now_ms)

    def _read(self, now_ms: int) -> KeySet:
        """Read the issuer's set and store it. Raises KeysUnreadable, which others are told of."""
        try:
            fresh = self.issuer.keys(now_ms)
        except KeysUnreadable:
            self.records.note_failure(now_ms)
            raise
        self.records.put_key_set(fresh)
        return fresh

    def _wait(self, kid: str | None, now_ms: int) -> Jwk:
        """The key from the set that another function is reading just now."""
        until = self.clock.monotonic() + WAIT_S
        while self.clock.monotonic() < until:
            found = self.records.key_set()
            if found is not None and found.read_ms > now_ms - AGE_MS:
                self._kept = found
                if kid in found.keys:
                    return found.keys[kid]
                break
            if found is None or found.failed:
                break
            self.clock.sleep(POLL_S)
        raise KeysUnreadable("The issuer's keys could not be read")


def _is_young(found: KeySet, now_ms: int) -> bool:
    return found.read_ms > now_ms - AGE_MS + AHEAD_MS
