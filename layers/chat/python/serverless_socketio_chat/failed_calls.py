"""Asynchronous calls of a function that failed three times: a queue of the function's own brings them again.

Lambda's record of such an invocation has the event that the function was called with ("Capturing records of Lambda
asynchronous invocations"); EventBridge's dead letters are events as they are, which an operator may put there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call to be made again. `request_id`: of the invocation that failed, the same in all its tries."""

    event: dict[str, Any]
    request_id: str


def failed_call_in(body: Any) -> FailedCall | None:
    """The failed call that a message of the queue is about; None: it is another message."""
    if not isinstance(body, dict):
        return None
    event = body if "detail-type" in body else body.get("requestPayload")
    if not isinstance(event, dict):
        return None
    return FailedCall(event, body.get("requestContext", {}).get("requestId", ""))
