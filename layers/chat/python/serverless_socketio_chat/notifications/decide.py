"""When a user is notified, and how: by push, by the event ``notification``, later, or not at all.

A user who looks at the chat on some device is not pushed to. That device is told instead, and what it was told is
remembered until it is known that it was there: if it turns out to be gone, the notification is decided anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from serverless_socketio_chat.model import Chat, Devices
from serverless_socketio_chat.notifications.model import InAppNotice
from serverless_socketio_chat.notifications.preferences import quiet_until_ms
from serverless_socketio_chat.presence.model import is_online
from serverless_socketio_chat.push import payloads
from serverless_socketio_chat.push.model import Push

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from serverless_socketio.model import Member
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.notifications.model import Channel
    from serverless_socketio_chat.notifications.ports import Notices, PushQueue, Subscriptions
    from serverless_socketio_chat.ports import Room
    from serverless_socketio_chat.push.model import Kind, Notification
    from serverless_socketio_chat.push.ports import DeliveryQueue

HOP_S = 900  # the longest delay of SQS: what waits for the end of quiet hours goes round in the queue

NotifyOutcome: TypeAlias = Literal["pushed", "told", "held", "dropped"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a user is to hear of something, and what was seen on the way there.

    `devices`: all of the user's, where they are to be told. `is_subscribed`: whether any device could be pushed to.
    `held_until_ms`: when to ask again, in quiet hours.
    """

    notice: Channel | None = None
    devices: Sequence[Member] = ()
    is_subscribed: bool = False
    held_until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Notifier:
    """Decides about notifications, and carries that out."""

    subscriptions: Subscriptions
    notices: Notices
    queue: PushQueue
    deliveries: DeliveryQueue
    room: Room
    clock: Clock

    def weigh(self, chat: Chat) -> Verdict:
        """How a chat's user is to hear of an answer that ends now. One read, one query."""
        return self._decide(chat.user_id, "answer", chat.agent_id)

    def recall(self, chat: Chat, notice: Channel | None) -> Verdict:
        """A verdict that another writer gave, which was lost before that was carried out.

        A user who was to be told then, and whose devices are gone by now, is pushed to.
        """
        if notice != "tell":
            return Verdict(notice)
        is_subscribed = self.subscriptions.preferences(chat.user_id).subscriptions > 0
        devices = self.room.members(Devices(chat.user_id))
        if is_subscribed and not any(map(is_online, devices)):
            return Verdict("push")
        return Verdict("tell", devices, is_subscribed)

    def notify(self, user_id: str, notification: Notification, *, decided: bool = False) -> NotifyOutcome:
        """Notify a user; `decided`: by push, however connected the user's devices are. Raises if anything fails.

        Again with the same notification, it is pushed once; devices that are told hear it again.
        """
        if decided or notification.kind == "test":
            return self._push(user_id, notification)
        verdict = self._decide(user_id, notification.kind, notification.agent_id)
        if verdict.held_until_ms is not None:
            return self._hold(user_id, notification, verdict.held_until_ms)
        if verdict.notice == "push":
            return self._push(user_id, notification)
        if verdict.notice is None:
            return "dropped"
        self.remember(user_id, notification, verdict)
        self.tell(notification, verdict.devices, besides=self._in_chat(user_id, notification))
        return "told"

    def remember(self, user_id: str, notification: Notification, verdict: Verdict) -> None:
        """Note that devices in the foreground are about to be told, if their user could be pushed to instead."""
        if verdict.is_subscribed:
            sids = frozenset(device.sid for device in verdict.devices if is_online(device))
            self.notices.note(user_id, InAppNotice(notification, sids, self.clock.now_ms()))

    def tell(self, notification: Notification, devices: Sequence[Member], *, besides: Collection[str]) -> None:
        """Send devices the event ``notification``, `besides` those with these sids, which see the chat itself."""
        listeners = [device for device in devices if device.sid not in besides]
        if listeners:
            self.room.emit(listeners, "notification", payloads.notification(notification))

    def push(self, user_id: str, notification: Notification) -> None:
        """Have a notification pushed, however things are when the queue brings it. Raises QueueError."""
        self.queue.notify(user_id, notification, decided=True)

    def gone(self, user_id: str, sid: str, seen_ms: int) -> None:
        """A device is gone that was there for certain at a time: what it was told later is decided anew.

        One query; what was decided is forgotten only after it was carried out, so a crash in between repeats it.
        """
        for told in self.notices.told(user_id):
            if sid in told.sids and told.at_ms > seen_ms:
                self._decide_anew(user_id, told, sid)

    def _decide_anew(self, user_id: str, told: InAppNotice, sid: str) -> None:
        notification = told.notification
        verdict = self._decide(user_id, notification.kind, notification.agent_id)
        if verdict.notice == "tell":
            self._tell_others(user_id, told, sid, verdict)
            return
        if verdict.held_until_ms is not None:
            self._hold(user_id, notification, verdict.held_until_ms)
        elif verdict.notice == "push":
            self.push(user_id, notification)
        self.notices.forget(user_id, notification.id)

    def _tell_others(self, user_id: str, told: InAppNotice, sid: str, verdict: Verdict) -> None:
        """Tell devices in the foreground that have not been told yet; the others may still turn out to be gone."""
        others = [device for device in verdict.devices if is_online(device) and device.sid not in told.sids]
        sids = (told.sids - {sid}) | {device.sid for device in others}
        at_ms = self.clock.now_ms() if others else told.at_ms
        self.notices.note(user_id, InAppNotice(told.notification, sids, at_ms))
        if others:
            self.tell(told.notification, others, besides=self._in_chat(user_id, told.notification))

    def _decide(self, user_id: str, kind: Kind, agent_id: str | None) -> Verdict:
        preferences = self.subscriptions.preferences(user_id)
        if agent_id in preferences.muted_agents:
            return Verdict()
        quiet_ms = quiet_until_ms(preferences, self.clock.now_ms())
        if quiet_ms is not None:  # an answer is old by then, and in the chat
            return Verdict(held_until_ms=None if kind == "answer" else quiet_ms)
        devices, is_subscribed = self.room.members(Devices(user_id)), preferences.subscriptions > 0
        if any(map(is_online, devices)):
            return Verdict("tell", devices, is_subscribed)
        return Verdict("push" if is_subscribed else None)

    def _push(self, user_id: str, notification: Notification) -> NotifyOutcome:
        """A message for each device: each succeeds and fails by itself."""
        now_ms = self.clock.now_ms()
        subscriptions = self.subscriptions.all(user_id)
        pushes = [Push(user_id, each.subscription_id, notification, first_ms=now_ms) for each in subscriptions]
        if not pushes:
            return "dropped"
        self.deliveries.send(pushes)
        return "pushed"

    def _hold(self, user_id: str, notification: Notification, until_ms: int) -> NotifyOutcome:
        wait_s = -((self.clock.now_ms() - until_ms) // 1000)  # rounded up
        self.queue.notify(user_id, notification, after_s=min(wait_s, HOP_S))
        return "held"

    def _in_chat(self, user_id: str, notification: Notification) -> set[str]:
        """The sids of those who see the chat that a notification is about."""
        if notification.agent_id is None:
            return set()
        return {member.sid for member in self.room.members(Chat(user_id, notification.agent_id))}
