"""The rule for one push to one device: claim it, post it, and judge what its push service said.

::

    2xx                    sent        noted, so that a copy of the message is not pushed again
    404, 410, another key  gone        the subscription is forgotten
    429                    throttled   again when it says, else as below
    5xx, no answer         failed      again after growing pauses, five tries in all, then buried
    413, other 3xx, 4xx    failed      buried at once: it would be the same every time

Nothing is lost on the way: whatever raises here leaves the message in its queue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from serverless_socketio.insisting import insist
from serverless_socketio_chat.push import push_message as payload
from serverless_socketio_chat.push.model import Answer, Unreachable, Unsafe
from serverless_socketio_chat.push.retrying import pause_s

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.push.model import Push, PushMessage, Subscription
    from serverless_socketio_chat.push.ports import Claims, DeliveryQueue, DeviceSubscriptions, PushServices

BUSY_S = 20  # when a push is looked at again that another invocation is at: it has ended by then, or died

Result: TypeAlias = Literal["sent", "gone", "throttled", "failed", "unsubscribed", "repeated", "busy"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try.

    `endpoint`: where it was posted to, None if it was not; a secret. `reason`: why it was buried.
    """

    result: Result
    endpoint: str | None = None
    status: int | None = None
    latency_ms: float = 0.0
    reason: str | None = None


class Delivery:
    """Delivers pushes, from many threads."""

    def __init__(
        self,
        subscriptions: DeviceSubscriptions,
        claims: Claims,
        services: PushServices,
        deliveries: DeliveryQueue,
        clock: Clock,
    ) -> None:
        self._subscriptions = subscriptions
        self._claims = claims
        self._services = services
        self._deliveries = deliveries
        self._clock = clock

    def deliver(self, push: Push) -> Outcome:
        """Try once to deliver a push. One read, two writes and a post; raises if the message must come again."""
        subscription = self._subscriptions.get(push.user_id, push.subscription_id)
        if subscription is None:
            return Outcome("unsubscribed")
        claim = self._claims.claim(push.subscription_id, push.notification.id)
        if claim == "busy":
            self._deliveries.send([push], after_s=BUSY_S)
        if claim != "mine":
            return Outcome("busy" if claim == "busy" else "repeated")
        try:
            message = payload.message(subscription, push.notification)
        except ValueError:
            return self._bury(push, Outcome("failed", reason="too_large"))
        return self._post(push, subscription, message)

    def _post(self, push: Push, subscription: Subscription, message: PushMessage) -> Outcome:
        began = self._clock.monotonic()
        try:
            answer = self._services.post(message)
        except Unreachable:
            answer = None
        except Unsafe:
            return self._bury(push, Outcome("failed", subscription.endpoint, reason="unsafe"))
        latency_ms = (self._clock.monotonic() - began) * 1000
        if answer is None:
            return self._again(push, Outcome("failed", subscription.endpoint, None, latency_ms), "unreachable")
        return self._judge(push, subscription, answer, latency_ms)

    def _judge(self, push: Push, subscription: Subscription, answer: Answer, latency_ms: float) -> Outcome:
        outcome = Outcome("failed", subscription.endpoint, answer.status, latency_ms)
        match answer.status:
            case status if 200 <= status < 300:
                insist(lambda: self._claims.settle(push.subscription_id, push.notification.id), self._clock.sleep)
                return replace(outcome, result="sent")
            case status if status in {404, 410} or answer.is_of_another_key:
                self._subscriptions.remove(push.user_id, push.subscription_id, of=subscription)
                return replace(outcome, result="gone")
            case 429:
                return self._again(push, replace(outcome, result="throttled"), "throttled", answer.retry_after_s)
            case status if status >= 500:
                return self._again(push, outcome, "unavailable")
            case status:
                return self._bury(push, replace(outcome, reason="too_large" if status == 413 else "refused"))

    def _again(self, push: Push, outcome: Outcome, reason: str, retry_after_s: float | None = None) -> Outcome:
        """Leave a push for later, if there is one; it is let go of first, so that a crash in between loses nothing."""
        after_s = pause_s(push.attempt, retry_after_s)
        if after_s is None:
            return self._bury(push, replace(outcome, reason=reason))
        self._claims.release(push.subscription_id, push.notification.id)
        self._deliveries.send([replace(push, attempt=push.attempt + 1)], after_s=after_s)
        return outcome

    def _bury(self, push: Push, outcome: Outcome) -> Outcome:
        """Put a push where an operator finds it, who may put it back at once."""
        self._claims.release(push.subscription_id, push.notification.id)
        self._deliveries.bury(push, outcome.reason or outcome.result, status=outcome.status)
        return outcome
