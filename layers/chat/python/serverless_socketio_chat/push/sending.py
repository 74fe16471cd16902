"""Pushes as they come from the queue: in batches, at least once, in any order; devices side by side."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from serverless_socketio_chat import batch
from serverless_socketio_chat.push.queue import push_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from serverless_socketio_chat.push.delivery import PushOutcome
    from serverless_socketio_chat.push.model import Push

THREADS_MAX = 10  # as many as messages in a batch: each waits for a push service
OTHER = "other"  # a service that is none of the known ones, or not any more

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tried:
    """One try to deliver a push. `service`: whose the device is, one of few names; None if nothing was posted."""

    push: Push
    outcome: PushOutcome
    service: str | None

    @property
    def fields(self) -> dict[str, Any]:
        """What a log may say of it: names and numbers, and nothing by which another could push to the device."""
        return {
            "result": self.outcome.result,
            "status": self.outcome.status,
            "reason": self.outcome.reason,
            "latency_ms": round(self.outcome.latency_ms),
            "host": self.service,
            "attempt": self.push.attempt,
            "notification": self.push.notification.id,
            "user": self.push.user_id,
            "subscription": self.push.subscription_id,
        }


@dataclass(frozen=True, slots=True)
class Sending:
    """Delivers batches. `service_of`: the service of a host; ValueError if it is none."""

    deliver: Callable[[Push], PushOutcome]
    service_of: Callable[[str], str]

    def send(self, records: Sequence[Mapping[str, Any]]) -> tuple[list[Tried], dict[str, Any]]:
        """Try each once. What was tried, and the answer to the queue: who must come again, and only those do."""
        with ThreadPoolExecutor(min(THREADS_MAX, len(records))) as threads:
            tries = list(threads.map(self._try, records))
        failed = [record["messageId"] for record, tried in zip(records, tries, strict=True) if tried is None]
        return [tried for tried in tries if tried is not None], batch.answer(failed)

    def _try(self, record: Mapping[str, Any]) -> Tried | None:
        try:
            push = push_in(json.loads(record["body"]))
            outcome = self.deliver(push)
        except Exception:
            logger.exception("A push failed", extra={"message_id": record["messageId"]})
            return None
        return Tried(push, outcome, self._service(outcome.endpoint))

    def _service(self, endpoint: str | None) -> str | None:
        if endpoint is None:
            return None
        try:
            return self.service_of(urlsplit(endpoint).hostname or "")
        except ValueError:
            return OTHER
