"""SQS, by boto3's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .service import Service

if TYPE_CHECKING:
    from .endpoints import Place
    from .service import Bounds

OLD_CODES = {"x-amzn-query-mode": "true"}  # errors bring the codes that SQS had in its query protocol


class Sqs:
    """Sends messages."""

    def __init__(self, place: Place, bounds: Bounds) -> None:
        self.service = Service(place, bounds)

    def send_message(self, **call: Any) -> dict[str, Any]:
        """SendMessage."""
        return self._call("SendMessage", call)

    def send_message_batch(self, **call: Any) -> dict[str, Any]:
        """SendMessageBatch; ``Failed`` are those that were not taken."""
        return self._call("SendMessageBatch", call)

    def _call(self, operation: str, call: dict[str, Any]) -> dict[str, Any]:
        return self.service.call_json(f"AmazonSQS.{operation}", call, OLD_CODES)
