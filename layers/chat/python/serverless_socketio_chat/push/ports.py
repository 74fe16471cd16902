"""What delivering pushes needs from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_socketio_chat.push.model import Claim, Push, PushMessage, PushResponse, Subscription


class DeviceSubscriptions(Protocol):
    """Subscriptions of devices, as who pushes to them needs them."""

    def remove(self, user_id: str, subscription_id: str, *, of: Subscription | None = None) -> bool:
        """Forget a subscription; with `of`, only if its keys are still those. Whether there was one."""

    def get(self, user_id: str, subscription_id: str) -> Subscription | None:
        """One subscription; None too of one that has expired. One read."""


class Claims(Protocol):
    """That a notification was pushed to a device: a short record, so that it is pushed practically once."""

    def claim(self, subscription_id: str, notification_id: str) -> Claim:
        """Take it for a while; ``done``: it was pushed; ``busy``: another invocation is at it. One write."""

    def settle(self, subscription_id: str, notification_id: str) -> None:
        """Note that it was pushed. One write."""

    def release(self, subscription_id: str, notification_id: str) -> None:
        """Let go of it, so that a later attempt may take it at once. One write."""


class DeliveryQueue(Protocol):
    """Pushes on their way to devices. Raises on failure."""

    def send(self, pushes: Sequence[Push], after_s: int = 0) -> None:
        """Hand them to the sender, to arrive after up to 900 seconds."""

    def bury(self, push: Push, reason: str, *, status: int | None = None) -> None:
        """Put one where an operator finds it, with the reason."""


class PushServices(Protocol):
    """The push services of browsers."""

    def post(self, message: PushMessage) -> PushResponse:
        """Encrypt and post a message. Raises Unreachable, Unsafe. Safe to call from many threads."""
