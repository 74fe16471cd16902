"""What sign-in by tokens keeps in tables: an issuer's key set, users and when they were signed out, looks at tokens."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from serverless_socketio.exceptions import ConditionFailed
from serverless_socketio_chat.accounts.model import SignInRecord
from serverless_socketio_chat.accounts.plans import FALLBACK
from serverless_socketio_chat.accounts.ports import KeySet, TokenLook
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio.aws.ports import Key, Table
    from serverless_socketio.ports import Clock

SLOT_S = 10  # of the index `slots`
SLOTS_INDEX = ("slots", "slot", "ends")
KEPT_S = 3600  # a look that was never made is forgotten so long after its slot


class TableKeySets(InTable):
    """`accounts.ports.KeySetRecords` over the conversations table: one item for each issuer.

    It lies where a role names the partitions that a function may touch: who can write it can sign in as any user.
    """

    def __init__(self, table: Table, issuer: str, clock: Clock | None = None) -> None:
        super().__init__(table, clock)
        self._key = keys.key_set(hashlib.sha256(issuer.encode()).hexdigest())

    def forget(self) -> None:
        """Have the set read anew. One write."""
        self._table.delete(self._key)

    def key_set(self) -> KeySet | None:
        """The set that was read last; None if none was, nor tried to. One read."""
        item = self._table.get(self._key)
        if item is None:
            return None
        read_ms, listed = item.get("read", 0), json.loads(item.get("jwks", "[]"))
        return KeySet({key.get("kid"): key for key in listed}, read_ms, failed=item.get("failed") == item["asked"])

    def claim_reading(self, now_ms: int, before_ms: int) -> bool:
        """Whether the caller may read the issuer's set: it has been claimed before, or never. One write."""
        try:
            self._table.update(
                self._key,
                "SET #asked = :now",
                condition="attribute_not_exists(#asked) OR #asked <= :before",
                values={":now": now_ms, ":before": before_ms},
            )
        except ConditionFailed:
            return False
        return True

    def put_key_set(self, fresh: KeySet) -> None:
        """Store a set that was read. One write."""
        values = {":jwks": json.dumps([*fresh.keys.values()]), ":read": fresh.read_ms}
        self._table.update(self._key, "SET #jwks = :jwks, #read = :read", values=values)

    def note_failure(self, now_ms: int) -> None:
        """Store that the reading that was claimed at this time failed. One write."""
        self._table.update(self._key, "SET #failed = :now", values={":now": now_ms})


class TableSignIns(InTable):
    """`accounts.ports.SignInRecords` over the conversations table."""

    def signed_in(self, user_id: str) -> SignInRecord:
        """What is stored of a user. One consistent read of two items."""
        items = self._table.get_all([keys.user(user_id), keys.signed_out(user_id)], consistent=True)
        user = next((item for item in items if item["pk"] == keys.USERS), None)
        out = next((item for item in items if item["pk"] != keys.USERS), None)
        signed_out_s = None if out is None else out["at"]
        if user is None:
            return SignInRecord(signed_out_s=signed_out_s)
        is_over = user.get("plan_expires", float("inf")) <= self._clock.now_ms()
        return SignInRecord(FALLBACK if is_over else user["plan"], signed_out_s)

    def add_user(self, user_id: str) -> SignInRecord:
        """Make a user who is not there yet, on the plan `free`. One write."""
        item = {**keys.user(user_id), "plan": FALLBACK, "created": self._clock.now_ms()}
        with suppress(ConditionFailed):  # another function did
            self._table.put(item, condition="attribute_not_exists(pk)")
        return SignInRecord(FALLBACK)


class TableLooks:
    """`accounts.ports.TokenLooks` over the connections table, by its index `slots`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, look: TokenLook) -> None:
        """Have a token looked at. One write, and one in the index."""
        at_s = look.slot * SLOT_S
        attributes = {"slot": _slot(look.slot), "ends": at_s * 1000, "expires": at_s + KEPT_S}
        self._table.put({**_key(look), **attributes})

    def due(self, slot: int) -> Sequence[TokenLook]:
        """The looks of a slot, by an index: one just added may come late. One query."""
        return [TokenLook(_sid(row["pk"]), slot) for row in self._table.query(_slot(slot), index=SLOTS_INDEX)]

    def remove(self, looks: Sequence[TokenLook]) -> None:
        """Forget looks that were made. A write for each."""
        self._table.delete_all([_key(look) for look in looks])


def _key(look: TokenLook) -> Key:
    return {"pk": f"TOKEN#{look.sid}", "sk": f"LOOK#{look.slot}"}


def _sid(pk: str) -> str:
    return pk.removeprefix("TOKEN#")


def _slot(slot: int) -> str:
    return f"TOKEN#{slot}"
