"""Notifications that are asked for: by the queue `push`, on the bus, by an invocation; and what cannot be given."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat import batch
from serverless_socketio_chat.failed_calls import failed_call_in
from serverless_socketio_chat.notifications.model import BadNotification
from serverless_socketio_chat.notifications.queue import ours_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_socketio.aws.queue import SqsQueue
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.failed_calls import FailedCall
    from serverless_socketio_chat.notifications.decide import Notifier

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notifying:
    """Carries out what is asked for. `dead`: where an operator finds what makes no sense, with the reasons."""

    notifier: Notifier
    dead: SqsQueue
    clock: Clock

    def batch(self, records: Iterable[Mapping[str, Any]], *, again: Callable[[FailedCall], object]) -> dict[str, Any]:
        """Messages of the queue; the answer names those that must come again, and only those do.

        `again`: makes a call of the function that failed before.
        """
        return batch.handle(records, partial(self._message, again), "A notification")

    def event(self, event: Mapping[str, Any]) -> None:
        """An event `PushNotification` of the bus. A bad one would be as bad when tried again."""
        try:
            self.ask(event.get("detail"), otherwise=event["id"])
        except BadNotification as bad:
            self._bury(bad, event)

    def ask(self, asked: Any, *, otherwise: str) -> str:
        """Notify as a backend asks; returns the notification's id, `otherwise` if it has none.

        Raises BadNotification before any user was notified.
        """
        from serverless_socketio_chat.notifications import requests as asking

        body = asking.read(asked)
        notification = body.as_notification(now_ms=self.clock.now_ms(), otherwise=otherwise)
        self._log(notification.id, self.notifier.notify(body.user_id, notification))
        return notification.id

    def _message(self, again: Callable[[FailedCall], object], record: Mapping[str, Any]) -> None:
        body = record["body"]
        try:
            body = _parsed(body)
            if (failed := failed_call_in(body)) is not None:
                again(failed)
                return
            ours = ours_in(body) if isinstance(body, dict) else None
            if ours is None:
                self.ask(body, otherwise=record["messageId"])
                return
        except BadNotification as bad:
            self._bury(bad, body)
            return
        outcome = self.notifier.notify(ours.user_id, ours.notification, decided=ours.decided)
        self._log(ours.notification.id, outcome)

    def _bury(self, bad: BadNotification, event: Any) -> None:
        logger.warning("A notification was refused", extra={"issues": bad.issues})
        self.dead.send([({"v": 1, "reason": "invalid", "issues": bad.issues, "event": event}, 0)])

    @staticmethod
    def _log(notification_id: str, outcome: str) -> None:
        logger.info("A notification", extra={"notification_id": notification_id, "outcome": outcome})


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise BadNotification([{"path": "", "message": "This is not valid JSON"}]) from None
