"""`notifications.ports.Subscriptions` and `Notices` over the conversations table.

A device is two items: the user's, with all that pushing needs, and the endpoint's, which says whose it is. Both come
and go in one transaction with the user's own item, whose version rises: so the number of a user's devices is exact, and
an endpoint has one user, whichever functions write at the same time.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws.backoff import backoff_s
from serverless_socketio.aws.ports import Delete, Put, Update
from serverless_socketio.exceptions import ConditionFailed, StoreError, TransactionRefused
from serverless_socketio_chat.notifications.model import InAppNotice, NotYours, Preferences, QuietHours
from serverless_socketio_chat.push.codec import notification_fields, notification_in
from serverless_socketio_chat.push.model import Subscription
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.in_table import InTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_socketio.aws.ports import Item, Table, Write
    from serverless_socketio.ports import Clock

DEVICES_MAX = 20  # of a user
TRIES, BACKOFF_S = 8, 0.02  # of a change to devices that others change all the time: 3 s in all
ATTRIBUTES = {"quiet_hours": "quiet", "time_zone": "zone", "muted_agents": "muted"}  # of what a user prefers
SAME_KEYS = "#p256dh = :p256dh AND #auth = :auth"


class TableSubscriptions(InTable):
    """One item for each user who ever preferred or subscribed, two for each device."""

    def preferences(self, user_id: str) -> Preferences:
        """A user's preferences. One read."""
        return _preferences(self._user(user_id))

    def prefer(self, user_id: str, changes: Mapping[str, object]) -> Preferences:
        """Change some of them. One write."""
        assignments = ", ".join(f"#{ATTRIBUTES[name]} = :{name}" for name in changes)
        values = {f":{name}": _value(value) for name, value in changes.items()}
        return _preferences(self._table.update(keys.preferences(user_id), f"SET {assignments}", values=values))

    def put(self, subscription: Subscription) -> None:
        """Subscribe a device. One read and one write if nothing is new, else two reads more and a transaction."""
        for attempt in range(TRIES):
            owner = self._table.get(keys.subscription_owner(subscription.subscription_id))
            try:
                return self._put(subscription, owner)
            except (ConditionFailed, TransactionRefused):
                self._clock.sleep(backoff_s(attempt, BACKOFF_S))  # another function was faster: look again
        raise StoreError("The user's devices kept changing")

    def remove(self, user_id: str, subscription_id: str, *, of: Subscription | None = None) -> bool:
        """Forget a device, if its keys are still those `of`; whether there was one. One transaction."""
        condition, values = ("attribute_exists(pk)", {}) if of is None else (SAME_KEYS, _keys_of(of))
        try:
            self._table.transact(
                [
                    Delete(keys.subscription(user_id, subscription_id), condition, values),
                    Delete(keys.subscription_owner(subscription_id)),
                    _one_less(user_id),
                ]
            )
        except TransactionRefused:
            return False
        return True

    def get(self, user_id: str, subscription_id: str) -> Subscription | None:
        """One device. One read."""
        item = self._table.get(keys.subscription(user_id, subscription_id))
        return None if item is None or self._expired(item) else _subscription(item)

    def all(self, user_id: str) -> Sequence[Subscription]:
        """A user's devices. One query."""
        return [_subscription(item) for item in self._devices(user_id) if not self._expired(item)]

    def _put(self, subscription: Subscription, owner: Item | None) -> None:
        """One try, for an endpoint that is this user's, new, or another user's."""
        same_keys = owner is not None and owner["keys"] == _digest(subscription)
        if owner is not None and owner["user_id"] == subscription.user_id:
            self._again(subscription, same_keys=same_keys)
        elif owner is None:
            self._table.transact(self._anew(subscription, Put(_owner_item(subscription), "attribute_not_exists(pk)")))
        elif same_keys:
            self._move(subscription, owner["user_id"])
        else:
            raise NotYours

    def _again(self, subscription: Subscription, *, same_keys: bool) -> None:
        key = keys.subscription(subscription.user_id, subscription.subscription_id)
        if same_keys:
            values = {
                **_keys_of(subscription),
                ":now": self._clock.now_ms(),
                ":ends": subscription.expires_ms,
                ":origin": subscription.origin,
            }
            change = "SET #used = :now, #ends = :ends, #origin = :origin"
            self._table.update(key, change, condition=SAME_KEYS, values=values)
            return
        mine = {":user": subscription.user_id}
        self._table.transact(
            [
                Put(self._device_item(subscription), "attribute_exists(pk)"),
                Put(_owner_item(subscription), "#user_id = :user", mine),
            ]
        )

    def _move(self, subscription: Subscription, user_id: str) -> None:
        """The endpoint was `user_id`'s, and is the subscription's user's from now on."""
        same = {":user": user_id, ":keys": _digest(subscription)}
        owner = Put(_owner_item(subscription), "#user_id = :user AND #keys = :keys", same)
        theirs = Delete(keys.subscription(user_id, subscription.subscription_id))
        self._table.transact([*self._anew(subscription, owner), theirs, _one_less(user_id)])

    def _anew(self, subscription: Subscription, owner: Put) -> list[Write]:
        """One device more, and those less that have to give way, if the user's devices are still these."""
        user_id = subscription.user_id
        user = self._user(user_id)  # before its devices: a change in between is noticed
        devices = list(self._devices(user_id))
        leaving = self._leaving(devices)
        changes = user.get("changes", 0)
        counted = Update(
            keys.preferences(user_id),
            "SET #subs = :subs, #changes = :next",
            condition="#changes = :changes" if changes else "attribute_not_exists(#changes)",
            values={":subs": len(devices) + 1 - len(leaving), ":next": changes + 1}
            | ({":changes": changes} if changes else {}),
        )
        writes: list[Write] = [counted, Put(self._device_item(subscription)), owner]
        for device in leaving:
            subscription_id = _subscription(device).subscription_id
            unused = {":used": device["used"]}
            writes += [
                Delete(keys.subscription(user_id, subscription_id), "#used = :used", unused),
                Delete(keys.subscription_owner(subscription_id)),
            ]
        return writes

    def _leaving(self, devices: list[Item]) -> list[Item]:
        """Who gives way to one device more: the expired, and as many of those longest unused as are too many."""
        expired = [device for device in devices if self._expired(device)]
        living = sorted((device for device in devices if not self._expired(device)), key=lambda device: device["used"])
        return expired + living[: max(0, len(living) + 1 - DEVICES_MAX)]

    def _user(self, user_id: str) -> Item:
        return self._table.get(keys.preferences(user_id)) or {}

    def _devices(self, user_id: str) -> Sequence[Item]:
        prefix = keys.subscription(user_id, "")
        return list(self._table.query(prefix["pk"], begins_with=prefix["sk"]))

    def _device_item(self, subscription: Subscription) -> Item:
        return {
            **keys.subscription(subscription.user_id, subscription.subscription_id),
            "endpoint": subscription.endpoint,
            "p256dh": subscription.p256dh,
            "auth": subscription.auth,
            "ends": subscription.expires_ms,
            "origin": subscription.origin,
            "used": self._clock.now_ms(),
        }

    def _expired(self, device: Item) -> bool:
        return device.get("ends") is not None and device["ends"] <= self._clock.now_ms()


def _owner_item(subscription: Subscription) -> Item:
    return {
        **keys.subscription_owner(subscription.subscription_id),
        "user_id": subscription.user_id,
        "keys": _digest(subscription),
    }


def _one_less(user_id: str) -> Update:
    return Update(keys.preferences(user_id), "ADD #subs :less, #changes :one", values={":less": -1, ":one": 1})


def _keys_of(subscription: Subscription) -> dict[str, str]:
    return {":p256dh": subscription.p256dh, ":auth": subscription.auth}


def _digest(subscription: Subscription) -> str:
    return hashlib.sha256(f"{subscription.p256dh} {subscription.auth}".encode()).hexdigest()


def _subscription(item: Item) -> Subscription:
    return Subscription(
        item["sk"].removeprefix("SUB#"),
        item["pk"].removeprefix("USER#"),
        item["endpoint"],
        item["p256dh"],
        item["auth"],
        item.get("ends"),
        item.get("origin"),
    )


def _preferences(item: Item) -> Preferences:
    hours = item.get("quiet")
    return Preferences(
        None if hours is None else QuietHours(hours["start"], hours["end"]),
        item.get("zone", "UTC"),
        tuple(item.get("muted", ())),
        item.get("subs", 0),
    )


def _value(preferred: object) -> Any:
    if isinstance(preferred, QuietHours):
        return {"start": preferred.start, "end": preferred.end}
    return preferred


class TableNotices:
    """One item for each notification that was told; `kept_s`: within so many seconds a device is found gone."""

    def __init__(self, table: Table, clock: Clock, *, kept_s: int) -> None:
        self._table = table
        self._clock = clock
        self._kept_s = kept_s

    def note(self, user_id: str, told: InAppNotice) -> None:
        """Remember it, in place of what was known of it. One write, more for a long body: 1 unit for each KB."""
        self._table.put({**notice_item(user_id, told), "expires": self._now_s() + self._kept_s})

    def told(self, user_id: str) -> Sequence[InAppNotice]:
        """What is remembered. One query."""
        prefix = keys.told(user_id, "")
        rows = self._table.query(prefix["pk"], begins_with=prefix["sk"])
        return [notice_of(row) for row in rows if row["expires"] > self._now_s()]

    def forget(self, user_id: str, notification_id: str) -> None:
        """Forget one. One write."""
        self._table.delete(keys.told(user_id, notification_id))

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000


def notice_item(user_id: str, told: InAppNotice) -> Item:
    """A notification that devices were told."""
    return {
        **keys.told(user_id, told.notification.id),
        "notification": notification_fields(told.notification),
        "sids": sorted(told.sids),
        "at": told.at_ms,
    }


def notice_of(item: Item) -> InAppNotice:
    """`notice_item` undone."""
    return InAppNotice(notification_in(item["notification"]), frozenset(item["sids"]), item["at"])
