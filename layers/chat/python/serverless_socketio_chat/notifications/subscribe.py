"""The rules of the events ``push:*``: which devices of a user may be pushed to, and how the user wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from serverless_socketio.exceptions import QueueError
from serverless_socketio_chat.errors import RETRY_MS, Forbidden, Invalid, Unavailable
from serverless_socketio_chat.notifications import browser_keys, wording
from serverless_socketio_chat.notifications.model import NotYours
from serverless_socketio_chat.notifications.preferences import quiet_hours, time_zone
from serverless_socketio_chat.push.endpoints import subscription_id
from serverless_socketio_chat.push.model import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.notifications.model import Preferences
    from serverless_socketio_chat.notifications.ports import PushQueue, Subscriptions
    from serverless_socketio_chat.push.endpoints import Endpoints

T = TypeVar("T")
LATEST_MS = 8_640_000_000_000_000  # the last moment of an ECMAScript Date (ECMA-262, section 21.4.1.1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription as a client sends it, unchecked. `expiration_time`: milliseconds since the epoch.

    `origin`: that of the client's page, as its handshake had it.
    """

    endpoint: str
    p256dh: str
    auth: str
    expiration_time: float | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Subscriptions and settings of users. `public_key`: the deployment's VAPID key, empty if it has none."""

    subscriptions: Subscriptions
    queue: PushQueue
    clock: Clock
    endpoints: Endpoints
    public_key: str

    def subscribe(self, user_id: str, asked: Asked) -> str:
        """Subscribe a device; the subscription's id. Raises Invalid, Forbidden for another user's device."""
        subscription = self._checked(user_id, asked)
        try:
            self.subscriptions.put(subscription)
        except NotYours as error:
            raise Forbidden("Another user has subscribed this endpoint, with other keys.") from error
        return subscription.subscription_id

    def unsubscribe(self, user_id: str, endpoint: str) -> None:
        """Forget a device, if it is the user's."""
        self.subscriptions.remove(user_id, subscription_id(endpoint))

    def subscribed(self, user_id: str, endpoint: str | None) -> bool:
        """Whether the user has subscribed a device, or any."""
        if endpoint is None:
            return bool(self.subscriptions.all(user_id))
        return self.subscriptions.get(user_id, subscription_id(endpoint)) is not None

    def settings(self, user_id: str, changes: Mapping[str, Any]) -> Preferences:
        """Change some of a user's preferences; all of them as they are then. Raises Invalid."""
        findings = _Findings()
        if changes.get("quiet_hours") is not None:
            findings.check("quietHours", quiet_hours, changes["quiet_hours"])
        if "time_zone" in changes:
            findings.check("timeZone", time_zone, changes["time_zone"])
        findings.judge()
        return self.subscriptions.prefer(user_id, changes) if changes else self.subscriptions.preferences(user_id)

    def test(self, user_id: str, request_id: str) -> None:
        """Push something to all of a user's devices, however they are connected, and whenever. Raises Unavailable.

        `request_id`: of the frame that asks; the same one reaches a device once.
        """
        notification = wording.test(request_id, now_ms=self.clock.now_ms())
        try:
            self.queue.notify(user_id, notification, decided=True)
        except QueueError as error:
            raise Unavailable(retryAfterMs=RETRY_MS) from error

    def _checked(self, user_id: str, asked: Asked) -> Subscription:
        findings = _Findings()
        endpoint = findings.check("subscription.endpoint", self.endpoints.check, asked.endpoint)
        p256dh = findings.check("subscription.keys.p256dh", browser_keys.public_key, asked.p256dh)
        auth = findings.check("subscription.keys.auth", browser_keys.auth_secret, asked.auth)
        expires = findings.check("subscription.expirationTime", self._to_come, asked.expiration_time)
        findings.judge()
        expires_ms = None if expires is None else int(expires)
        return Subscription(subscription_id(endpoint), user_id, endpoint, p256dh, auth, expires_ms, asked.origin)

    def _to_come(self, expiration_time: float | None) -> float | None:
        if expiration_time is not None and not self.clock.now_ms() < expiration_time <= LATEST_MS:
            raise ValueError("The expiration time must be in the future, in milliseconds since the epoch.")
        return expiration_time


class _Findings:
    """What is wrong with a payload beyond its model: all of it, so that a client learns it at once."""

    def __init__(self) -> None:
        self._issues: list[dict[str, str]] = []

    def check(self, path: str, rule: Callable[[T], T], value: T) -> T:
        """The value as the rule has it; what a rule refuses is noted, and left as it is."""
        try:
            return rule(value)
        except ValueError as error:
            self._issues.append({"path": path, "message": str(error)})
            return value

    def judge(self) -> None:
        """Raises Invalid if anything was noted."""
        if self._issues:
            raise Invalid(issues=self._issues)
