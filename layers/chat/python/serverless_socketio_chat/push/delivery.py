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

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from serverless_socketio.insisting import insist
from serverless_socketio_chat.push import push_message as payload
from serverless_socketio_chat.push.model import PushResponse, Unreachable, Unsafe

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.push.model import Push, PushMessage, Subscription
    from serverless_socketio_chat.push.ports import Claims, DeliveryQueue, DeviceSubscriptions, PushServices

BUSY_S = 20  # when a push is looked at again that another invocation is at: it has ended by then, or died

Result: TypeAlias = Literal["sent", "gone", "throttled", "failed", "unsubscribed", "repeated", "busy"]


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What became of one try.

    `endpoint`: where it was posted to, None if it was not; a secret. `reason`: why it was buried.
    """

    result: Result
    endpoint: str | None = None
    status: int | None = None
    latency_ms: float = 0.0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PushDelivery:
    """Delivers pushes, from many threads."""

    subscriptions: DeviceSubscriptions
    claims: Claims
    services: PushServices
    deliveries: DeliveryQueue
    clock: Clock

    def deliver(self, push: Push) -> PushOutcome:
        """Try once to deliver a push. One read, two writes and a post; raises if the message must come again."""
        subscription = self.subscriptions.get(push.user_id, push.subscription_id)
        if subscription is None:
            return PushOutcome("unsubscribed")
        claim = self.claims.claim(push.subscription_id, push.notification.id)
        if claim == "busy":
            self.deliveries.send([push], after_s=BUSY_S)
        if claim != "mine":
            return PushOutcome("busy" if claim == "busy" else "repeated")
        try:
            message = payload.message(subscription, push.notification)
        except ValueError:
            return self._bury(push, PushOutcome("failed", reason="too_large"))
        return self._post(push, subscription, message)

    def _post(self, push: Push, subscription: Subscription, message: PushMessage) -> PushOutcome:
        began = self.clock.monotonic()
        try:
            answer = self.services.post(message)
        except Unreachable:
            answer = None
        except Unsafe:
            return self._bury(push, PushOutcome("failed", subscription.endpoint, reason="unsafe"))
        latency_ms = (self.clock.monotonic() - began) * 1000
        if answer is None:
            return self._again(push, PushOutcome("failed", subscription.endpoint, None, latency_ms), "unreachable")
        return self._judge(push, subscription, answer, latency_ms)

    def _judge(self, push: Push, subscription: Subscription, answer: PushResponse, latency_ms: float) -> PushOutcome:
        outcome = PushOutcome("failed", subscription.endpoint, answer.status, latency_ms)
        match answer.status:
            case status if 200 <= status < 300:
                insist(lambda: self.claims.settle(push.subscription_id, push.notification.id), self.clock.sleep)
                return replace(outcome, result="sent")
            case status if status in {404, 410} or answer.is_of_another_key:
                self.subscriptions.remove(push.user_id, push.subscription_id, of=subscription)
                return replace(outcome, result="gone")
            case 429:
                return self._again(push, replace(outcome, result="throttled"), "throttled", answer.retry_after_s)
            case status if status >= 500:
                return self._again(push, outcome, "unavailable")
            case status:
                return self._bury(push, replace(outcome, reason="too_large" if status == 413 else "refused"))

    def _again(self, push: Push, outcome: PushOutcome, reason: str, retry_after_s: float | None = None) -> PushOutcome:
        """Leave a push for later, if there is one; it is let go of first, so that a crash in between loses nothing."""
        after_s = pause_s(push.attempt, retry_after_s)
        if after_s is None:
            return self._bury(push, replace(outcome, reason=reason))
        self.claims.release(push.subscription_id, push.notification.id)
        self.deliveries.send([replace(push, attempt=push.attempt + 1)], after_s=after_s)
        return outcome

    def _bury(self, push: Push, outcome: PushOutcome) -> PushOutcome:
        """Put a push where an operator finds it, who may put it back at once."""
        self.claims.release(push.subscription_id, push.notification.id)
        self.deliveries.bury(push, outcome.reason or outcome.result, status=outcome.status)
        return outcome


TRIES = 5


RETRY_AFTER_MAX_S = 14 * 60  # so that the next try, a little later than asked, is within SQS's longest delay of 900 s


PAUSES_S = (3, 30, 120, 480)  # at most, after each try but the last, and half of it at least: 633 s together


LATER_S = 1.0  # how much later than asked a push service is asked again, at most: not all devices at once


def pause_s(attempt: int, retry_after_s: float | None) -> int | None:
    """Whole seconds until the try after `attempt`, which is counted from 1; None if there is none."""
    if attempt >= TRIES:
        return None
    if retry_after_s is None:
        most = PAUSES_S[attempt - 1]
        return math.ceil(random.uniform(most / 2, most))  # noqa: S311 - no secret
    if retry_after_s > RETRY_AFTER_MAX_S:
        return None
    return math.ceil(retry_after_s + random.uniform(0, LATER_S))  # noqa: S311
