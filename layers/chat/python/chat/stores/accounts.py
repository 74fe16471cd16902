"""Users and their keys in a table: what administrators write, and a key's way to its user.

A key is `KEY_PREFIX` and 192 random bits. Its SHA-256 is all that is stored, and it is found by that: no comparison
whose time could tell anything. Users share a partition, so that they can be listed without a scan.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat.ports import User
from chat.stores import keys
from serverless_socketio.exceptions import ConditionFailed, TransactionRefused
from serverless_socketio.ports import Delete, Put, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio.ports import Clock, Item, Table

KEY_PREFIX = "chat_"  # so that people and secret scanners know one when they see it
KEY_BYTES = 24
FINGERPRINT_CHARS = 12  # of the digest: enough to tell a user's keys apart, useless to connect with
NAME = re.compile(r"[^\s#:\x00-\x1f]{1,128}")


@dataclass(frozen=True, slots=True)
class Account:
    """A user as administrators see one."""

    user_id: str
    plan: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A user's key as administrators see it: never the key."""

    digest: str
    created_ms: int

    @property
    def fingerprint(self) -> str:
        """What names the key among its user's."""
        return self.digest[:FINGERPRINT_CHARS]


def new_key() -> str:
    """A new API key."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def digest(key: str) -> str:
    """What is stored of an API key. Keys are random, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def check_name(name: str) -> str:
    """A user or agent id, if it may be one. ValueError for a space, ``#``, ``:``: they part keys and rooms."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be an id: 1 to 128 characters, without white space, '#' and ':'")
    return name


class Accounts:
    """Part of a `Directory`: users and keys."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key; None if unknown or revoked. One read."""
        item = self._table.get(keys.api_key(key_digest))
        return None if item is None else User(item["user_id"], item["plan"])

    def users(self) -> Iterator[Account]:
        """All users, by id. One query for each page: 1 read unit for about 50 users."""
        yield from map(_account, self._table.query(keys.USERS))

    def user(self, user_id: str) -> Account | None:
        """A user. One read."""
        item = self._table.get(keys.user(user_id))
        return None if item is None else _account(item)

    def put_user(self, user_id: str, plan: str) -> None:
        """Create a user, or move one and all keys of the user to another plan. One write, and one for each key."""
        self._table.update(
            keys.user(check_name(user_id)),
            "SET #plan = :plan, #created = if_not_exists(#created, :now)",
            values={":plan": plan, ":now": self._clock.now_ms()},
        )
        for key in self.keys_of(user_id):
            try:
                self._table.update(
                    keys.api_key(key.digest),
                    "SET #plan = :plan",
                    condition="attribute_exists(pk)",  # one that is being revoked does not come back
                    values={":plan": plan},
                )
            except ConditionFailed:
                continue

    def revoke_user(self, user_id: str) -> int:
        """Delete a user and all keys of the user; returns how many. Raises LookupError for an unknown user.

        The user first, so that no new key can be made; what a call that broke left behind is deleted by the next.
        """
        known = self._table.delete(keys.user(user_id))
        found = list(self.keys_of(user_id))
        if known is None and not found:
            raise LookupError(f"There is no user {user_id}")
        for key in found:
            self._delete_key(user_id, key)
        return len(found)

    def put_key(self, api_key: str, user_id: str) -> KeyRecord:
        """Let a key stand for a user. Raises LookupError for an unknown user. One read, one transaction."""
        user = self.user(user_id)
        record = KeyRecord(digest(api_key), self._clock.now_ms())
        if user is None:
            raise LookupError(f"There is no user {user_id}")
        same_plan = Update(
            keys.user(user_id), "SET #plan = :plan", condition="#plan = :plan", values={":plan": user.plan}
        )
        listed = Update(
            keys.user_key(user_id, record.digest),
            "SET #created = if_not_exists(#created, :now)",
            values={":now": record.created_ms},
        )
        item = {**keys.api_key(record.digest), "user_id": user_id, "plan": user.plan}
        try:
            self._table.transact([same_plan, listed, Put(item)])
        except TransactionRefused as refusal:
            raise LookupError(f"The user {user_id} was changed at the same time: try again") from refusal
        return record

    def keys_of(self, user_id: str, fingerprint: str = "") -> Iterator[KeyRecord]:
        """A user's keys, or those whose digest begins so. One query."""
        for item in self._table.query(keys.user_keys_pk(user_id), begins_with=f"KEY#{fingerprint}"):
            yield KeyRecord(item["sk"].removeprefix("KEY#"), item["created"])

    def revoke_key(self, user_id: str, fingerprint: str) -> KeyRecord:
        """Delete a key. Raises LookupError unless exactly one has this fingerprint. One transaction."""
        found = list(self.keys_of(user_id, fingerprint)) if fingerprint else []
        if len(found) != 1:
            raise LookupError(f"{user_id} has {len(found) or 'no'} keys with the fingerprint {fingerprint!r}")
        self._delete_key(user_id, found[0])
        return found[0]

    def _delete_key(self, user_id: str, key: KeyRecord) -> None:
        self._table.transact([Delete(keys.api_key(key.digest)), Delete(keys.user_key(user_id, key.digest))])


def _account(item: Item) -> Account:
    return Account(item["sk"].removeprefix("USER#"), item["plan"], item["created"])
