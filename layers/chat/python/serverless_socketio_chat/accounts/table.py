"""Users, their keys and plans in a table: what administrators write, and a key's way to its user.

A key is `KEY_PREFIX` and 192 random bits. Its SHA-256 is all that is stored, and it is found by that: no comparison
whose time could tell anything. Users share a partition, so that they can be listed without a scan.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws.ports import Delete, Put, Update
from serverless_socketio.exceptions import ConditionFailed, TransactionRefused
from serverless_socketio_chat.accounts import plans
from serverless_socketio_chat.accounts.api_keys import digest
from serverless_socketio_chat.accounts.model import Account, KeyRecord, User
from serverless_socketio_chat.accounts.plans import FALLBACK, Plan
from serverless_socketio_chat.model import check_name
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable
from serverless_socketio_chat.tables.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_socketio.aws.ports import Item


def date_of(at_ms: int) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


class Accounts(InTable):
    """Users and their keys."""

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key; None if unknown or revoked. One read."""
        item = self._table.get(keys.api_key(key_digest))
        if item is None:
            return None
        is_over = item.get("plan_expires", inf) <= self._clock.now_ms()
        return User(item["user_id"], FALLBACK if is_over else item["plan"])

    def signed_out_s(self, user_id: str) -> int | None:
        """When a user was signed out, in whole seconds; None: never. One read."""
        item = self._table.get(keys.signed_out(user_id))
        return None if item is None else int(item["at"])

    def sign_out(self, user_id: str) -> None:
        """Refuse all tokens of a user that were issued until now, and end their connections. One write.

        Whether or not the user is known: one that a token makes is told of only by that token.
        """
        now_s = self._clock.now_ms() // 1000
        with suppress(ConditionFailed):  # another did, by a clock that is ahead
            self._table.put(
                {**keys.signed_out(check_name(user_id)), "at": now_s},
                condition="attribute_not_exists(#at) OR #at <= :now",
                values={":now": now_s},
            )

    def users(self) -> Iterator[Account]:
        """All users, by id. One query for each page: 1 read unit for about 50 users."""
        yield from map(_account, self._table.query(keys.USERS))

    def user(self, user_id: str) -> Account | None:
        """A user. One read."""
        item = self._table.get(keys.user(user_id))
        return None if item is None else _account(item)

    def put_user(self, user_id: str, plan: str, plan_expires_ms: int | None = None) -> None:
        """Create a user, or move one and all keys of the user to another plan. One write, and one for each key.

        `plan_expires_ms`: as from when the plan counts as the free one; None: never.
        """
        values: dict[str, Any] = {":plan": plan, ":now": self._clock.now_ms()}
        named = "SET #plan = :plan, #created = if_not_exists(#created, :now)"
        if plan_expires_ms is None:
            change = f"{named} REMOVE #plan_expires, #expires_on, #reminded"
        else:
            change = f"{named}, #plan_expires = :expires, #expires_on = :on REMOVE #reminded"
            values |= {":expires": plan_expires_ms, ":on": date_of(plan_expires_ms)}
        self._table.update(keys.user(check_name(user_id)), change, values=values)
        for key in self.keys_of(user_id):
            self._move_key(key, plan, plan_expires_ms)

    def expiring_on(self, date: str, days: int) -> Iterator[str]:
        """Ids of users whose plan ends on a day and who were not reminded `days` before it.

        One query by index, eventually consistent, and a read for each.
        """
        found = [{"pk": row["pk"], "sk": row["sk"]} for row in self._table.query(date, index=keys.EXPIRY_INDEX)]
        for item in self._table.get_all(found, consistent=True):
            if item.get("expires_on") == date and item.get("reminded", inf) > days:
                yield _account(item).user_id

    def note_reminded(self, user_id: str, date: str, days: int) -> None:
        """Note that a user was reminded so many days before a plan's end. One write."""
        with suppress(ConditionFailed):  # the plan changed meanwhile
            self._table.update(
                keys.user(user_id),
                "SET #reminded = :days",
                condition="#expires_on = :date",
                values={":days": days, ":date": date},
            )

    def revoke_user(self, user_id: str) -> int:
        """Delete a user and all keys of the user, and sign the user out; returns how many keys there were.

        Raises LookupError for an unknown user. The user first, so that no new key can be made; what a call that broke
        left behind is deleted by the next.
        """
        known = self._table.delete(keys.user(user_id))
        found = list(self.keys_of(user_id))
        if known is None and not found:
            raise LookupError(f"User {user_id} does not exist")
        self.sign_out(user_id)
        for key in found:
            self._delete_key(user_id, key)
        return len(found)

    def put_key(self, api_key: str, user_id: str) -> KeyRecord:
        """Let a key stand for a user. Raises LookupError for an unknown user. One read, one transaction."""
        user = self.user(user_id)
        record = KeyRecord(digest(api_key), self._clock.now_ms())
        if user is None:
            raise LookupError(f"User {user_id} does not exist")
        ends = {"plan_expires": user.plan_expires_ms} if user.plan_expires_ms is not None else {}
        same_end = "#plan_expires = :expires" if ends else "attribute_not_exists(#plan_expires)"
        same_plan = Update(
            keys.user(user_id),
            "SET #plan = :plan",
            condition=f"#plan = :plan AND {same_end}",
            values={":plan": user.plan, **({":expires": user.plan_expires_ms} if ends else {})},
        )
        listed = Update(
            keys.user_key(user_id, record.digest),
            "SET #created = if_not_exists(#created, :now)",
            values={":now": record.created_ms},
        )
        item = {**keys.api_key(record.digest), "user_id": user_id, "plan": user.plan, **ends}
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

    def _move_key(self, key: KeyRecord, plan: str, plan_expires_ms: int | None) -> None:
        """Let a key stand for its user on another plan; one that is being revoked does not come back."""
        if plan_expires_ms is None:
            change, ends = "SET #plan = :plan REMOVE #plan_expires", {}
        else:
            change, ends = "SET #plan = :plan, #plan_expires = :expires", {":expires": plan_expires_ms}
        values = {":plan": plan, **ends}
        with suppress(ConditionFailed):
            self._table.update(keys.api_key(key.digest), change, condition="attribute_exists(pk)", values=values)

    def _delete_key(self, user_id: str, key: KeyRecord) -> None:
        self._table.transact([Delete(keys.api_key(key.digest)), Delete(keys.user_key(user_id, key.digest))])


def _account(item: Item) -> Account:
    return Account(item["sk"].removeprefix("USER#"), item["plan"], item["created"], item.get("plan_expires"))


class Plans(InTable):
    """Plans, by name."""

    @cached_property
    def _recent_plans(self) -> Recent[Plan]:
        return Recent(self._clock)

    def plan(self, name: str) -> Plan:
        """A plan; its default if it was never written, `free` if there is none either.

        One read, or none in a warm function.
        """
        return self._recent_plans.get(name, self._read_plan)

    def plans(self) -> list[Plan]:
        """All plans, by name, also those never written. One query."""
        stored = {plan.name: plan for plan in map(_plan_of, self._table.query(keys.PLANS))}
        return sorted((plans.DEFAULTS | stored).values(), key=lambda plan: plan.name)

    def put_plan(self, plan: Plan, *, if_new: bool = False) -> None:
        """Write a plan, or only one that was never written. Raises ValueError."""
        item = {
            **keys.plan(check_name(plan.name)),
            "messages": plans.check(plan).messages,
            "burst": plan.burst,
            "connections": plan.connections,
        }
        try:
            self._table.put(item, condition="attribute_not_exists(pk)" if if_new else None)
        except ConditionFailed:
            return
        self._recent_plans.forget(plan.name)

    def _read_plan(self, name: str) -> Plan:
        item = self._table.get(keys.plan(name), consistent=False)
        if item is not None:
            return _plan_of(item)
        return plans.DEFAULTS.get(name) or self._read_plan(plans.FALLBACK)


def _plan_of(item: Item) -> Plan:
    return Plan(item["sk"].removeprefix("PLAN#"), item["messages"], item["burst"], item["connections"])
